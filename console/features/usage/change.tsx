/** How much a figure changed from the period before: a word, a sign and, where one way is better, a tone. */
import { ArrowDown, ArrowRight, ArrowUp } from 'lucide-react';
import { changeFrom, differenceFrom } from '../../components/charts/prepare.ts';
import { classNames } from '../../components/class-names.ts';
import { chartFormat } from '../../format/chart-format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './change.module.css';
import type { Figures } from './figures.ts';
import { type Metric, metricText } from './metrics.ts';

interface ChangeProps {
  readonly metric: Metric;
  readonly now: Figures;
  readonly before: Figures;
}

/** Less than this is no change: it would show as 0 %. */
const least = 0.0005;
/** Less than this is neither good nor bad: growth, and the difference of shares. */
const [notable, notableShare] = [0.05, 0.005];

export function Change({ metric, now, before }: ChangeProps) {
  const t = useMessages('usage');
  const [value, past] = [metric.value(now), metric.value(before)];
  const change = metric.isShare ? differenceFrom(value, past) : changeFrom(value, past);
  const was = metricText(metric, before);
  if (change === null)
    return <span>{was === undefined ? t('nothingBefore') : t('before', { value: was })}</span>;
  const way = Math.abs(change) < least ? 'same' : change > 0 ? 'up' : 'down';
  const Icon = { same: ArrowRight, up: ArrowUp, down: ArrowDown }[way];
  const isGood = way === 'up' ? metric.more === 'good' : metric.more === 'bad';
  const isNotable = Math.abs(change) >= (metric.isShare ? notableShare : notable);
  const tone = !isNotable || metric.more === 'neither' ? undefined : isGood ? styles.good : styles.bad;
  return (
    <span className={classNames(styles.change, tone)}>
      <Icon aria-hidden="true" />
      <span>
        {t('changeFrom', {
          change: metric.isShare ? chartFormat.points(change) : chartFormat.change(change),
          value: was ?? '',
        })}
      </span>
    </span>
  );
}
