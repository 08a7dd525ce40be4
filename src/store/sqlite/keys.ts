/** Keys in SQLite. Writes here are parts of transactions that the engine opens. */
import type { HolderRef } from '../../domain/accounting/holder.ts';
import { changedBudget } from '../../domain/budget.ts';
import type { KeyChange, KeyRow } from '../../domain/key.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import { integer, json, names, parameters, reader } from '../columns.ts';
import { deletedKeyColumns, keyNames, keyRow, keyTombstone, withBudgetColumns } from '../rows.ts';
import { booleanIn, statement } from '../statement.ts';
import { importSql } from '../statements/imports.ts';
import { keySql, newKey } from '../statements/keys.ts';
import {
  type Credential,
  firstIdOf,
  type KeyWithAccount,
  type NewKey,
  type Page,
  type PageQuery,
} from '../store.ts';
import { keys, tombstones } from '../tables.ts';
import { credentialHolds } from './accounts.ts';
import { addEntry } from './balance-entry.ts';
import { carryUsage } from './carried-usage.ts';
import type { Connection } from './connection.ts';

const { accountId, digest } = keys;
const { deletedAt } = tombstones;
const ofAccount = 'account_id = :accountId';
const chosen = `${ofAccount} AND id IN (SELECT value FROM json_each(:ids))`;
const ids = json<readonly number[]>();
const insertTombstones = `INSERT OR IGNORE INTO tombstones (digest, key_id, deleted_at, kind, account_id, name, hint)
  SELECT digest, id, :deletedAt, 'key', account_id, name, hint FROM keys`;
const returned = `RETURNING ${names(deletedKeyColumns)}`;
const readDeleted = reader(deletedKeyColumns);

/** Exported for the test of their query plans. */
export const sql = {
  isDigestTaken: statement(
    { digest },
    `SELECT EXISTS (SELECT 1 FROM keys WHERE digest = :digest)
      OR EXISTS (SELECT 1 FROM tombstones WHERE digest = :digest) AS taken`,
    booleanIn('taken'),
  ),
  insert: statement(
    newKey,
    `INSERT INTO keys (${names(newKey)}, accessed_at) VALUES (${parameters(newKey)}, 0) RETURNING ${keyNames}`,
    keyRow,
  ),
  changeCount: statement(
    { accountId, added: integer() },
    'UPDATE accounts SET key_count = key_count + :added WHERE id = :accountId',
  ),
  deleteAllContents: statement(
    { accountId },
    `DELETE FROM contents WHERE key_id IN (SELECT id FROM keys WHERE ${ofAccount})`,
  ),
  deleteChosenContents: statement(
    { accountId, ids },
    `DELETE FROM contents WHERE key_id IN (SELECT id FROM keys WHERE ${chosen})`,
  ),
  insertAllTombstones: statement({ accountId, deletedAt }, `${insertTombstones} WHERE ${ofAccount}`),
  insertChosenTombstones: statement({ accountId, ids, deletedAt }, `${insertTombstones} WHERE ${chosen}`),
  deleteAll: statement({ accountId }, `DELETE FROM keys WHERE ${ofAccount} ${returned}`, readDeleted),
  deleteChosen: statement({ accountId, ids }, `DELETE FROM keys WHERE ${chosen} ${returned}`, readDeleted),
} as const;

export function findKeyByDigest(connection: Connection, digest: Uint8Array): KeyWithAccount | undefined {
  return connection.get(keySql.byDigest, { digest });
}

export function findKeyById(connection: Connection, id: number): KeyWithAccount | undefined {
  return connection.get(keySql.byId, { id });
}

export function getKey(connection: Connection, accountId: number, id: number): KeyRow | undefined {
  return connection.get(keySql.ofAccount, { id, accountId });
}

export function countKeys(connection: Connection, accountId: number): number {
  return connection.get(keySql.count, { accountId }) ?? 0;
}

export function listKeys(connection: Connection, accountId: number, page: PageQuery): Page<KeyRow> {
  const items = connection.all(keySql.page, { accountId, firstId: firstIdOf(page), ...page });
  return { total: countKeys(connection, accountId), items };
}

/** Part of a transaction, which must be rolled back when it throws. */
export function insertKey(
  connection: Connection,
  key: NewKey,
  keysMax: number,
  credential?: Credential,
): KeyRow | 'digest_taken' | 'account_full' | 'no_account' {
  const { accountId, digest } = key;
  const count = connection.get(keySql.count, { accountId });
  if (count === undefined || !credentialHolds(connection, accountId, credential)) return 'no_account';
  if (count >= keysMax) return 'account_full';
  if (connection.one(sql.isDigestTaken, { digest })) return 'digest_taken';
  connection.run(sql.changeCount, { accountId, added: 1 });
  const inserted = connection.one(sql.insert, withBudgetColumns(key));
  addKeyEntry(connection, inserted, 'opening', key.remainQuota, key.createdAt);
  if (!key.imported) return inserted;
  connection.run(importSql.noteDigest, { digest });
  carryUsage(connection, accountId, inserted.id, key.imported);
  return { ...inserted, usedQuota: key.imported.units };
}

function addKeyEntry(
  connection: Connection,
  { id: keyId, accountId }: KeyRow,
  kind: 'opening' | 'set',
  units: number,
  createdAt: number,
): void {
  const holders: readonly HolderRef[] = [
    { kind: 'key', id: keyId },
    { kind: 'account', id: accountId },
  ];
  const entry = { kind, units, reason: '', actorId: accountId, reference: null, createdAt };
  addEntry(connection, holders, entry);
}

/** A key before and after a change. */
export interface ChangedKey {
  readonly before: KeyRow;
  readonly key: KeyRow;
}

/** Part of a transaction. */
export function updateKey(
  connection: Connection,
  accountId: number,
  id: number,
  fields: KeyChange,
  nowSeconds: number,
): ChangedKey | undefined {
  const before = getKey(connection, accountId, id);
  if (!before) return undefined;
  const key = { ...before, ...fields, budget: changedBudget(before.budget, fields.budget) };
  connection.run(keySql.update, { ...withBudgetColumns(key), isBudgetChanged: fields.budget !== undefined });
  addKeyEntry(connection, key, 'set', key.remainQuota - before.remainQuota, nowSeconds);
  return { before, key };
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
  const rows =
    ids === undefined
      ? deleteAllKeys(connection, accountId, deletedAt)
      : deleteChosenKeys(connection, accountId, ids, deletedAt);
  if (rows.length > 0) connection.run(sql.changeCount, { accountId, added: -rows.length });
  return rows.map((row) => keyTombstone(row, accountId, deletedAt)).sort((left, right) => left.id - right.id);
}

function deleteAllKeys(connection: Connection, accountId: number, deletedAt: number) {
  connection.run(sql.deleteAllContents, { accountId });
  connection.run(sql.insertAllTombstones, { accountId, deletedAt });
  return connection.all(sql.deleteAll, { accountId });
}

function deleteChosenKeys(
  connection: Connection,
  accountId: number,
  ids: readonly number[],
  deletedAt: number,
) {
  connection.run(sql.deleteChosenContents, { accountId, ids });
  connection.run(sql.insertChosenTombstones, { accountId, ids, deletedAt });
  return connection.all(sql.deleteChosen, { accountId, ids });
}
