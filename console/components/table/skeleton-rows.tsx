/** Rows that hold the place of a table's content while it loads. */
import { Skeleton } from '../states.tsx';

interface SkeletonRowsProps {
  readonly rows: number;
  readonly columns: number;
}

const lineHeight = 1.25;

export function SkeletonRows({ rows, columns }: SkeletonRowsProps) {
  return Array.from({ length: rows }, (_row, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike.
    <tr key={row}>
      {Array.from({ length: columns }, (_column, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cells are all alike.
        <td key={column}>
          <Skeleton height={lineHeight} />
        </td>
      ))}
    </tr>
  ));
}
