/** The models that a key used, the most expensive first. */
import { Count, Money } from '../../components/numbers.tsx';
import type { Column } from '../../components/table/column.ts';
import { DataTable } from '../../components/table/data-table.tsx';
import type { Line, UsageSeries } from '../../features/usage/figures.ts';
import { useLineName } from '../../features/usage/line-name.tsx';
import { TokenCount } from '../../features/usage/token-count.tsx';
import { useMessages } from '../../i18n/messages.ts';

export function ModelTable({ series }: { readonly series: UsageSeries }) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const lineName = useLineName('model', series.others);
  const columns: readonly Column<Line>[] = [
    {
      id: 'model',
      header: f('model'),
      cell: (line) => <bdi>{lineName(line)}</bdi>,
    },
    {
      id: 'requests',
      header: f('requests'),
      align: 'end',
      cell: ({ totals }) => <Count value={totals.requests + totals.errors} />,
    },
    {
      id: 'tokens',
      header: f('tokens'),
      align: 'end',
      cell: ({ totals }) => <TokenCount figures={totals} />,
    },
    { id: 'spent', header: t('spent'), align: 'end', cell: ({ totals }) => <Money units={totals.quota} /> },
  ];
  return (
    <DataTable
      caption={t('models')}
      columns={columns}
      rows={series.series}
      rowId={({ name, is_other: isOther }) => (isOther ? 'other' : `model ${name}`)}
      empty={<p>{f('noUsageTitle')}</p>}
    />
  );
}
