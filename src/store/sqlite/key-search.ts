/** Searches keys in SQLite, case-sensitively. */
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
import type { Connection } from './connection.ts';
import { globOf } from './glob.ts';

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

/** As `StoreBase.findManagedKeys`. */
export function findManagedKeys(
  connection: Connection,
  scope: KeyScope,
  ids: readonly number[],
): readonly KeyWithAccount[] {
  const page = { offset: 0, limit: ids.length };
  return search(connection, selectOwnedKeys, { ids }, scope, page, keyWithAccount).items;
}

/** A query, or the ids of some keys. */
interface Asked extends KeyQuery {
  readonly ids?: readonly number[] | undefined;
}

function search<Found>(
  connection: Connection,
  select: string,
  query: Asked,
  scope: KeyScope | undefined,
  page: PageQuery,
  found: (row: Row) => Found,
): Page<Found> {
  const conditions = conditionsOf(query, scope);
  if (!conditions) return { total: 0, items: [] };
  const { text, parameters } = conditions;
  const all = `${select} WHERE ${text}`;
  const from = all.slice(all.indexOf('FROM keys'));
  const total = connection.one(composed(`SELECT count(*) AS total ${from}`, numberIn('total')), parameters);
  const { limit, offset } = page;
  const items = connection.all(
    composed(`${all} AND k.id < :firstId ORDER BY k.id DESC LIMIT :limit OFFSET :offset`, found),
    { ...parameters, firstId: firstIdOf(page), limit, offset },
  );
  return { total, items };
}

/** @returns undefined when nothing can match */
function conditionsOf(
  { name, digest, accountId, ids }: Asked,
  scope: KeyScope | undefined,
): Conditions | undefined {
  const conditions = new Conditions()
    .addGiven('k.account_id = :accountId', { accountId })
    .addGiven('k.id IN (SELECT value FROM json_each(:ids))', { ids: ids && JSON.stringify(ids) })
    .addGiven('k.digest = :digest', { digest });
  if (scope)
    conditions.add('(a.role < :scopeRole OR a.id = :scopeId)', { scopeRole: scope.role, scopeId: scope.id });
  if (name === undefined) return conditions;
  // No name is that long; SQLite refuses patterns much longer with an error.
  if (name.replaceAll('%', '').length > 2 * limits.key_name_chars_max) return undefined;
  return name.includes('%')
    ? conditions.add('k.name GLOB :name', { name: globOf(name) })
    : conditions.add('k.name = :name', { name });
}
