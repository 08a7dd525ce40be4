/** Inserts a tombstone, as part of a transaction that the caller opens. */
import type { Tombstone } from '../../domain/tombstone.ts';
import { names, parameters } from '../columns.ts';
import { statement } from '../statement.ts';
import { newTombstone } from '../statements/tombstones.ts';
import type { Connection } from './connection.ts';

const insert = statement(
  newTombstone,
  `INSERT OR IGNORE INTO tombstones (${names(newTombstone)}) VALUES (${parameters(newTombstone)})`,
);

/** One that is there already stays as it is. */
export function insertTombstone(connection: Connection, tombstone: Tombstone): void {
  connection.run(insert, tombstone);
}
