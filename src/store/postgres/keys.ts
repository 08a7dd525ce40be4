/** Keys in PostgreSQL. Writes here are parts of transactions that the engine opens. */
import type { HolderRef } from '../../domain/accounting/holder.ts';
import { changedBudget } from '../../domain/budget.ts';
import { digestText } from '../../domain/digest.ts';
import type { KeyChange, KeyRow } from '../../domain/key.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import { list, names, reader } from '../columns.ts';
import {
  deletedKeyColumns,
  keyNames,
  keyRow,
  keyTombstone,
  keyWithAccount,
  selectOwnedKeys,
  withBudgetColumns,
} from '../rows.ts';
import { numberIn, statement } from '../statement.ts';
import { importSql } from '../statements/imports.ts';
import { keySql, newKey } from '../statements/keys.ts';
import { firstIdOf, type KeyWithAccount, type NewKey, type Page, type PageQuery } from '../store.ts';
import { keys, tombstones } from '../tables.ts';
import { addEntry } from './balance-entry.ts';
import { lists, listsOf, unnested } from './bulk.ts';
import { carryUsage } from './carried-usage.ts';
import type { Queryable } from './connection.ts';
import { isRowId } from './values.ts';

const { id, accountId } = keys;
const ids = list(id);
const deletedNames = names(deletedKeyColumns);
const readDeleted = reader(deletedKeyColumns);

const sql = {
  byDigests: statement(
    { digests: list(keys.digest) },
    `${selectOwnedKeys} WHERE k.digest = ANY(:digests::bytea[])`,
    keyWithAccount,
  ),
  lockAccount: statement(
    { accountId },
    'SELECT key_count FROM accounts WHERE id = :accountId FOR UPDATE',
    numberIn('key_count'),
  ),
  lockOne: statement(
    { id, accountId },
    `SELECT ${keyNames} FROM keys WHERE id = :id AND account_id = :accountId FOR UPDATE`,
    keyRow,
  ),
  lockChosen: statement(
    { accountId, ids },
    `SELECT ${deletedNames} FROM keys WHERE account_id = :accountId AND id = ANY(:ids::bigint[])
      ORDER BY id FOR UPDATE`,
    readDeleted,
  ),
  lockAll: statement(
    { accountId },
    `SELECT ${deletedNames} FROM keys WHERE account_id = :accountId ORDER BY id FOR UPDATE`,
    readDeleted,
  ),
  // No row for a value that exists or existed.
  insert: statement(
    lists(newKey),
    `WITH inserted AS (
        INSERT INTO keys (${names(newKey)}, accessed_at)
        SELECT ${names(newKey)}, 0 FROM ${unnested(newKey)}
        WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE tombstones.digest = each.digest)
        ORDER BY position
        ON CONFLICT (digest) DO NOTHING RETURNING ${keyNames}
      ), counted AS (
        UPDATE accounts SET key_count = key_count + added.count
        FROM (SELECT account_id, count(*) AS count FROM inserted GROUP BY account_id) AS added
        WHERE accounts.id = added.account_id
      )
      SELECT ${keyNames} FROM inserted`,
    keyRow,
  ),
  remove: statement(
    { ids, deletedAt: tombstones.deletedAt },
    `WITH gone AS (
        DELETE FROM keys WHERE id = ANY(:ids::bigint[]) RETURNING id, digest, account_id, name, hint
      ), contents_gone AS (
        DELETE FROM contents WHERE key_id = ANY(:ids::bigint[])
      ), counted AS (
        UPDATE accounts SET key_count = key_count - removed.count
        FROM (SELECT account_id, count(*) AS count FROM gone GROUP BY account_id) AS removed
        WHERE accounts.id = removed.account_id
      )
      INSERT INTO tombstones (digest, key_id, deleted_at, kind, account_id, name, hint)
      SELECT digest, id, :deletedAt, 'key', account_id, name, hint FROM gone ON CONFLICT DO NOTHING`,
  ),
} as const;

export function findKeyByDigest(db: Queryable, digest: Uint8Array): Promise<KeyWithAccount | undefined> {
  return db.get(keySql.byDigest, { digest });
}

/** As `StoreBase.findKeysByDigests`. */
export async function findKeysByDigests(
  db: Queryable,
  digests: readonly Uint8Array[],
): Promise<readonly (KeyWithAccount | undefined)[]> {
  const found = await db.all(sql.byDigests, { digests });
  const byDigest = new Map(found.map((each) => [digestText(each.key.digest), each]));
  return digests.map((digest) => byDigest.get(digestText(digest)));
}

