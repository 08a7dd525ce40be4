/** The columns of the table of nodes. */
import { Count, Duration } from '../../components/numbers.tsx';
import { Status, Tag, type Tone } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { RelativeTime } from '../../components/time.tsx';
import type { MessageOf, Translate } from '../../i18n/messages.ts';
import styles from './node-columns.module.css';
import type { FleetNode } from './queries.ts';

interface StateLook {
  readonly tone: Tone;
  readonly label: MessageOf<'fleet'>;
  readonly meaning: MessageOf<'fleet'>;
}

const states: Readonly<Record<FleetNode['state'], StateLook>> = {
  well: { tone: 'ok', label: 'stateWell', meaning: 'stateWellText' },
  behind: { tone: 'warn', label: 'stateBehind', meaning: 'stateBehindText' },
  silent: { tone: 'danger', label: 'stateSilent', meaning: 'stateSilentText' },
};

export function nodeColumns(t: Translate<'fleet'>): readonly Column<FleetNode>[] {
  return [
    {
      id: 'name',
      header: t('node'),
      cell: ({ name, answered }) => (
        <span className={styles.node}>
          <bdi>{name}</bdi>
          {answered && <Tag>{t('answered')}</Tag>}
        </span>
      ),
    },
    {
      id: 'state',
      header: t('state'),
      cell: ({ state }) => {
        const { tone, label, meaning } = states[state];
        return (
          <span title={t(meaning)}>
            <Status tone={tone}>{t(label)}</Status>
          </span>
        );
      },
    },
    {
      id: 'lease',
      header: t('leaseAge'),
      align: 'end',
      cell: ({ lease_age_ms: age }) => <Duration ms={age} />,
    },
    { id: 'lag', header: t('lag'), align: 'end', cell: ({ log_lag: lag }) => <Count value={lag} /> },
    {
      id: 'acknowledged',
      header: t('acknowledged'),
      align: 'end',
      cell: ({ acknowledged }) => <Count value={acknowledged} />,
    },
    { id: 'version', header: t('version'), cell: ({ version }) => <code>{version}</code> },
    { id: 'started', header: t('started'), cell: ({ started_at: at }) => <RelativeTime at={at} /> },
  ];
}
