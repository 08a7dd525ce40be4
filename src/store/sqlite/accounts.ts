/** Accounts and their sessions in SQLite. Writes here are parts of transactions that the engine opens. */
import type { HolderRef } from '../../domain/accounting/holder.ts';
import { changedBudget } from '../../domain/budget.ts';
import { accessTokenTombstone, accountTombstone, type Tombstone } from '../../domain/tombstone.ts';
import { withBudgetColumns } from '../rows.ts';
import type { SessionRow } from '../sign-in-store.ts';
import { statement } from '../statement.ts';
import {
  accountSearch,
  accountSql,
  credentialSql,
  insertSessionText,
  sessionSql,
} from '../statements/accounts.ts';
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
import { sessions } from '../tables.ts';
import { addEntry } from './balance-entry.ts';
import { carryUsage } from './carried-usage.ts';
import type { Connection } from './connection.ts';
import { insertTombstone } from './tombstones.ts';

const insert = statement(sessions, insertSessionText);

const matching = `FROM accounts WHERE (instr(lower(username), lower(:keyword))
  OR instr(lower(display_name), lower(:keyword)) OR instr(lower(email), lower(:keyword))
  OR CAST(id AS TEXT) = :keyword)`;
const search = accountSearch(matching);

export function getAccount(connection: Connection, id: number): AccountRow | undefined {
  return connection.get(accountSql.byId, { id });
}

export function findAccountByUsername(connection: Connection, username: string): AccountRow | undefined {
  return connection.get(accountSql.byUsername, { username });
}

export function findAccountByAccessToken(connection: Connection, digest: Uint8Array): AccountRow | undefined {
  return connection.get(accountSql.byAccessToken, { digest });
}

export function countAccounts(connection: Connection): number {
  return connection.one(accountSql.count);
}

/** As `StoreBase.listAccounts`. The keyword ignores the case of ASCII letters. */
export function listAccounts(connection: Connection, query: AccountQuery, page: PageQuery): Page<AccountRow> {
  const { keyword = '', state = '', role = 0 } = query;
  if (keyword === '' && state === '' && role === 0) {
    const items = connection.all(accountSql.page, { firstId: firstIdOf(page), ...page });
    return { total: countAccounts(connection), items };
  }
  const filter = { keyword, state, role };
  const items = connection.all(search.page, { ...filter, firstId: firstIdOf(page), ...page });
  return { total: connection.one(search.count, filter), items };
}

/** Part of a transaction. */
export function insertAccount(connection: Connection, account: NewAccount): AccountRow | 'username_taken' {
  if (findAccountByUsername(connection, account.username)) return 'username_taken';
  const row = connection.one(accountSql.insert, withBudgetColumns(account));
  addEntry(connection, holderOf(row.id), {
    ...entryOf('opening', 0),
    units: row.quota,
    createdAt: row.createdAt,
  });
  if (!account.carried) return row;
  const { units: usedQuota, requests: requestCount } = account.carried;
  carryUsage(connection, row.id, 0, account.carried);
  return { ...row, usedQuota, requestCount };
}

/** Whether the credential authenticates the account now. Part of the transaction that relies on it. */
export function credentialHolds(connection: Connection, id: number, credential?: Credential): boolean {
  if (credential === undefined) return true;
  return connection.get(credentialSql[credential.kind], { id, digest: credential.digest }) !== undefined;
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

/** Part of a transaction. */
export function updateAccount(
  connection: Connection,
  id: number,
  fields: AccountChange,
  actorId: number,
  nowSeconds: number,
  credential?: Credential,
): ChangedAccount | 'username_taken' | undefined {
  const before = getAccount(connection, id);
  if (!before || !credentialHolds(connection, id, credential)) return undefined;
  const { formerPasswordHash, ...changed } = fields;
  if (formerPasswordHash !== undefined && formerPasswordHash !== before.passwordHash) return undefined;
  const account = { ...before, ...changed, budget: changedBudget(before.budget, fields.budget) };
  const holder = findAccountByUsername(connection, account.username);
  if (holder && holder.id !== id) return 'username_taken';
  const isBudgetChanged = fields.budget !== undefined;
  connection.run(accountSql.update, { ...withBudgetColumns(account), isBudgetChanged });
  addEntry(connection, holderOf(id), {
    ...entryOf('set', actorId),
    units: account.quota - before.quota,
    createdAt: nowSeconds,
  });
  if (fields.passwordHash !== undefined || fields.state === 'disabled') {
    connection.run(sessionSql.removeOf, { accountId: id });
    connection.run(setupSql.removeOf, { accountId: id });
  }
  const tombstone = accessTokenTombstone(before, account, nowSeconds);
  if (tombstone) insertTombstone(connection, tombstone);
  return { before, account, tombstone };
}

/** Part of a transaction that has deleted its keys. Its sessions go with it (ON DELETE CASCADE). */
export function deleteAccount(connection: Connection, id: number, deletedAt: number): Tombstone | undefined {
  const account = getAccount(connection, id);
  if (!account) return undefined;
  const tombstone = accountTombstone(account, deletedAt);
  insertTombstone(connection, tombstone);
  connection.run(accountSql.remove, { id });
  return tombstone;
}

/** What was revoked besides the keys of an account. */
export interface RevokedSignIns {
  readonly account: AccountRow;
  readonly tombstone: Tombstone | undefined;
  readonly sessions: number;
}

/** Part of a transaction that has deleted its keys. @returns undefined when there is no such account */
export function revokeSignIns(
  connection: Connection,
  id: number,
  nowSeconds: number,
): RevokedSignIns | undefined {
  const changed = updateAccount(connection, id, { accessTokenDigest: null }, 0, nowSeconds);
  if (typeof changed !== 'object') return undefined;
  const { account, tombstone } = changed;
  connection.run(setupSql.removeOf, { accountId: id });
  return { account, tombstone, sessions: connection.run(sessionSql.removeOf, { accountId: id }) };
}

/** Part of a transaction. @returns whether its account is there */
export function insertSession(connection: Connection, session: SessionRow): boolean {
  connection.run(setupSql.removeOf, session);
  return connection.run(insert, session) > 0;
}

/** Part of a transaction. @returns what it was; undefined = it was not there */
export function deleteSession(connection: Connection, digest: Uint8Array): SessionRow | undefined {
  return connection.get(sessionSql.remove, { digest });
}

export function findSession(connection: Connection, digest: Uint8Array): SessionRow | undefined {
  return connection.get(sessionSql.byDigest, { digest });
}
