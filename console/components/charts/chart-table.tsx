/** The values of a chart as a table: one row for each stretch, one column for each series. */
import { chartFormat } from '../../format/chart-format.ts';
import type { Column } from '../table/column.ts';
import { DataTable } from '../table/data-table.tsx';
import type { ChartData } from './chart-data.ts';

interface ChartTableProps {
  readonly caption: string;
  /** The heading of the stretches. */
  readonly timeLabel: string;
  readonly data: ChartData;
  readonly formatValue: (value: number) => string;
}

interface Row {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** Cells without a value are blank. */
export function ChartTable({ caption, timeLabel, data, formatValue }: ChartTableProps) {
  const columns: readonly Column<Row>[] = [
    { id: 'time', header: timeLabel, cell: ({ start, end }) => chartFormat.stretch(start, end, data.size) },
    ...data.series.map(({ id, label, values }): Column<Row> => {
      const cell = ({ at }: Row) => {
        const value = values[at];
        return value === null || value === undefined ? '' : formatValue(value);
      };
      return { id, header: label, align: 'end', cell };
    }),
  ];
  const rows = data.stretches.map(({ start, end }, at) => ({ at, start, end })).reverse();
  return (
    <DataTable
      caption={caption}
      columns={columns}
      rows={rows}
      rowId={({ start }) => String(start)}
      empty={null}
    />
  );
}
