/** Keys and tombstones in PostgreSQL. Writes here are parts of transactions that the engine opens. */

import { changedBudget } from '../../domain/budget.ts';
import { digestText } from '../../domain/digest.ts';
import type { KeyChange, KeyRow } from '../../domain/key.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import { accountColumns, accountRow, keyColumns, keyRow, keyTombstone, ownerPrefix } from '../rows.ts';
import { settableKeyColumns, settableKeyValues } from '../settable.ts';
import {
  type Credential,
  firstIdOf,
  type KeyWithAccount,
  type NewKey,
  type Page,
  type PageQuery,
} from '../store.ts';
import { credentialHolds } from './accounts.ts';
import { addEntry } from './balance-entry.ts';
import type { Queryable, Row } from './connection.ts';
import { assignments, isRowId, parameters } from './values.ts';

const columns = keyColumns.join(', ');
const ownedColumns = [
  ...keyColumns.map((column) => `k.${column}`),
  ...accountColumns.map((column) => `a.${column} AS ${ownerPrefix}${column}`),
].join(', ');
/** Keys (`k`) with their accounts (`a`), for `withAccount`. */
export const owned = `SELECT ${ownedColumns} FROM keys AS k JOIN accounts AS a ON a.id = k.account_id`;

const insertColumns = ['account_id', 'digest', 'sealed', 'hint', 'created_at', ...settableKeyColumns];

const keySql = {
  byDigest: `${owned} WHERE k.digest = $1`,
  byDigests: `${owned} WHERE k.digest = ANY($1::bytea[])`,
  byId: `${owned} WHERE k.id = $1`,
  ofAccount: `SELECT ${columns} FROM keys WHERE id = $1 AND account_id = $2`,
  page: `SELECT ${columns} FROM keys WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3 OFFSET $4`,
  count: 'SELECT key_count FROM accounts WHERE id = $1',
  lockAccount: 'SELECT key_count FROM accounts WHERE id = $1 FOR UPDATE',
  lockOne: `SELECT ${columns} FROM keys WHERE id = $1 AND account_id = $2 FOR UPDATE`,
  lockSome:
    'SELECT id, digest, name, hint FROM keys WHERE account_id = $1 AND id = ANY($2::bigint[]) ORDER BY id FOR UPDATE',
  lockAll: 'SELECT id, digest, name, hint FROM keys WHERE account_id = $1 ORDER BY id FOR UPDATE',
  // No row when the value exists or existed.
  insert: `WITH inserted AS (
      INSERT INTO keys (${insertColumns.join(', ')}, accessed_at)
      SELECT ${parameters(insertColumns, 1)}, 0
      WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE digest = $2)
      ON CONFLICT (digest) DO NOTHING RETURNING ${columns}
    ), counted AS (
      UPDATE accounts SET key_count = key_count + 1 WHERE id = (SELECT account_id FROM inserted)
    )
    SELECT ${columns} FROM inserted`,
  // A changed budget may be used up again in the same period.
  update: `UPDATE keys SET ${assignments(settableKeyColumns, 3)}, budget_told = CASE WHEN $2 THEN 0 ELSE budget_told END
    WHERE id = $1`,
  remove: `WITH gone AS (DELETE FROM keys WHERE id = ANY($1::bigint[]) RETURNING id, digest, account_id, name, hint),
      forgotten AS (DELETE FROM contents WHERE key_id = ANY($1::bigint[])),
      counted AS (UPDATE accounts SET key_count = key_count - cardinality($1::bigint[]) WHERE id = $2)
    INSERT INTO tombstones (digest, key_id, deleted_at, kind, account_id, name, hint)
    SELECT digest, id, $3, 'key', account_id, name, hint FROM gone ON CONFLICT DO NOTHING`,
} as const;

export async function findKeyByDigest(
  db: Queryable,
  digest: Uint8Array,
): Promise<KeyWithAccount | undefined> {
  return withAccount(await db.get(keySql.byDigest, digest));
}

/** As `StoreBase.findKeysByDigests`. */
export async function findKeysByDigests(
  db: Queryable,
  digests: readonly Uint8Array[],
): Promise<readonly (KeyWithAccount | undefined)[]> {
  const rows = await db.all(keySql.byDigests, digests);
  const found = new Map(rows.map((row) => [digestText(row.digest as Uint8Array), row]));
  return digests.map((digest) => withAccount(found.get(digestText(digest))));
}

