/** One figure of a period with its change from the period before. With `onChoose` it chooses what is drawn. */
import type { ReactNode } from 'react';
import { classNames } from '../../components/class-names.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Change } from './change.tsx';
import type { Figures } from './figures.ts';
import styles from './metric-tile.module.css';
import { type Metric, metricText } from './metrics.ts';

interface MetricTileProps {
  readonly metric: Metric;
  readonly now: Figures;
  /** Undefined = nothing to compare with. */
  readonly before?: Figures | undefined;
  /** Below, for example a small chart. */
  readonly children?: ReactNode;
}

function TileBody({ metric, now, before, children }: MetricTileProps) {
  const t = useMessages('usage');
  const text = metricText(metric, now);
  return (
    <>
      <span className={styles.label}>{t(metric.label)}</span>
      <span className={classNames(styles.value, text === undefined && styles.none)}>
        {text ?? t('noValue')}
      </span>
      <span className={styles.note}>{before && <Change metric={metric} now={now} before={before} />}</span>
      {children}
    </>
  );
}

export function MetricTile(props: MetricTileProps) {
  const t = useMessages('usage');
  return (
    <div className={styles.tile} title={t(props.metric.hint)}>
      <TileBody {...props} />
    </div>
  );
}

interface MetricChoiceProps extends MetricTileProps {
  readonly name: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

/** A tile as one of a group of radio buttons. */
export function MetricChoice({ name, isChosen, onChoose, ...tile }: MetricChoiceProps) {
  const t = useMessages('usage');
  return (
    <label className={classNames(styles.tile, styles.choice)} title={t(tile.metric.hint)}>
      <input type="radio" name={name} checked={isChosen} onChange={onChoose} />
      <TileBody {...tile} />
    </label>
  );
}
