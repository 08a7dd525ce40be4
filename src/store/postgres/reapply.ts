/** Deletes again what a restore has brought back. Part of a transaction that the engine opens. */
import { digestText } from '../../domain/digest.ts';
import { accountDigest, highestIds, type Tombstone } from '../../domain/tombstone.ts';
import type { Reapplied } from '../store.ts';
import { deleteAccount, getAccount } from './accounts.ts';
import type { Queryable } from './connection.ts';
import { deleteKeys } from './keys.ts';
import { insertTombstones } from './tombstones.ts';

const sql = {
  keysByDigests:
    'SELECT id, account_id, digest FROM keys WHERE digest = ANY($1::bytea[]) ORDER BY account_id, id',
  removeTokens: 'UPDATE accounts SET access_token_digest = NULL WHERE access_token_digest = ANY($1::bytea[])',
  removeSessions: 'DELETE FROM sessions',
  passIds: `SELECT setval(pg_get_serial_sequence($1, 'id'),
    greatest($2::bigint, coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 1)))`,
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
  const keys: Tombstone[] = [];
  for (const tombstone of tombstones) {
    if (tombstone.kind !== 'account') continue;
    const itsKeys = await reapplyAccount(tx, tombstone);
    if (!itsKeys) continue;
    accounts.push(tombstone);
    keys.push(...itsKeys);
  }
  const deletedAt = new Map(tombstones.map((each) => [digestText(each.digest), each.deletedAt]));
  for (const row of await tx.all(sql.keysByDigests, digestsOf('key'))) {
    const at = deletedAt.get(digestText(row.digest as Uint8Array)) ?? 0;
    keys.push(...(await deleteKeys(tx, row.account_id as number, [row.id as number], at)));
  }
  const tokens = await tx.run(sql.removeTokens, digestsOf('access_token'));
  await insertTombstones(tx, tombstones);
  const ids = highestIds(tombstones);
  await passIds(tx, 'keys', ids.key);
  await passIds(tx, 'accounts', ids.account);
  await tx.run(sql.removeSessions);
  return { revived: { key: keys.length, account: accounts.length, access_token: tokens }, keys, accounts };
}

/** @returns tombstones of its keys; undefined = it is not there, or its id belongs to another account */
async function reapplyAccount(
  tx: Queryable,
  { id, digest, deletedAt }: Tombstone,
): Promise<readonly Tombstone[] | undefined> {
  const account = await getAccount(tx, id);
  if (!account || digestText(accountDigest(id, account.createdAt)) !== digestText(digest)) return undefined;
  const keys = await deleteKeys(tx, id, undefined, deletedAt);
  await deleteAccount(tx, id, deletedAt);
  return keys;
}

/** What a backup does not know of must not give its ids to others. */
async function passIds(tx: Queryable, table: 'keys' | 'accounts', highest: number): Promise<void> {
  if (highest > 0) await tx.run(sql.passIds, table, highest);
}
