/** Accounts and their sessions in SQLite. Writes here are parts of transactions that the engine opens. */
import { changedBudget } from '../../domain/budget.ts';
import { accessTokenTombstone, accountTombstone, type Tombstone } from '../../domain/tombstone.ts';
import { accountColumns, accountRow, sessionRow } from '../rows.ts';
import { settableAccountColumns, settableAccountValues } from '../settable.ts';
import {
  type AccountChange,
  type AccountRow,
  type Credential,
  firstIdOf,
  type NewAccount,
  type Page,
  type PageQuery,
  type SessionRow,
} from '../store.ts';
import { addEntry } from './balance-entry.ts';
import type { Connection, Row } from './connection.ts';
import { insertTombstone } from './tombstones.ts';
import { assignments, parameters, storableValues } from './values.ts';

const columns = accountColumns.join(', ');

/** Public for the test that asks SQLite how it would run them. */
export const accountSql = {
  byId: `SELECT ${columns} FROM accounts WHERE id = ?`,
  byUsername: `SELECT ${columns} FROM accounts WHERE username = ?`,
  byAccessToken: `SELECT ${columns} FROM accounts WHERE access_token_digest = ?`,
  count: 'SELECT count(*) AS total FROM accounts',
  page: `SELECT ${columns} FROM accounts WHERE id < ? ORDER BY id DESC LIMIT ? OFFSET ?`,
  insert: `INSERT INTO accounts (created_at, ${settableAccountColumns.join(', ')})
    VALUES (?1, ${parameters(settableAccountColumns, 2)}) RETURNING ${columns}`,
  update: `UPDATE accounts SET ${assignments(settableAccountColumns)} WHERE id = ?`,
  // A changed budget may be used up again in the same period.
  tellAgain: 'UPDATE accounts SET budget_told = 0 WHERE id = ?',
  remove: 'DELETE FROM accounts WHERE id = ?',
} as const;

const credentialSql: Readonly<Record<Credential['kind'], string>> = {
  token: "SELECT 1 FROM accounts WHERE id = ? AND state = 'enabled' AND access_token_digest = ?",
  session: `SELECT 1 FROM accounts AS a JOIN sessions AS s ON s.account_id = a.id
    WHERE a.id = ? AND a.state = 'enabled' AND s.digest = ?`,
};

export const sessionSql = {
  // A session of an account that is gone is not kept, rather than an error: it opens nothing.
  insert: `INSERT INTO sessions (digest, account_id, created_at, expires_at)
    SELECT ?1, id, ?3, ?4 FROM accounts WHERE id = ?2`,
  byDigest: 'SELECT digest, account_id, created_at, expires_at FROM sessions WHERE digest = ?',
  remove: 'DELETE FROM sessions WHERE digest = ?',
  removeOf: 'DELETE FROM sessions WHERE account_id = ?',
  removeExpired: 'DELETE FROM sessions WHERE expires_at <= ?',
} as const;

function rowOrUndefined(row: Row | undefined): AccountRow | undefined {
  return row && accountRow(row);
}

export function getAccount(connection: Connection, id: number): AccountRow | undefined {
  return rowOrUndefined(connection.get(accountSql.byId, id));
}

export function findAccountByUsername(connection: Connection, username: string): AccountRow | undefined {
  return rowOrUndefined(connection.get(accountSql.byUsername, username));
}

export function findAccountByAccessToken(connection: Connection, digest: Uint8Array): AccountRow | undefined {
  return rowOrUndefined(connection.get(accountSql.byAccessToken, digest));
}

export function countAccounts(connection: Connection): number {
  return Number(connection.one(accountSql.count).total);
}

