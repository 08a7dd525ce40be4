/** Reapplies deletions that a restore has undone. Part of a transaction that the engine opens. */
import { digestText } from '../../domain/digest.ts';
import { accountDigest, highestIds, type Tombstone } from '../../domain/tombstone.ts';
import { integer, pick, reader, text } from '../columns.ts';
import { statement } from '../statement.ts';
import type { Reapplied } from '../store.ts';
import { keys } from '../tables.ts';
import { deleteAccount, getAccount } from './accounts.ts';
import type { Connection } from './connection.ts';
import { deleteKeys } from './keys.ts';
import { insertTombstone } from './tombstones.ts';

const { digest } = keys;
const table = text<'keys' | 'accounts'>();

const sql = {
  keyByDigest: statement(
    { digest },
    'SELECT id, account_id FROM keys WHERE digest = :digest',
    reader(pick(keys, 'id', 'accountId')),
  ),
  removeToken: statement(
    { digest },
    'UPDATE accounts SET access_token_digest = NULL WHERE access_token_digest = :digest',
  ),
  removeSessions: statement({}, 'DELETE FROM sessions'),
  beginIds: statement(
    { table },
    `INSERT INTO sqlite_sequence (name, seq)
      SELECT :table, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :table)`,
  ),
  skipIds: statement(
    { table, highest: integer() },
    'UPDATE sqlite_sequence SET seq = max(seq, :highest) WHERE name = :table',
  ),
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
        const itsKeys = reapplyAccount(connection, tombstone);
        if (itsKeys === undefined) break;
        revived.account += 1;
        revived.key += itsKeys;
        break;
      }
      case 'access_token':
        revived.access_token += connection.run(sql.removeToken, tombstone);
    }
    insertTombstone(connection, tombstone);
  }
  const ids = highestIds(tombstones);
  skipIds(connection, 'keys', ids.key);
  skipIds(connection, 'accounts', ids.account);
  connection.run(sql.removeSessions);
  return revived;
}

function reapplyKey(connection: Connection, { digest, deletedAt }: Tombstone): number {
  const key = connection.get(sql.keyByDigest, { digest });
  return key ? deleteKeys(connection, key.accountId, [key.id], deletedAt).length : 0;
}

/** @returns how many keys it had; undefined = it is not there, or its id belongs to another account */
function reapplyAccount(connection: Connection, { id, digest, deletedAt }: Tombstone): number | undefined {
  const account = getAccount(connection, id);
  if (!account || digestText(accountDigest(id, account.createdAt)) !== digestText(digest)) return undefined;
  const itsKeys = deleteKeys(connection, id, undefined, deletedAt);
  deleteAccount(connection, id, deletedAt);
  return itsKeys.length;
}

/** Ids that a backup does not know of must not be given to other rows. */
function skipIds(connection: Connection, table: 'keys' | 'accounts', highest: number): void {
  if (highest === 0) return;
  connection.run(sql.beginIds, { table });
  connection.run(sql.skipIds, { table, highest });
}