export async function findKeyById(db: Queryable, id: number): Promise<KeyWithAccount | undefined> {
  return isRowId(id) ? withAccount(await db.get(keySql.byId, id)) : undefined;
}

export function withAccount(row: Row): KeyWithAccount;
export function withAccount(row: Row | undefined): KeyWithAccount | undefined;
export function withAccount(row: Row | undefined): KeyWithAccount | undefined {
  return row && { key: keyRow(row), account: accountRow(row, ownerPrefix) };
}

export async function getKey(db: Queryable, accountId: number, id: number): Promise<KeyRow | undefined> {
  if (!isRowId(accountId) || !isRowId(id)) return undefined;
  const row = await db.get(keySql.ofAccount, id, accountId);
  return row && keyRow(row);
}

export async function countKeys(db: Queryable, accountId: number): Promise<number> {
  return isRowId(accountId) ? Number((await db.get(keySql.count, accountId))?.key_count ?? 0) : 0;
}

export async function listKeys(db: Queryable, accountId: number, page: PageQuery): Promise<Page<KeyRow>> {
  if (!isRowId(accountId)) return { total: 0, items: [] };
  const [total, rows] = await Promise.all([
    countKeys(db, accountId),
    db.all(keySql.page, accountId, firstIdOf(page), page.limit, page.offset),
  ]);
  return { total, items: rows.map(keyRow) };
}

/** Part of a transaction. */
export async function insertKey(
  tx: Queryable,
  key: NewKey,
  keysMax: number,
  credential?: Credential,
): Promise<KeyRow | 'digest_taken' | 'account_full' | 'no_account'> {
  const account = await tx.get(keySql.lockAccount, key.accountId);
  if (!account || !(await credentialHolds(tx, key.accountId, credential))) return 'no_account';
  if (Number(account.key_count) >= keysMax) return 'account_full';
  const row = await tx.get(
    keySql.insert,
    key.accountId,
    key.digest,
    key.sealed,
    key.hint,
    key.createdAt,
    ...settableKeyValues(key),
  );
  if (!row) return 'digest_taken';
  const inserted = keyRow(row);
  await journal(tx, inserted, 'opening', key.remainQuota, key.createdAt);
  return inserted;
}

async function journal(
  tx: Queryable,
  { id: keyId, accountId }: KeyRow,
  kind: 'opening' | 'set',
  units: number,
  createdAt: number,
): Promise<void> {
  const entry = { accountId, keyId, kind, units, reason: '', actorId: accountId, reference: null, createdAt };
  await addEntry(tx, entry);
}

/** Part of a transaction. */
export async function updateKey(
  tx: Queryable,
  accountId: number,
  id: number,
  fields: KeyChange,
  nowSeconds: number,
): Promise<KeyRow | undefined> {
  if (!isRowId(accountId) || !isRowId(id)) return undefined;
  // The account first, as everywhere: its entry in the journal and its reservations hang together with its keys.
  await tx.get(keySql.lockAccount, accountId);
  const row = await tx.get(keySql.lockOne, id, accountId);
  if (!row) return undefined;
  const before = keyRow(row);
  const key = { ...before, ...fields, budget: changedBudget(before.budget, fields.budget) };
  await tx.run(keySql.update, id, fields.budget !== undefined, ...settableKeyValues(key));
  await journal(tx, key, 'set', key.remainQuota - before.remainQuota, nowSeconds);
  return key;
}

/**
 * Part of a transaction.
 * @param ids undefined = all keys of the account
 * @returns tombstones of the keys really deleted, by id
 */
export async function deleteKeys(
  tx: Queryable,
  accountId: number,
  ids: readonly number[] | undefined,
  deletedAt: number,
): Promise<readonly Tombstone[]> {
  await tx.get(keySql.lockAccount, accountId);
  const rows =
    ids === undefined
      ? await tx.all(keySql.lockAll, accountId)
      : await tx.all(keySql.lockSome, accountId, ids.filter(isRowId));
  const gone = rows.map((row) => keyTombstone(row, accountId, deletedAt));
  const goneIds = gone.map(({ id }) => id);
  if (gone.length > 0) await tx.run(keySql.remove, goneIds, accountId, deletedAt);
  return gone;
}
