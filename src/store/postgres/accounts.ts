/** Accounts in PostgreSQL. Writes here are parts of transactions that the engine opens. */

import pg from 'pg';
import type { HolderRef } from '../../domain/accounting/holder.ts';
import { changedBudget } from '../../domain/budget.ts';
import { accessTokenTombstone, accountTombstone, type Tombstone } from '../../domain/tombstone.ts';
import { accountNames, accountRow, withBudgetColumns } from '../rows.ts';
import { statement } from '../statement.ts';
import { accountSearch, accountSql, credentialSql, sessionSql } from '../statements/accounts.ts';
import { setupSql } from '../statements/sign-ins.ts';
import {
  type AccountChange,
  type AccountQuery,
  type AccountRow,
  type Credential,
  firstIdOf,
  type NewAccount,
  type Page,
  type PageQuery,
} from '../store.ts';
import { accounts } from '../tables.ts';
import { addEntry } from './balance-entry.ts';
import { carryUsage } from './carried-usage.ts';
import type { Queryable } from './connection.ts';
import { insertTombstones } from './tombstones.ts';
import { isRowId, isStorable } from './values.ts';

const { id } = accounts;
const lock = statement({ id }, `SELECT ${accountNames} FROM accounts WHERE id = :id FOR UPDATE`, accountRow);

// With the collation "C", `lower` knows ASCII letters only.
const contains = (column: string) => `strpos(lower(${column}), lower(:keyword::text COLLATE "C")) > 0`;
const search = accountSearch(
  `FROM accounts WHERE (${['username', 'display_name', 'email'].map(contains).join(' OR ')} OR id::text = :keyword)`,
);

export async function getAccount(db: Queryable, id: number): Promise<AccountRow | undefined> {
  return isRowId(id) ? db.get(accountSql.byId, { id }) : undefined;
}

export async function findAccountByUsername(
  db: Queryable,
  username: string,
): Promise<AccountRow | undefined> {
  return isStorable(username) ? db.get(accountSql.byUsername, { username }) : undefined;
}

export function findAccountByAccessToken(db: Queryable, digest: Uint8Array): Promise<AccountRow | undefined> {
  return db.get(accountSql.byAccessToken, { digest });
}

export function countAccounts(db: Queryable): Promise<number> {
  return db.one(accountSql.count);
}

/** As `StoreBase.listAccounts`. The keyword ignores the case of ASCII letters. */
export async function listAccounts(
  db: Queryable,
  query: AccountQuery,
  page: PageQuery,
): Promise<Page<AccountRow>> {
  const { keyword = '', state = '', role = 0 } = query;
  if (keyword === '' && state === '' && role === 0) {
    const [total, items] = await Promise.all([
      countAccounts(db),
      db.all(accountSql.page, { firstId: firstIdOf(page), ...page }),
    ]);
    return { total, items };
  }
  if (!isStorable(keyword)) return { total: 0, items: [] };
  const filter = { keyword, state, role };
  const [total, items] = await Promise.all([
    db.one(search.count, filter),
    db.all(search.page, { ...filter, firstId: firstIdOf(page), ...page }),
  ]);
  return { total, items };
}

/** Part of a transaction. */
export async function insertAccount(
  tx: Queryable,
  account: NewAccount,
): Promise<AccountRow | 'username_taken'> {
  const row = await tx.get(accountSql.insert, withBudgetColumns(account));
  if (!row) return 'username_taken';
  await addEntry(tx, holderOf(row.id), {
    ...entryOf('opening', 0),
    units: row.quota,
    createdAt: row.createdAt,
  });
  if (!account.carried) return row;
  const { units: usedQuota, requests: requestCount } = account.carried;
  await carryUsage(tx, row.id, 0, account.carried);
  return { ...row, usedQuota, requestCount };
}

/** Whether the credential authenticates the account now. Part of a transaction that has locked the account. */
async function credentialHolds(tx: Queryable, id: number, credential?: Credential): Promise<boolean> {
  if (credential === undefined) return true;
  return (await tx.get(credentialSql[credential.kind], { id, digest: credential.digest })) !== undefined;
}

function entryOf(kind: 'opening' | 'set', actorId: number) {
  return { kind, reason: '', actorId, reference: null };
}

const holderOf = (id: number): readonly HolderRef[] => [{ kind: 'account', id }];

/** An account after a change. */
export interface ChangedAccount {
  readonly before: AccountRow;
  readonly account: AccountRow;
  /** Of the access token that the change took away. */
  readonly tombstone: Tombstone | undefined;
}

/** Part of a transaction, which fails when the user name is taken: see `isUsernameTaken`. */
export async function updateAccount(
  tx: Queryable,
  id: number,
  fields: AccountChange,
  actorId: number,
  nowSeconds: number,
  credential?: Credential,
): Promise<ChangedAccount | undefined> {
  const before = isRowId(id) ? await tx.get(lock, { id }) : undefined;
  if (!before || !(await credentialHolds(tx, id, credential))) return undefined;
  const { formerPasswordHash, ...changed } = fields;
  if (formerPasswordHash !== undefined && formerPasswordHash !== before.passwordHash) return undefined;
  const account = { ...before, ...changed, budget: changedBudget(before.budget, fields.budget) };
  const isBudgetChanged = fields.budget !== undefined;
  await tx.run(accountSql.update, { ...withBudgetColumns(account), isBudgetChanged });
  await addEntry(tx, holderOf(id), {
    ...entryOf('set', actorId),
    units: account.quota - before.quota,
    createdAt: nowSeconds,
  });
  if (fields.passwordHash !== undefined || fields.state === 'disabled') {
    await tx.run(sessionSql.removeOf, { accountId: id });
    await tx.run(setupSql.removeOf, { accountId: id });
  }
  const tombstone = accessTokenTombstone(before, account, nowSeconds);
  if (tombstone) await insertTombstones(tx, [tombstone]);
  return { before, account, tombstone };
}

/** What was revoked besides the keys of an account. */
export interface RevokedSignIns {
  readonly account: AccountRow;
  readonly tombstone: Tombstone | undefined;
  readonly sessions: number;
}

/** Part of a transaction that has deleted its keys. @returns undefined when there is no such account */
export async function revokeSignIns(
  tx: Queryable,
  id: number,
  nowSeconds: number,
): Promise<RevokedSignIns | undefined> {
  const changed = await updateAccount(tx, id, { accessTokenDigest: null }, 0, nowSeconds);
  if (!changed) return undefined;
  const { account, tombstone } = changed;
  await tx.run(setupSql.removeOf, { accountId: id });
  return { account, tombstone, sessions: await tx.run(sessionSql.removeOf, { accountId: id }) };
}

/** Whether a transaction failed because another account has the user name. */
export function isUsernameTaken(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === '23505' &&
    error.constraint === 'accounts_username_key'
  );
}

/**
 * Part of a transaction that has deleted its keys. Its sessions go with it.
 * @returns its tombstone; undefined = it was not there
 */
export async function deleteAccount(
  tx: Queryable,
  id: number,
  deletedAt: number,
): Promise<Tombstone | undefined> {
  const account = await tx.get(lock, { id });
  if (!account) return undefined;
  const tombstone = accountTombstone(account, deletedAt);
  await insertTombstones(tx, [tombstone]);
  await tx.run(accountSql.remove, { id });
  return tombstone;
}
