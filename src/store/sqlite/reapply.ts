/** Deletes again what a restore has brought back. Part of a transaction that the engine opens. */
import { digestText } from '../../domain/digest.ts';
import { accountDigest, highestIds, type Tombstone } from '../../domain/tombstone.ts';
import type { Reapplied } from '../store.ts';
import { deleteAccount, getAccount } from './accounts.ts';
import type { Connection } from './connection.ts';
import { deleteKeys } from './keys.ts';
import { insertTombstone } from './tombstones.ts';

const sql = {
  keyByDigest: 'SELECT id, account_id FROM keys WHERE digest = ?',
  removeToken: 'UPDATE accounts SET access_token_digest = NULL WHERE access_token_digest = ?',
  removeSessions: 'DELETE FROM sessions',
  beginIds: `INSERT INTO sqlite_sequence (name, seq)
    SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)`,
  passIds: 'UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?',
} as const;

/** As `TombstoneStore.reapply`. */
export function reapply(connection: Connection, tombstones: readonly Tombstone[]): Reapplied {
  const revived = { key: 0, account: 0, access_token: 0 };
  for (const tombstone of tombstones) {
    switch (tombstone.kind) {
      case 'key':
        revived.key += reapplyKey(connection, tombstone);
        break;
      case 'account': {
        const keys = reapplyAccount(connection, tombstone);
        if (keys === undefined) break;
        revived.account += 1;
        revived.key += keys;
        break;
      }
      case 'access_token':
        revived.access_token += connection.run(sql.removeToken, tombstone.digest);
    }
    insertTombstone(connection, tombstone);
  }
  const ids = highestIds(tombstones);
  passIds(connection, 'keys', ids.key);
  passIds(connection, 'accounts', ids.account);
  connection.run(sql.removeSessions);
  return revived;
}

function reapplyKey(connection: Connection, { digest, deletedAt }: Tombstone): number {
  const row = connection.get(sql.keyByDigest, digest);
  if (!row) return 0;
  return deleteKeys(connection, row.account_id as number, [row.id as number], deletedAt).length;
}

/** @returns how many keys it had; undefined = it is not there, or its id belongs to another account */
function reapplyAccount(connection: Connection, { id, digest, deletedAt }: Tombstone): number | undefined {
  const account = getAccount(connection, id);
  if (!account || digestText(accountDigest(id, account.createdAt)) !== digestText(digest)) return undefined;
  const keys = deleteKeys(connection, id, undefined, deletedAt);
  deleteAccount(connection, id, deletedAt);
  return keys.length;
}

/** What a backup does not know of must not give its ids to others. */
function passIds(connection: Connection, table: 'keys' | 'accounts', highest: number): void {
  if (highest === 0) return;
  connection.run(sql.beginIds, table);
  connection.run(sql.passIds, highest, table);
}
