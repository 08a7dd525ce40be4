/** Searches keys in PostgreSQL, case-sensitively. */

import type { KeyRow } from '../../domain/key.ts';
import { limits } from '../../platform/limits.ts';
import type { Row } from '../columns.ts';
import { Conditions } from '../conditions.ts';
import { keyRow, keyWithAccount, selectKeys, selectOwnedKeys } from '../rows.ts';
import { composed, numberIn } from '../statement.ts';
import {
  firstIdOf,
  type KeyQuery,
  type KeyScope,
  type KeyWithAccount,
  type Page,
  type PageQuery,
} from '../store.ts';
import type { Queryable } from './connection.ts';
import { likeOf } from './like.ts';
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

/** As `StoreBase.findManagedKeys`. */
export async function findManagedKeys(
  db: Queryable,
  scope: KeyScope,
  ids: readonly number[],
): Promise<readonly KeyWithAccount[]> {
  const page = { offset: 0, limit: ids.length };
  return (await search(db, selectOwnedKeys, { ids }, scope, page, keyWithAccount)).items;
}

/** A query, or the ids of some keys. */
interface Asked extends KeyQuery {
  readonly ids?: readonly number[] | undefined;
}

async function search<Found>(
  db: Queryable,
  select: string,
  query: Asked,
  scope: KeyScope | undefined,
  page: PageQuery,
  found: (row: Row) => Found,
): Promise<Page<Found>> {
  const conditions = conditionsOf(query, scope);
  if (!conditions) return { total: 0, items: [] };
  const { text, parameters } = conditions;
  const all = `${select} WHERE ${text}`;
  const from = all.slice(all.indexOf('FROM keys'));
  const { limit, offset } = page;
  const [total, items] = await Promise.all([
    db.one(composed(`SELECT count(*) AS total ${from}`, numberIn('total')), parameters),
    db.all(composed(`${all} AND k.id < :firstId ORDER BY k.id DESC LIMIT :limit OFFSET :offset`, found), {
      ...parameters,
      firstId: firstIdOf(page),
      limit,
      offset,
    }),
  ]);
  return { total, items };
}

/** @returns undefined when nothing can match */
function conditionsOf(
  { name, digest, accountId, ids }: Asked,
  scope: KeyScope | undefined,
): Conditions | undefined {
  if (accountId !== undefined && !isRowId(accountId)) return undefined;
  const conditions = new Conditions()
    .addGiven('k.account_id = :accountId', { accountId })
    .addGiven('k.id = ANY(:ids::bigint[])', { ids: ids?.filter(isRowId) })
    .addGiven('k.digest = :digest', { digest });
  if (scope)
    conditions.add('(a.role < :scopeRole OR a.id = :scopeId)', { scopeRole: scope.role, scopeId: scope.id });
  if (name === undefined) return conditions;
  // No name is that long.
  const isTooLong = name.replaceAll('%', '').length > 2 * limits.key_name_chars_max;
  if (isTooLong || !isStorable(name)) return undefined;
  return name.includes('%')
    ? conditions.add('k.name LIKE :name', { name: likeOf(name) })
    : conditions.add('k.name = :name', { name });
}
