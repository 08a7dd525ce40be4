/** Lists and counts keys for people in PostgreSQL, which looks at a bounded number of keys for each. */
import { list, type Row } from '../columns.ts';
import type { KeyCounts, KeyFilter, KeyLook, KeyOrder } from '../key-list.ts';
import { keyWithAccount, selectOwnedKeys } from '../rows.ts';
import { composed, numberIn, statement } from '../statement.ts';
import {
  countedColumns,
  countsIn,
  filterCondition,
  isPlain,
  type KeyListDialect,
  noCounts,
  parametersOf,
  placesOf,
  scopeCondition,
} from '../statements/key-list.ts';
import type { KeyListPage, PageQuery } from '../store.ts';
import { keys } from '../tables.ts';
import type { Queryable } from './connection.ts';
import { countKeys } from './keys.ts';
import { storable } from './storable.ts';
import { isRowId } from './values.ts';

const dialect: KeyListDialect = {
  // The collation of the code points, so that databases of every locale agree with SQLite.
  lowerName: 'lower(k.name COLLATE "C")',
  namePlace: 'lower(k.name COLLATE "C")',
  position: 'strpos',
};
const places = placesOf(dialect);

function statementsOf({ accountId }: KeyFilter, { by, descending }: KeyOrder) {
  const direction = descending ? 'DESC' : 'ASC';
  const these = accountId === undefined ? 'true' : 'k.account_id = :accountId';
  const looked = `FROM (SELECT * FROM keys AS k WHERE ${these} ORDER BY k.id DESC LIMIT :keysMax) AS k
    JOIN accounts AS a ON a.id = k.account_id`;
  const countLooked = `SELECT count(*) FROM (SELECT 1 FROM keys AS k WHERE ${these} LIMIT :keysMax) AS k`;
  return {
    list: `WITH hits AS MATERIALIZED (
        SELECT k.id, ${places[by]} AS place ${looked} WHERE ${scopeCondition} AND ${filterCondition(dialect)}
      )
      SELECT (${countLooked}) AS looked, (SELECT count(*) FROM hits) AS total,
        ARRAY(SELECT id FROM hits ORDER BY place ${direction}, id ${direction} LIMIT :limit OFFSET :offset) AS ids`,
    counts: `SELECT (${countLooked}) AS looked, ${countedColumns} ${looked} WHERE ${scopeCondition}`,
    plain: `${selectOwnedKeys} WHERE k.account_id = :accountId ORDER BY k.id ${direction}
      LIMIT :limit OFFSET :offset`,
  };
}

const byIds = statement(
  { ids: list(keys.id) },
  `${selectOwnedKeys} WHERE k.id = ANY(:ids::bigint[])`,
  keyWithAccount,
);

const lookedIn = numberIn('looked');
const listIn = (row: Row) => ({
  looked: lookedIn(row),
  total: Number(row.total),
  ids: (row.ids as readonly string[]).map(Number),
});

/** As `StoreBase.listKeysBy`. */
export async function listKeysBy(
  db: Queryable,
  filter: KeyFilter,
  order: KeyOrder,
  { limit, offset }: PageQuery,
  look: KeyLook,
): Promise<KeyListPage> {
  const { accountId = 0 } = filter;
  if (!isRowId(accountId)) return { total: 0, items: [], complete: true };
  const sql = statementsOf(filter, order);
  if (isPlain(filter, order)) {
    const [total, items] = await Promise.all([
      countKeys(db, accountId),
      db.all(composed(sql.plain, keyWithAccount), { accountId, limit, offset }),
    ]);
    return { total, items, complete: true };
  }
  const { keysMax } = look;
  const given = { ...storableFilter(parametersOf(filter, look)), keysMax, limit, offset };
  const { looked, total, ids } = await db.one(composed(sql.list, listIn), given);
  const rows = new Map((await db.all(byIds, { ids })).map((row) => [row.key.id, row]));
  const items = ids.map((id) => rows.get(id)).filter((row) => row !== undefined);
  return { total, items, complete: looked < keysMax };
}

/** No name has what PostgreSQL cannot hold, nor what stands for it. */
const storableFilter = (given: ReturnType<typeof parametersOf>) =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? storable(value) : value]),
  );

/** As `StoreBase.countKeysBy`. */
export async function countKeysBy(
  db: Queryable,
  filter: Pick<KeyFilter, 'accountId' | 'scope'>,
  look: KeyLook,
): Promise<KeyCounts> {
  if (!isRowId(filter.accountId ?? 0)) return { ...noCounts, complete: true };
  const sql = statementsOf(filter, { by: 'created', descending: true });
  const given = { ...parametersOf(filter, look), keysMax: look.keysMax };
  const countsRead = (row: Row) => ({ ...countsIn(row), complete: lookedIn(row) < look.keysMax });
  return db.one(composed(sql.counts, countsRead), given);
}
