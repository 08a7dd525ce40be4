/** Searches keys in PostgreSQL, case-sensitively. */

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
import { Conditions, likeOf } from './conditions.ts';
import type { Queryable } from './connection.ts';
import { isRowId, isStorable } from './values.ts';

/** As `StoreBase.searchKeys`. */
export function searchKeys(
  db: Queryable,
  accountId: number,
  query: KeyQuery,
  page: PageQuery,
): Promise<Page<KeyRow>> {
  return search(db, selectKeys, { ...query, accountId }, undefined, page, keyRow);
}

/** As `StoreBase.searchManagedKeys`. */
export function searchManagedKeys(
  db: Queryable,
  scope: KeyScope,
  query: KeyQuery,
  page: PageQuery,
): Promise<Page<KeyWithAccount>> {
  return search(db, selectOwnedKeys, query, scope, page, keyWithAccount);
}

async function search<Found>(
  db: Queryable,
  select: string,
  query: KeyQuery,
  scope: KeyScope | undefined,
  page: PageQuery,
  found: (row: Row) => Found,
): Promise<Page<Found>> {
  const conditions = conditionsOf(query, scope);
  if (!conditions) return { total: 0, items: [] };
  const { sql, values } = conditions;
  const all = `${select} WHERE ${sql}`;
  const at = values.length;
  const rest = `AND k.id < $${at + 1} ORDER BY k.id DESC LIMIT $${at + 2} OFFSET $${at + 3}`;
  const [{ total }, rows] = await Promise.all([
    db.one(`SELECT count(*) AS total ${all.slice(all.indexOf('FROM keys'))}`, ...values),
    db.all(`${all} ${rest}`, ...values, firstIdOf(page), page.limit, page.offset),
  ]);
  return { total: Number(total), items: rows.map(found) };
}

/** @returns undefined when nothing can match */
function conditionsOf(
  { name, digest, accountId, ids }: KeyQuery,
  scope: KeyScope | undefined,
): Conditions | undefined {
  if (accountId !== undefined && !isRowId(accountId)) return undefined;
  const conditions = new Conditions()
    .addGiven('k.account_id = ?', accountId)
    .addGiven('k.id = ANY(?::bigint[])', ids?.filter(isRowId))
    .addGiven('k.digest = ?', digest);
  if (scope) conditions.add('(a.role < ? OR a.id = ?)', scope.role, scope.id);
  if (name === undefined) return conditions;
  // No name is that long.
  const isTooLong = name.replaceAll('%', '').length > 2 * limits.key_name_chars_max;
  if (isTooLong || !isStorable(name)) return undefined;
  return name.includes('%')
    ? conditions.add('k.name LIKE ?', likeOf(name))
    : conditions.add('k.name = ?', name);
}
