/** A table of rows that the server sorts and pages. */
import type { ReactNode } from 'react';
import { useMessages } from '../../i18n/messages.ts';
import { Checkbox } from '../toggle.tsx';
import { VisuallyHidden } from '../visually-hidden.tsx';
import type { Column, Sort } from './column.ts';
import styles from './data-table.module.css';
import { HeaderCell } from './header-cell.tsx';
import { SkeletonRows } from './skeleton-rows.tsx';

interface Selection {
  /** Ids of the selected rows. */
  readonly ids: ReadonlySet<string>;
  readonly onChange: (ids: ReadonlySet<string>) => void;
}

interface DataTableProps<Row> {
  /** Says what the table shows; read by screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined while the first page loads. */
  readonly rows: readonly Row[] | undefined;
  readonly rowId: (row: Row) => string;
  /** In place of the table when there are no rows. */
  readonly empty: ReactNode;
  readonly sort?: Sort | undefined;
  readonly onSort?: ((sort: Sort) => void) | undefined;
  readonly selection?: Selection | undefined;
  /** The accessible name of a row, for its check box. */
  readonly rowLabel?: (row: Row) => string;
  readonly hiddenColumns?: ReadonlySet<string>;
  /** Marks the row whose details are open. */
  readonly openId?: string | undefined;
  /** Rows to hold place for while loading. */
  readonly pageSize?: number;
}

const defaultPageSize = 10;

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowId, rowLabel = rowId, empty, sort, onSort, selection, openId } = props;
  if (rows?.length === 0) return <>{empty}</>;
  const visible = columns.filter(({ id }) => !props.hiddenColumns?.has(id));

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: wide tables scroll sideways, so the frame must take the focus.
    <section className={styles.frame} tabIndex={0} aria-label={caption} aria-busy={rows === undefined}>
      <table className={styles.table}>
        <caption>
          <VisuallyHidden>{caption}</VisuallyHidden>
        </caption>
        <thead>
          <tr>
            {selection && <SelectPage selection={selection} pageIds={(rows ?? []).map(rowId)} />}
            {visible.map((column) => (
              <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows === undefined && (
            <SkeletonRows
              rows={props.pageSize ?? defaultPageSize}
              columns={visible.length + (selection ? 1 : 0)}
            />
          )}
          {rows?.map((row) => {
            const id = rowId(row);
            const isSelected = selection?.ids.has(id) ?? false;
            return (
              <tr key={id} data-selected={isSelected || undefined} data-open={id === openId || undefined}>
                {selection && (
                  <td className={styles.selectCell}>
                    <Checkbox
                      label={rowLabel(row)}
                      checked={isSelected}
                      onChange={(checked) => selection.onChange(withIds(selection.ids, [id], checked))}
                    />
                  </td>
                )}
                {visible.map((column) => (
                  <td
                    key={column.id}
                    data-align={column.align}
                    data-sticky={column.isHeaderHidden || undefined}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** The check box that selects all rows of the page. */
function SelectPage({ selection, pageIds }: { selection: Selection; pageIds: readonly string[] }) {
  const t = useMessages('common');
  const selected = pageIds.filter((id) => selection.ids.has(id)).length;
  return (
    <th scope="col" className={styles.selectCell}>
      <Checkbox
        label={t('selectPage')}
        checked={pageIds.length > 0 && selected === pageIds.length}
        indeterminate={selected > 0 && selected < pageIds.length}
        onChange={(checked) => selection.onChange(withIds(selection.ids, pageIds, checked))}
      />
    </th>
  );
}

function withIds(
  ids: ReadonlySet<string>,
  changed: readonly string[],
  isSelected: boolean,
): ReadonlySet<string> {
  return isSelected ? ids.union(new Set(changed)) : ids.difference(new Set(changed));
}