export async function findKeyById(db: Queryable, id: number): Promise<KeyWithAccount | undefined> {
  return isRowId(id) ? db.get(keySql.byId, { id }) : undefined;
}

export async function getKey(db: Queryable, accountId: number, id: number): Promise<KeyRow | undefined> {
  return isRowId(accountId) && isRowId(id) ? db.get(keySql.ofAccount, { id, accountId }) : undefined;
}

export async function countKeys(db: Queryable, accountId: number): Promise<number> {
  return isRowId(accountId) ? ((await db.get(keySql.count, { accountId })) ?? 0) : 0;
}

export async function listKeys(db: Queryable, accountId: number, page: PageQuery): Promise<Page<KeyRow>> {
  if (!isRowId(accountId)) return { total: 0, items: [] };
  const [total, items] = await Promise.all([
    countKeys(db, accountId),
    db.all(keySql.page, { accountId, firstId: firstIdOf(page), ...page }),
  ]);
  return { total, items };
}

/**
 * Part of a transaction that has locked the accounts. It leaves out those whose value exists or existed.
 * @returns the rows, in any order
 */
export function insertKeys(tx: Queryable, added: readonly NewKey[]): Promise<readonly KeyRow[]> {
  return tx.all(sql.insert, listsOf(newKey, added.map(withBudgetColumns)));
}

/** The balance entry of an inserted key. Part of the same transaction. */
export function addOpening(tx: Queryable, row: KeyRow, key: NewKey): Promise<void> {
  return addKeyEntry(tx, row, 'opening', key.remainQuota, key.createdAt);
}

/** What an inserted key brings from another gateway. Part of the same transaction. @returns the row with it */
export async function carryImported(
  tx: Queryable,
  row: KeyRow,
  { imported, digest }: NewKey,
): Promise<KeyRow> {
  if (!imported) return row;
  await tx.run(importSql.noteDigest, { digest });
  await carryUsage(tx, row.accountId, row.id, imported);
  return { ...row, usedQuota: imported.units };
}

async function addKeyEntry(
  tx: Queryable,
  { id: keyId, accountId }: KeyRow,
  kind: 'opening' | 'set',
  units: number,
  createdAt: number,
): Promise<void> {
  const holders: readonly HolderRef[] = [
    { kind: 'key', id: keyId },
    { kind: 'account', id: accountId },
  ];
  const entry = { kind, units, reason: '', actorId: accountId, reference: null, createdAt };
  await addEntry(tx, holders, entry);
}

/** A key before and after a change. */
export interface ChangedKey {
  readonly before: KeyRow;
  readonly key: KeyRow;
}

/** Part of a transaction. */
export async function updateKey(
  tx: Queryable,
  accountId: number,
  id: number,
  fields: KeyChange,
  nowSeconds: number,
): Promise<ChangedKey | undefined> {
  if (!isRowId(accountId) || !isRowId(id)) return undefined;
  // The account first, as everywhere: its balance entries and reservations belong together with its keys.
  await tx.get(sql.lockAccount, { accountId });
  const before = await tx.get(sql.lockOne, { id, accountId });
  if (!before) return undefined;
  const key = { ...before, ...fields, budget: changedBudget(before.budget, fields.budget) };
  await tx.run(keySql.update, { ...withBudgetColumns(key), isBudgetChanged: fields.budget !== undefined });
  await addKeyEntry(tx, key, 'set', key.remainQuota - before.remainQuota, nowSeconds);
  return { before, key };
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
  await tx.get(sql.lockAccount, { accountId });
  const rows =
    ids === undefined
      ? await tx.all(sql.lockAll, { accountId })
      : await tx.all(sql.lockChosen, { accountId, ids: ids.filter(isRowId) });
  const gone = rows.map((row) => keyTombstone(row, accountId, deletedAt));
  await removeKeys(tx, gone);
  return gone;
}

/** Part of a transaction that has locked the keys. @param gone of one time */
export async function removeKeys(tx: Queryable, gone: readonly Tombstone[]): Promise<void> {
  const [{ deletedAt } = { deletedAt: 0 }] = gone;
  if (gone.length > 0) await tx.run(sql.remove, { ids: gone.map(({ id }) => id), deletedAt });
}
