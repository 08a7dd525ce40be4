/** Inserts a tombstone, as part of a transaction that the caller opens. */
import type { Tombstone } from '../../domain/tombstone.ts';
import type { Connection } from './connection.ts';

const insert = `INSERT OR IGNORE INTO tombstones (digest, key_id, deleted_at, kind, account_id, name, hint)
    VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** One that is there already stays as it is. */
export function insertTombstone(connection: Connection, tombstone: Tombstone): void {
  const { digest, id, deletedAt, kind, accountId, name, hint } = tombstone;
  connection.run(insert, digest, id, deletedAt, kind, accountId, name, hint);
}
