/** The database of another gateway: an SQLite file, a PostgreSQL database, or a directory of CSV files. */
import type { SourceRow } from './cells.ts';

export interface ImportSource {
  /** Names of the tables that it has. */
  readonly tables: ReadonlySet<string>;
  /**
   * All rows of a table.
   * @param orderBy a column
   * @returns none when there is no such table
   */
  rows(table: string, orderBy: string): Promise<readonly SourceRow[]>;
  /**
   * The columns of all rows, mostly each combination once.
   * @returns none when there is no such table
   */
  distinct(table: string, columns: readonly string[]): Promise<readonly SourceRow[]>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}
