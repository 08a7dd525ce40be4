/** Searches keys in SQLite, case-sensitively. */
import type { KeyRow } from '../../domain/key.ts';
import { limits } from '../../platform/limits.ts';
import type { Row } from '../columns.ts';
import { keyRow, keyWithAccount, selectKeys, selectOwnedKeys } from '../rows.ts';
import {
  firstIdOf,
  type KeyQuery,
  type KeyScope,
  type KeyWithAccount,
  type Page,
  type PageQuery,
} from '../store.ts';
import type { Connection, Value } from './connection.ts';
import { globOf } from './glob.ts';

interface Conditions {
  readonly sql: string[];
  readonly values: Value[];
}

/** As `StoreBase.searchKeys`. */
export function searchKeys(
  connection: Connection,
  accountId: number,
  query: KeyQuery,
  page: PageQuery,
): Page<KeyRow> {
  return search(connection, selectKeys, { ...query, accountId }, undefined, page, keyRow);
}

/** As `StoreBase.searchManagedKeys`. */
export function searchManagedKeys(
  connection: Connection,
  scope: KeyScope,
  query: KeyQuery,
  page: PageQuery,
): Page<KeyWithAccount> {
  return search(connection, selectOwnedKeys, query, scope, page, keyWithAccount);
}

function search<Found>(
  connection: Connection,
  select: string,
  query: KeyQuery,
  scope: KeyScope | undefined,
  page: PageQuery,
  found: (row: Row) => Found,
): Page<Found> {
  const conditions = conditionsOf(query, scope);
  if (!conditions) return { total: 0, items: [] };
  const { sql, values } = conditions;
  const all = `${select} WHERE ${sql.join(' AND ')}`;
  const from = all.slice(all.indexOf('FROM keys'));
  const total = Number(connection.one(`SELECT count(*) AS total ${from}`, ...values).total);
  const rows = connection.all(
    `${all} AND k.id < ? ORDER BY k.id DESC LIMIT ? OFFSET ?`,
    ...values,
    firstIdOf(page),
    page.limit,
    page.offset,
  );
  return { total, items: rows.map(found) };
}

/** @returns undefined when nothing can match */
function conditionsOf(
  { name, digest, accountId, ids }: KeyQuery,
  scope: KeyScope | undefined,
): Conditions | undefined {
  const conditions: Conditions = { sql: [], values: [] };
  const add = (sql: string, ...values: Value[]) => {
    conditions.sql.push(sql);
    conditions.values.push(...values);
  };
  if (scope) add('(a.role < ? OR a.id = ?)', scope.role, scope.id);
  if (accountId !== undefined) add('k.account_id = ?', accountId);
  if (ids) add('k.id IN (SELECT value FROM json_each(?))', JSON.stringify(ids));
  if (digest !== undefined) add('k.digest = ?', digest);
  if (name !== undefined) {
    // No name is that long; SQLite refuses patterns much longer with an error.
    if (name.replaceAll('%', '').length > 2 * limits.key_name_chars_max) return undefined;
    add(name.includes('%') ? 'k.name GLOB ?' : 'k.name = ?', name.includes('%') ? globOf(name) : name);
  }
  return conditions;
}
