/** How a table shows one column. */
import type { ReactNode } from 'react';

export interface Column<Row> {
  /** The name in addresses (for sorting) and in the stored choice of columns. */
  readonly id: string;
  readonly header: string;
  /** A column of buttons: its header is for screen readers alone, and it stays in sight. */
  readonly isHeaderHidden?: boolean;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the end. */
  readonly align?: 'end';
  /** Whether the server can sort by it. */
  readonly isSortable?: boolean;
  /** Whether the user may hide it. */
  readonly isHideable?: boolean;
}

export interface Sort {
  /** The id of a column. */
  readonly column: string;
  readonly descending: boolean;
}
