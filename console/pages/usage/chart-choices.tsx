/** Chooses what the chart keeps apart, and the length of its bars. */
import type { ReactNode } from 'react';
import { Segments } from '../../components/segments.tsx';
import { Inline } from '../../components/stack.tsx';
import type { Dimension } from '../../features/usage/line-name.tsx';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import styles from './chart-choices.module.css';
import type { ContentProps } from './content-props.ts';
import { bucketOf, bucketsFor, defaultPeriod } from './periods.ts';

const dimensions: Readonly<Record<Dimension | 'none', MessageOf<'usage'>>> = {
  model: 'byModel',
  key: 'byKey',
  group: 'byGroup',
  channel: 'byChannel',
  account: 'byAccount',
  none: 'byNone',
};

export function ChartChoices({ search, shown, onChange }: ContentProps) {
  const t = useMessages('usage');
  const { period = defaultPeriod } = search;
  const offered = Object.entries(dimensions).filter(([by]) => by !== 'account' || shown.scope === 'all');
  return (
    <Inline justify="between">
      <Choice label={t('by')}>
        <Segments
          label={t('by')}
          value={shown.by ?? 'none'}
          choices={offered.map(([value, label]) => ({ value: value as Dimension | 'none', label: t(label) }))}
          onChange={(by) => onChange({ by })}
        />
      </Choice>
      <Choice label={t('bucket')}>
        <Segments
          label={t('bucket')}
          value={bucketOf(period, search.bucket)}
          choices={bucketsFor(period).map((value) => ({ value, label: t(`bucket${value}`) }))}
          onChange={(bucket) => onChange({ bucket })}
        />
      </Choice>
    </Inline>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly children: ReactNode;
}

/** The choice with its name before it, which screen readers hear from the group itself. */
function Choice({ label, children }: ChoiceProps) {
  return (
    <div className={styles.choice}>
      <span className={styles.label} aria-hidden="true">
        {label}
      </span>
      {children}
    </div>
  );
}
