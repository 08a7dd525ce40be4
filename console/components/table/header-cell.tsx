/** A heading of a column, a button where the column can be sorted. */
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { VisuallyHidden } from '../visually-hidden.tsx';
import type { Column, Sort } from './column.ts';
import styles from './data-table.module.css';

interface HeaderCellProps {
  readonly column: Pick<Column<never>, 'id' | 'header' | 'isHeaderHidden' | 'align' | 'isSortable'>;
  readonly sort: Sort | undefined;
  /** Undefined when the table cannot be sorted. */
  readonly onSort: ((sort: Sort) => void) | undefined;
}

export function HeaderCell({ column, sort, onSort }: HeaderCellProps) {
  const { id, header, align, isSortable = false } = column;
  if (!onSort || !isSortable) {
    return (
      <th scope="col" data-align={align} data-sticky={column.isHeaderHidden || undefined}>
        {column.isHeaderHidden ? <VisuallyHidden>{header}</VisuallyHidden> : header}
      </th>
    );
  }
  const isSorted = sort?.column === id;
  const descending = isSorted && sort.descending;
  const Icon = isSorted ? (descending ? ArrowDown : ArrowUp) : ChevronsUpDown;
  return (
    <th
      scope="col"
      data-align={align}
      aria-sort={isSorted ? (descending ? 'descending' : 'ascending') : undefined}
    >
      <button
        type="button"
        className={styles.sortButton}
        data-sorted={isSorted || undefined}
        onClick={() => onSort({ column: id, descending: isSorted ? !descending : align === 'end' })}
      >
        {header}
        <Icon aria-hidden="true" />
      </button>
    </th>
  );
}
