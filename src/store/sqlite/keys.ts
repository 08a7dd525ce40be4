/** Keys and tombstones in SQLite. Writes here are parts of transactions that the engine opens. */
import { changedBudget } from '../../domain/budget.ts';
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
import type { Connection, Row } from './connection.ts';
import { assignments, parameters, storableValues } from './values.ts';

const columns = keyColumns.join(', ');
const ownedColumns = [
  ...keyColumns.map((column) => `k.${column}`),
  ...accountColumns.map((column) => `a.${column} AS ${ownerPrefix}${column}`),
].join(', ');
/** Keys (`k`) with their accounts (`a`), for `withAccount`. */
export const owned = `SELECT ${ownedColumns} FROM keys AS k JOIN accounts AS a ON a.id = k.account_id`;
const noteDeleted = `INSERT OR IGNORE INTO tombstones (digest, key_id, deleted_at, kind, account_id, name, hint)
    SELECT digest, id, ?, 'key', account_id, name, hint FROM keys`;
const newestFirst = 'ORDER BY id DESC LIMIT ? OFFSET ?';

/** Public for the test that asks SQLite how it would run them. */
export const keySql = {
  byDigest: `${owned} WHERE k.digest = ?`,
  byId: `${owned} WHERE k.id = ?`,
  ofAccount: `SELECT ${columns} FROM keys WHERE id = ? AND account_id = ?`,
  page: `SELECT ${columns} FROM keys WHERE account_id = ? AND id < ? ${newestFirst}`,
  count: 'SELECT key_count FROM accounts WHERE id = ?',
  anyWithDigest: `SELECT EXISTS (SELECT 1 FROM keys WHERE digest = ?1)
    OR EXISTS (SELECT 1 FROM tombstones WHERE digest = ?1) AS taken`,
  insert: `INSERT INTO keys (account_id, digest, sealed, hint, created_at, accessed_at, ${settableKeyColumns.join(', ')})
    VALUES (?1, ?2, ?3, ?4, ?5, 0, ${parameters(settableKeyColumns, 6)}) RETURNING ${columns}`,
  changeCount: 'UPDATE accounts SET key_count = key_count + ? WHERE id = ?',
  update: `UPDATE keys SET ${assignments(settableKeyColumns)} WHERE id = ?`,
  // A changed budget may be used up again in the same period.
  tellAgain: 'UPDATE keys SET budget_told = 0 WHERE id = ?',
  forgetAll: 'DELETE FROM contents WHERE key_id IN (SELECT id FROM keys WHERE account_id = ?)',
  forgetSome: `DELETE FROM contents WHERE key_id IN
    (SELECT id FROM keys WHERE account_id = ? AND id IN (SELECT value FROM json_each(?)))`,
  noteAll: `${noteDeleted} WHERE account_id = ?`,
  deleteAll: 'DELETE FROM keys WHERE account_id = ? RETURNING id, digest, name, hint',
  noteSome: `${noteDeleted} WHERE account_id = ? AND id IN (SELECT value FROM json_each(?))`,
  deleteSome: `DELETE FROM keys WHERE account_id = ? AND id IN (SELECT value FROM json_each(?))
    RETURNING id, digest, name, hint`,
} as const;

export function findKeyByDigest(connection: Connection, digest: Uint8Array): KeyWithAccount | undefined {
  return withAccount(connection.get(keySql.byDigest, digest));
}

export function findKeyById(connection: Connection, id: number): KeyWithAccount | undefined {
  return withAccount(connection.get(keySql.byId, id));
}

export function withAccount(row: Row): KeyWithAccount;
export function withAccount(row: Row | undefined): KeyWithAccount | undefined;
export function withAccount(row: Row | undefined): KeyWithAccount | undefined {
  return row && { key: keyRow(row), account: accountRow(row, ownerPrefix) };
}

export function getKey(connection: Connection, accountId: number, id: number): KeyRow | undefined {
  const row = connection.get(keySql.ofAccount, id, accountId);
  return row && keyRow(row);
}

export function countKeys(connection: Connection, accountId: number): number {
  return Number(connection.get(keySql.count, accountId)?.key_count ?? 0);
}

export function listKeys(connection: Connection, accountId: number, page: PageQuery): Page<KeyRow> {
  const items = connection.all(keySql.page, accountId, firstIdOf(page), page.limit, page.offset).map(keyRow);
  return { total: countKeys(connection, accountId), items };
}

/** Part of a transaction, which must be rolled back when it throws. */
export function insertKey(
  connection: Connection,
  key: NewKey,
  keysMax: number,
  credential?: Credential,
): KeyRow | 'digest_taken' | 'account_full' | 'no_account' {
  const account = connection.get(keySql.count, key.accountId);
  if (!account || !credentialHolds(connection, key.accountId, credential)) return 'no_account';
  if (Number(account.key_count) >= keysMax) return 'account_full';
  if (connection.one(keySql.anyWithDigest, key.digest).taken === 1) return 'digest_taken';
  connection.run(keySql.changeCount, 1, key.accountId);
  const row = connection.one(
    keySql.insert,
    key.accountId,
    key.digest,
    key.sealed,
    key.hint,
    key.createdAt,
    ...storableValues(settableKeyValues(key)),
  );
  const inserted = keyRow(row);
  journal(connection, inserted, 'opening', key.remainQuota, key.createdAt);
  return inserted;
}

function journal(
  connection: Connection,
  key: KeyRow,
  kind: 'opening' | 'set',
  units: number,
  createdAt: number,
): void {
  const { id: keyId, accountId } = key;
  addEntry(connection, {
    accountId,
    keyId,
    kind,
    units,
    reason: '',
    actorId: accountId,
    reference: null,
    createdAt,
  });
}

/** Part of a transaction. */
export function updateKey(
  connection: Connection,
  accountId: number,
  id: number,
  fields: KeyChange,
  nowSeconds: number,
): KeyRow | undefined {
  const before = getKey(connection, accountId, id);
  if (!before) return undefined;
  const key = { ...before, ...fields, budget: changedBudget(before.budget, fields.budget) };
  connection.run(keySql.update, ...storableValues(settableKeyValues(key)), id);
  if (fields.budget !== undefined) connection.run(keySql.tellAgain, id);
  journal(connection, key, 'set', key.remainQuota - before.remainQuota, nowSeconds);
  return key;
}

/**
 * Part of a transaction. The tombstones are written before the rows go, so that a database without room
 * for them fails first.
 * @param ids undefined = all keys of the account
 * @returns tombstones of the keys really deleted, by id
 */
export function deleteKeys(
  connection: Connection,
  accountId: number,
  ids: readonly number[] | undefined,
  deletedAt: number,
): readonly Tombstone[] {
  const chosen = ids === undefined ? [] : [JSON.stringify(ids)];
  connection.run(ids === undefined ? keySql.forgetAll : keySql.forgetSome, accountId, ...chosen);
  connection.run(ids === undefined ? keySql.noteAll : keySql.noteSome, deletedAt, accountId, ...chosen);
  const rows = connection.all(ids === undefined ? keySql.deleteAll : keySql.deleteSome, accountId, ...chosen);
  if (rows.length > 0) connection.run(keySql.changeCount, -rows.length, accountId);
  return rows.map((row) => keyTombstone(row, accountId, deletedAt)).sort((left, right) => left.id - right.id);
}
