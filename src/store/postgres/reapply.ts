/** Reapplies deletions that a restore has undone. Part of a transaction that the engine opens. */
import { digestText } from '../../domain/digest.ts';
import { accountDigest, highestIds, type Tombstone } from '../../domain/tombstone.ts';
import { integer, list, pick, reader, text } from '../columns.ts';
import { statement } from '../statement.ts';
import type { Reapplied } from '../store.ts';
import { keys } from '../tables.ts';
import { deleteAccount, getAccount } from './accounts.ts';
import type { Queryable } from './connection.ts';
import { deleteKeys } from './keys.ts';
import { insertTombstones } from './tombstones.ts';

const digests = list(keys.digest);

const sql = {
  keysByDigests: statement(
    { digests },
    'SELECT id, account_id, digest FROM keys WHERE digest = ANY(:digests::bytea[]) ORDER BY account_id, id',
    reader(pick(keys, 'id', 'accountId', 'digest')),
  ),
  removeTokens: statement(
    { digests },
    'UPDATE accounts SET access_token_digest = NULL WHERE access_token_digest = ANY(:digests::bytea[])',
  ),
  removeSessions: statement({}, 'DELETE FROM sessions'),
  skipIds: statement(
    { table: text<'keys' | 'accounts'>(), highest: integer() },
    `SELECT setval(pg_get_serial_sequence(:table, 'id'), greatest(:highest::bigint,
      coalesce(pg_sequence_last_value(pg_get_serial_sequence(:table, 'id')::regclass), 1)))`,
  ),
} as const;

export interface ReappliedChanges {
  readonly revived: Reapplied;
  /** What other nodes must follow. */
  readonly keys: readonly Tombstone[];
  readonly accounts: readonly Tombstone[];
}

/** As `TombstoneStore.reapply`. Accounts go first, since they take their keys along. */
export async function reapply(tx: Queryable, tombstones: readonly Tombstone[]): Promise<ReappliedChanges> {
  const digestsOf = (kind: Tombstone['kind']) =>
    tombstones.filter((each) => each.kind === kind).map(({ digest }) => digest);
  const accounts: Tombstone[] = [];
  const deletedKeys: Tombstone[] = [];
  for (const tombstone of tombstones) {
    if (tombstone.kind !== 'account') continue;
    const itsKeys = await reapplyAccount(tx, tombstone);
    if (!itsKeys) continue;
    accounts.push(tombstone);
    deletedKeys.push(...itsKeys);
  }
  const deletedAt = new Map(tombstones.map((each) => [digestText(each.digest), each.deletedAt]));
  for (const { id, accountId, digest } of await tx.all(sql.keysByDigests, { digests: digestsOf('key') })) {
    const at = deletedAt.get(digestText(digest)) ?? 0;
    deletedKeys.push(...(await deleteKeys(tx, accountId, [id], at)));
  }
  const tokens = await tx.run(sql.removeTokens, { digests: digestsOf('access_token') });
  await insertTombstones(tx, tombstones);
  const ids = highestIds(tombstones);
  await skipIds(tx, 'keys', ids.key);
  await skipIds(tx, 'accounts', ids.account);
  await tx.run(sql.removeSessions);
  const revived = { key: deletedKeys.length, account: accounts.length, access_token: tokens };
  return { revived, keys: deletedKeys, accounts };
}

/** @returns tombstones of its keys; undefined = it is not there, or its id belongs to another account */
async function reapplyAccount(
  tx: Queryable,
  { id, digest, deletedAt }: Tombstone,
): Promise<readonly Tombstone[] | undefined> {
  const account = await getAccount(tx, id);
  if (!account || digestText(accountDigest(id, account.createdAt)) !== digestText(digest)) return undefined;
  const itsKeys = await deleteKeys(tx, id, undefined, deletedAt);
  await deleteAccount(tx, id, deletedAt);
  return itsKeys;
}

/** Ids that a backup does not know of must not be given to other rows. */
async function skipIds(tx: Queryable, table: 'keys' | 'accounts', highest: number): Promise<void> {
  if (highest > 0) await tx.run(sql.skipIds, { table, highest });
}
