/** What the usage of the period is made of: one row for each model, key and so on. A row leads to itself alone. */
import { getRouteApi } from '@tanstack/react-router';
import { Swatch } from '../../components/charts/chart-tooltip.tsx';
import { colourAt } from '../../components/charts/prepare.ts';
import { Compact, Money } from '../../components/numbers.tsx';
import { Section } from '../../components/page.tsx';
import type { Column } from '../../components/table/column.ts';
import { DataTable } from '../../components/table/data-table.tsx';
import { Change } from '../../features/usage/change.tsx';
import type { Line } from '../../features/usage/figures.ts';
import { type Dimension, useLineName } from '../../features/usage/line-name.tsx';
import { metrics, metricText } from '../../features/usage/metrics.ts';
import { TokenCount } from '../../features/usage/token-count.tsx';
import { format } from '../../format/format.ts';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import styles from './breakdown.module.css';
import { lineId } from './chart-of.ts';
import type { ContentProps } from './content-props.ts';
import type { UsageSearch } from './route.ts';

const route = getRouteApi('/shell/usage');

const headings: Readonly<Record<Dimension, MessageOf<'usage'>>> = {
  model: 'byModel',
  key: 'byKey',
  channel: 'byChannel',
  group: 'byGroup',
  account: 'byAccount',
};

/** The filter that leaves only this line; undefined for what has no filter. */
function filterOf(by: Dimension, { id, name, is_other: isOther }: Line): Partial<UsageSearch> | undefined {
  if (isOther || name === '' || id === 0) return undefined;
  if (by === 'model' || by === 'group') return name === null ? undefined : { [by]: name };
  const names = { key: 'token_id', channel: 'channel', account: 'user_id' } as const;
  return id === null ? undefined : { [names[by]]: id };
}

export function Breakdown({ usage, shown }: ContentProps) {
  const t = useMessages('usage');
  const by = shown.by ?? 'model';
  const lineName = useLineName(by, usage.others);
  if (shown.by === undefined) return null;
  const spent = usage.total.totals.quota;
  const name: Column<Line> = {
    id: 'name',
    header: t(headings[by]),
    cell: (line) => {
      const place = usage.series.indexOf(line);
      const filter = filterOf(by, line);
      const text = lineName(line);
      return (
        <span className={styles.name}>
          <Swatch colour={line.is_other ? 'other' : colourAt(place)} />
          {filter ? (
            <route.Link
              to="."
              search={(old: UsageSearch) => ({ ...old, ...filter })}
              aria-label={t('onlyThis', { name: text })}
            >
              <bdi>{text}</bdi>
            </route.Link>
          ) : (
            <bdi>{text}</bdi>
          )}
        </span>
      );
    },
  };
  const columns: readonly Column<Line>[] = [
    name,
    { id: 'spend', header: t('spend'), align: 'end', cell: ({ totals }) => <Money units={totals.quota} /> },
    {
      id: 'share',
      header: t('share'),
      align: 'end',
      cell: ({ totals }) => (spent === 0 ? '' : format.share(totals.quota / spent)),
    },
    ...(usage.previous
      ? [
          {
            id: 'change',
            header: t('change'),
            align: 'end' as const,
            cell: ({ totals, previous }: Line) =>
              previous && (
                <span className={styles.change}>
                  <Change metric={metrics.spend} now={totals} before={previous} />
                </span>
              ),
          },
        ]
      : []),
    {
      id: 'requests',
      header: t('requests'),
      align: 'end',
      cell: ({ totals }) => <Compact value={totals.requests + totals.errors} />,
    },
    {
      id: 'tokens',
      header: t('tokens'),
      align: 'end',
      cell: ({ totals }) => <TokenCount figures={totals} />,
    },
    ...(['success', 'firstByte', 'speed'] as const).map(
      (id): Column<Line> => ({
        id,
        header: t(metrics[id].label),
        align: 'end',
        cell: ({ totals }) => metricText(metrics[id], totals) ?? '',
      }),
    ),
  ];
  return (
    <Section title={t('breakdown', { by: t(headings[by]) })} plain>
      <DataTable
        caption={t('breakdown', { by: t(headings[by]) })}
        columns={columns}
        rows={usage.series}
        rowId={lineId}
        empty={null}
      />
    </Section>
  );
}
