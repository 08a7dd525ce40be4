/** Inserts tombstones, as part of a transaction that the caller opens. */
import type { Tombstone } from '../../domain/tombstone.ts';
import { names } from '../columns.ts';
import { statement } from '../statement.ts';
import { newTombstone } from '../statements/tombstones.ts';
import { lists, listsOf, unnested } from './bulk.ts';
import type { Queryable } from './connection.ts';

const insert = statement(
  lists(newTombstone),
  `INSERT INTO tombstones (${names(newTombstone)}) SELECT ${names(newTombstone)} FROM ${unnested(newTombstone)}
    ON CONFLICT DO NOTHING`,
);

/** Those that are there already stay as they are. */
export async function insertTombstones(db: Queryable, tombstones: readonly Tombstone[]): Promise<void> {
  if (tombstones.length > 0) await db.run(insert, listsOf(newTombstone, tombstones));
}
