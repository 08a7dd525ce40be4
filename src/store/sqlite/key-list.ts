/**
 * Lists and counts keys for people in SQLite. No index could serve every filter and order, and one on what each request
 * changes would cost every request: keys are looked at a few thousand at a time, and other work of the process runs in
 * between.
 */
import { json, type Row } from '../columns.ts';
import type { KeyCounts, KeyFilter, KeyLook, KeyOrder } from '../key-list.ts';
import { keyWithAccount, selectOwnedKeys } from '../rows.ts';
import { composed, numberIn, type Parameters, statement } from '../statement.ts';
import {
  addCounts,
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
import type { Connection } from './connection.ts';
import { countKeys } from './keys.ts';
import { othersFirst } from './others-first.ts';

/** The most keys looked at before other work runs. */
const stepKeys = 4000;

const dialect: KeyListDialect = {
  lowerName: 'lower(k.name)',
  // Hexadecimal digits, so that programs compare names as SQLite does.
  namePlace: 'hex(lower(k.name))',
  position: 'instr',
};
const places = placesOf(dialect);

interface Placed {
  readonly id: number;
  readonly place: number | string;
}
const placed = (row: Row): Placed => ({ id: Number(row.id), place: row.place as Placed['place'] });

/** Exported for the test of their query plans. */
export function statementsOf({ accountId }: KeyFilter, { by, descending }: KeyOrder) {
  const direction = descending ? 'DESC' : 'ASC';
  const these = `${accountId === undefined ? '' : 'k.account_id = :accountId AND '}k.id < :before`;
  const step = `FROM keys AS k CROSS JOIN accounts AS a ON a.id = k.account_id
    WHERE ${these} AND k.id >= :from AND ${scopeCondition}`;
  const matches = filterCondition(dialect);
  return {
    /** The last key of the next step. */
    stepEnd: `SELECT k.id FROM keys AS k WHERE ${these} ORDER BY k.id DESC LIMIT 1 OFFSET :last`,
    hits: `SELECT k.id, ${places[by]} AS place ${step} AND ${matches}
      ORDER BY place ${direction}, k.id ${direction} LIMIT :first`,
    total: `SELECT count(*) AS total ${step} AND ${matches}`,
    counts: `SELECT ${countedColumns} ${step}`,
    plain: `${selectOwnedKeys} WHERE k.account_id = :accountId ORDER BY k.id ${direction}
      LIMIT :limit OFFSET :offset`,
  };
}

/** The order of the ids is kept. */
export const keysByIds = statement(
  { ids: json<readonly number[]>() },
  selectOwnedKeys.replace('FROM keys AS k', 'FROM json_each(:ids) AS wanted CROSS JOIN keys AS k') +
    ' WHERE k.id = wanted.value',
  keyWithAccount,
);

/** As `StoreBase.listKeysBy`. */
export async function listKeysBy(
  connection: Connection,
  filter: KeyFilter,
  order: KeyOrder,
  page: PageQuery,
  look: KeyLook,
): Promise<KeyListPage> {
  const sql = statementsOf(filter, order);
  const { limit, offset } = page;
  if (isPlain(filter, order)) {
    const { accountId = 0 } = filter;
    const items = connection.all(composed(sql.plain, keyWithAccount), { accountId, limit, offset });
    return { total: countKeys(connection, accountId), items, complete: true };
  }
  let first: readonly Placed[] = [];
  let total = 0;
  let complete = false;
  for await (const step of steps(connection, filter, sql.stepEnd, look)) {
    const parameters = { ...step.parameters, first: offset + limit };
    const hits = connection.all(composed(sql.hits, placed), parameters);
    const isAll = hits.length < offset + limit;
    total += isAll ? hits.length : connection.one(composed(sql.total, numberIn('total')), parameters);
    first = merged(first, hits, offset + limit, order);
    complete = step.isLast;
  }
  const ids = first.slice(offset).map(({ id }) => id);
  return { total, items: connection.all(keysByIds, { ids }), complete };
}

/** As `StoreBase.countKeysBy`. */
export async function countKeysBy(
  connection: Connection,
  filter: Pick<KeyFilter, 'accountId' | 'scope'>,
  look: KeyLook,
): Promise<KeyCounts> {
  const sql = statementsOf(filter, { by: 'created', descending: true });
  let counts = noCounts;
  let complete = false;
  for await (const step of steps(connection, filter, sql.stepEnd, look)) {
    counts = addCounts(counts, connection.one(composed(sql.counts, countsIn), step.parameters));
    complete = step.isLast;
  }
  return { ...counts, complete };
}

interface Step {
  readonly parameters: Parameters;
  /** Whether no keys are left after it. */
  readonly isLast: boolean;
}

/** Splits the keys into steps, newest first. Other work runs before each step but the first. */
async function* steps(
  connection: Connection,
  filter: KeyFilter,
  stepEnd: string,
  look: KeyLook,
): AsyncGenerator<Step> {
  const given = parametersOf(filter, look);
  let before = Number.MAX_SAFE_INTEGER;
  for (let left = look.keysMax; left > 0; left -= stepKeys) {
    const last = Math.min(stepKeys, left) - 1;
    const from = connection.get(composed(stepEnd, numberIn('id')), { ...given, before, last });
    yield { parameters: { ...given, before, from: from ?? 0 }, isLast: from === undefined };
    if (from === undefined) return;
    before = from;
    await othersFirst();
  }
}

/** The first `count` of two sorted lists. */
function merged(
  left: readonly Placed[],
  right: readonly Placed[],
  count: number,
  { descending }: KeyOrder,
): readonly Placed[] {
  const result: Placed[] = [];
  const sign = descending ? -1 : 1;
  let [one, other] = [0, 0];
  while (result.length < count) {
    const [fromLeft, fromRight] = [left[one], right[other]];
    if (fromLeft && (!fromRight || sign * compared(fromLeft, fromRight) <= 0)) {
      result.push(fromLeft);
      one += 1;
    } else if (fromRight) {
      result.push(fromRight);
      other += 1;
    } else break;
  }
  return result;
}

function compared(one: Placed, other: Placed): number {
  if (one.place !== other.place) return one.place < other.place ? -1 : 1;
  return one.id - other.id;
}