/** As `StoreBase.listAccounts`. Upper and lower case ASCII letters are the same to the keyword. */
export function listAccounts(
  connection: Connection,
  query: { readonly keyword?: string | undefined },
  page: PageQuery,
): Page<AccountRow> {
  const { keyword = '' } = query;
  if (keyword === '') {
    const rows = connection.all(accountSql.page, firstIdOf(page), page.limit, page.offset);
    const items = rows.map((row) => accountRow(row));
    return { total: countAccounts(connection), items };
  }
  const where = `FROM accounts WHERE (instr(lower(username), lower(?1)) OR instr(lower(display_name), lower(?1))
    OR instr(lower(email), lower(?1)) OR CAST(id AS TEXT) = ?1)`;
  const total = Number(connection.one(`SELECT count(*) AS total ${where}`, keyword).total);
  const sql = `SELECT ${columns} ${where} AND id < ?2 ORDER BY id DESC LIMIT ?3 OFFSET ?4`;
  const rows = connection.all(sql, keyword, firstIdOf(page), page.limit, page.offset);
  return { total, items: rows.map((row) => accountRow(row)) };
}

/** Part of a transaction. */
export function insertAccount(connection: Connection, account: NewAccount): AccountRow | 'username_taken' {
  if (connection.get(accountSql.byUsername, account.username)) return 'username_taken';
  const row = accountRow(
    connection.one(accountSql.insert, account.createdAt, ...storableValues(settableAccountValues(account))),
  );
  addEntry(connection, {
    ...ownBalance(row.id, 'opening', 0),
    units: row.quota,
    createdAt: row.createdAt,
  });
  return row;
}

/** Whether the credential opens the account now. Part of the transaction that relies on it. */
export function credentialHolds(connection: Connection, id: number, credential?: Credential): boolean {
  if (credential === undefined) return true;
  return connection.get(credentialSql[credential.kind], id, credential.digest) !== undefined;
}

function ownBalance(accountId: number, kind: 'opening' | 'set', actorId: number) {
  return { accountId, keyId: 0, kind, reason: '', actorId, reference: null };
}

/** An account as it was changed. */
export interface ChangedAccount {
  readonly account: AccountRow;
  /** Of the access token that it had before. */
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
  const account = { ...before, ...fields, budget: changedBudget(before.budget, fields.budget) };
  const holder = findAccountByUsername(connection, account.username);
  if (holder && holder.id !== id) return 'username_taken';
  connection.run(accountSql.update, ...storableValues(settableAccountValues(account)), id);
  if (fields.budget !== undefined) connection.run(accountSql.tellAgain, id);
  addEntry(connection, {
    ...ownBalance(id, 'set', actorId),
    units: account.quota - before.quota,
    createdAt: nowSeconds,
  });
  if (fields.passwordHash !== undefined || fields.state === 'disabled') {
    connection.run(sessionSql.removeOf, id);
  }
  const tombstone = accessTokenTombstone(before, account, nowSeconds);
  if (tombstone) insertTombstone(connection, tombstone);
  return { account, tombstone };
}

/** Part of a transaction that has deleted its keys. Its sessions go with it (ON DELETE CASCADE). */
export function deleteAccount(connection: Connection, id: number, deletedAt: number): Tombstone | undefined {
  const account = getAccount(connection, id);
  if (!account) return undefined;
  const tombstone = accountTombstone(account, deletedAt);
  insertTombstone(connection, tombstone);
  connection.run(accountSql.remove, id);
  return tombstone;
}

/** What was taken besides its keys when the credentials of an account were revoked. */
export interface RevokedSignIns {
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
  return { tombstone: changed.tombstone, sessions: connection.run(sessionSql.removeOf, id) };
}

export function insertSession(connection: Connection, session: SessionRow): void {
  const { digest, accountId, createdAt, expiresAt } = session;
  connection.run(sessionSql.insert, digest, accountId, createdAt, expiresAt);
}

export function findSession(connection: Connection, digest: Uint8Array): SessionRow | undefined {
  const row = connection.get(sessionSql.byDigest, digest);
  return row && sessionRow(row);
}
