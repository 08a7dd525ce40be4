/**
 * Reads records in SQLite. Where no index decides a condition, rows are read a few thousand at a time, and other work
 * of the process runs in between: a query over millions of rows is slow, but blocks nothing.
 */

import { recordTypes } from '../../domain/accounting/terms.ts';
import { json, type Row } from '../columns.ts';
import { addSums, lookMaxOf, noSums, type Span } from '../hourly-sums.ts';
import { recordSumsRow } from '../ledger-rows.ts';
import type {
  FoundSums,
  RecordCounts,
  RecordExport,
  RecordFilter,
  RecordPage,
  RecordPlace,
  RecordSearch,
  RecordSums,
} from '../ledger-store.ts';
import { exportOf } from '../record-csv.ts';
import { placeOf } from '../record-detail.ts';
import { countedBy } from '../record-totals.ts';
import { SlotCounter } from '../slot-counter.ts';
import { composed, numberIn, type Parameters, statement } from '../statement.ts';
import { recordRow } from '../statements/ledger.ts';
import type { PageQuery } from '../store.ts';
import type { Connection } from './connection.ts';
import { othersFirst } from './others-first.ts';
import { between, betweenParameters, inOrder, planFor, type RecordPlan, withAccount } from './record-plan.ts';
import { countFromTotals, sumFromTotals } from './totals.ts';

/** The most rows read before other work runs. */
const stepRows = 4000;
/** How many rows a step costs at least. */
const stepRowsLeast = 80;

/** The order of the ids is kept. */
export const byIds = statement(
  { ids: json<readonly number[]>() },
  'SELECT records.* FROM json_each(:ids) AS wanted CROSS JOIN records ON records.id = wanted.value',
  recordRow,
);

const sums = `SELECT coalesce(sum(units), 0) AS units, count(*) AS requests,
  coalesce(sum(detail ->> ${placeOf('inputTokens')}), 0) + coalesce(sum(detail ->> ${placeOf('outputTokens')}), 0)
  AS tokens`;

/** The statements of a plan; exported for the test of their query plans. */
export const statementsOf = ({ source, rest }: RecordPlan) => ({
  page: `SELECT id ${source} ${between} ${inOrder} LIMIT :limit OFFSET :offset`,
  count: `SELECT count(*) AS total FROM (SELECT 1 ${source} ${between} LIMIT :countMax)`,
  /** The last row of the next step. */
  stepEnd: `SELECT created_at, id ${source} ${between} ${inOrder} LIMIT 1 OFFSET :size - 1`,
  /** How many rows there are, where they do not fill a step. */
  rest: `SELECT count(*) AS rows FROM (SELECT 1 ${source} ${between} LIMIT :size)`,
  hits: `SELECT id ${source} ${between} AND (created_at, id) >= (:lastAt, :lastId)${rest} ${inOrder}`,
  rows: `SELECT created_at, type, units ${source} ${between} AND (created_at, id) >= (:lastAt, :lastId)${rest}`,
  sums: `${sums} ${source} ${between} AND (created_at, id) >= (:lastAt, :lastId)${rest}`,
});

/** As `LedgerStore.listRecords`. */
export async function listRecords(
  connection: Connection,
  filter: RecordFilter,
  page: PageQuery,
  countMax: number,
  lookMax: number,
): Promise<RecordPage> {
  const plan = planFor(connection, filter);
  if (!plan || (countMax > 0 && page.offset >= countMax)) return { total: 0, items: [] };
  const { ids, total, stoppedAt } =
    plan.rest === ''
      ? pageByIndex(connection, plan, page, countMax)
      : await pageWithTotal(connection, plan, page, countMax, lookMax);
  return { total, items: connection.all(byIds, { ids }), ...(stoppedAt && { stoppedAt }) };
}

interface Found {
  readonly ids: readonly number[];
  readonly total: number;
  /** How many match among those that were looked at. */
  readonly seen: number;
  readonly stoppedAt: RecordPlace | undefined;
}

function pageByIndex(connection: Connection, plan: RecordPlan, page: PageQuery, countMax: number): Found {
  const sql = statementsOf(plan);
  const parameters = { ...plan.parameters, ...betweenParameters(plan.span, plan.after) };
  const { limit, offset } = page;
  const ids = connection.all(composed(sql.page, numberIn('id')), { ...parameters, limit, offset });
  if (countMax === 0) return { ids, total: 0, seen: 0, stoppedAt: undefined };
  const total = connection.one(composed(sql.count, numberIn('total')), { ...parameters, countMax });
  return { ids, total, seen: total, stoppedAt: undefined };
}

/** The total comes from totals where these know it. */
async function pageWithTotal(
  connection: Connection,
  plan: RecordPlan,
  page: PageQuery,
  countMax: number,
  lookMax: number,
): Promise<Found> {
  if (countMax === 0 || countedBy(plan.filter).length === 0) {
    return pageByLooking(connection, plan, page, countMax, lookMax);
  }
  const found = await pageByLooking(connection, plan, page, 0, lookMax);
  if (found.stoppedAt || found.ids.length < page.limit) return { ...found, total: found.seen };
  const known = await countFromTotals(connection, plan.filter, countMax);
  if (!known) return pageByLooking(connection, plan, page, countMax, lookMax);
  let total = known.count;
  let stoppedAt: RecordPlace | undefined;
  for (const span of known.left) {
    const part = planFor(connection, { ...plan.filter, ...span });
    if (!part || total >= countMax) break;
    const nothing = { offset: countMax, limit: 0 };
    const more = await pageByLooking(connection, part, nothing, countMax, lookMaxOf(span, true, lookMax));
    total += more.total;
    ({ stoppedAt } = more);
  }
  return { ...found, total: Math.min(total, countMax), stoppedAt };
}

async function pageByLooking(
  connection: Connection,
  plan: RecordPlan,
  { offset, limit }: PageQuery,
  countMax: number,
  lookMax: number,
): Promise<Found> {
  const hits = composed(statementsOf(plan).hits, numberIn('id'));
  const ids: number[] = [];
  let found = 0;
  const stoppedAt = await lookThrough(connection, plan, lookMax, (parameters) => {
    for (const id of connection.all(hits, parameters)) {
      if (found >= offset && ids.length < limit) ids.push(id);
      found += 1;
    }
    return countMax === 0 ? ids.length === limit : found >= countMax;
  });
  return { ids, total: Math.min(found, countMax), seen: found, stoppedAt };
}

/** As `LedgerStore.searchRecords`. */
export async function searchRecords(
  connection: Connection,
  filter: RecordFilter,
  limit: number,
  lookMax: number,
): Promise<RecordSearch> {
  const plan = planFor(connection, filter);
  if (!plan) return { items: [], next: undefined, isCut: false };
  // One more than requested shows whether another page follows.
  const page = { offset: 0, limit: limit + 1 };
  const { ids, stoppedAt } =
    plan.rest === ''
      ? pageByIndex(connection, plan, page, 0)
      : await pageByLooking(connection, plan, page, 0, lookMax);
  const items = connection.all(byIds, { ids: ids.slice(0, limit) });
  const last = ids.length > limit ? items.at(-1) : undefined;
  return last
    ? { items, next: { at: last.createdAt, id: last.id }, isCut: false }
    : { items, next: stoppedAt, isCut: stoppedAt !== undefined };
}

/** As `LedgerStore.exportRecords`. */
export async function exportRecords(
  connection: Connection,
  filter: RecordFilter,
  limit: number,
  lookMax: number,
): Promise<RecordExport> {
  return exportOf(await searchRecords(connection, filter, limit, lookMax));
}

/** As `LedgerStore.countRecords`. */
export async function countRecords(
  connection: Connection,
  filter: RecordFilter,
  width: number,
  lookMax: number,
): Promise<RecordCounts> {
  const plan = planFor(connection, filter);
  if (!plan) return { slots: [], stoppedAt: undefined };
  const counter = new SlotCounter(width);
  const rows = composed(statementsOf(plan).rows);
  const stoppedAt = await lookThrough(connection, plan, lookMax, (parameters) => {
    for (const row of connection.all(rows, parameters)) counter.add(row);
    return false;
  });
  return { slots: counter.slots, stoppedAt };
}

/**
 * Visits the rows of a plan in steps, newest first.
 * @param visit gets the parameters of a statement that ends with the conditions of `hits`; returns whether that is all
 * @returns where it stopped, having read about `lookMax` rows; undefined = no more rows are wanted
 */
async function lookThrough(
  connection: Connection,
  plan: RecordPlan,
  lookMax: number,
  visit: (parameters: Parameters) => boolean,
): Promise<RecordPlace | undefined> {
  let looked = 0;
  let end: RecordPlace | undefined;
  for await (const step of steps(connection, plan, Math.min(stepRows, lookMax))) {
    if (looked >= lookMax && end) return end;
    if (step.parameters && visit(step.parameters)) return undefined;
    looked += step.rows;
    ({ end } = step);
  }
  return undefined;
}

interface Step {
  /** What comes after it is not read. */
  readonly end: RecordPlace;
  /** Undefined = it reads no records, but finds out where to search. */
  readonly parameters: Parameters | undefined;
  /** How many it reads. */
  readonly rows: number;
}

/** Splits the rows of a plan into steps of `size` rows, newest first. Other work runs where thousands of rows have been read. */
async function* steps(connection: Connection, plan: RecordPlan, size: number): AsyncGenerator<Step> {
  let rows = 0;
  for await (const { spans, cost, next } of plan.batches()) {
    rows += cost;
    for (const span of spans) {
      for (const step of stepsOf(connection, plan, span, size)) {
        yield step;
        rows += Math.max(step.rows, stepRowsLeast);
        if (rows < stepRows) continue;
        await othersFirst();
        rows = 0;
      }
    }
    if (next) yield { end: next, parameters: undefined, rows: cost };
  }
}

function* stepsOf(connection: Connection, plan: RecordPlan, span: Span, size: number): Generator<Step> {
  const sql = statementsOf(plan);
  let after: RecordPlace | undefined = plan.after;
  while (after) {
    const parameters: Parameters = { ...plan.parameters, ...betweenParameters(span, after), size };
    const last: RecordPlace | undefined = connection.get(composed(sql.stepEnd, positionRow), parameters);
    const rows = last ? size : connection.one(composed(sql.rest, numberIn('rows')), parameters);
    const end = last ?? { at: span.from, id: 0 };
    const bounds = betweenParameters({ from: end.at, to: span.to }, after);
    yield { end, parameters: { ...parameters, ...bounds, lastAt: end.at, lastId: end.id }, rows };
    after = last;
  }
}

const positionRow = (row: Row): RecordPlace => ({ at: Number(row.created_at), id: Number(row.id) });

/** As `LedgerStore.sumRecords`. Whole hours, or quarter hours, whose records are all matched come from totals. */
export async function sumRecords(
  connection: Connection,
  given: RecordFilter,
  lookMax: number,
): Promise<FoundSums> {
  if (given.type !== undefined && given.type !== recordTypes.consume) return noSums;
  const filter = withAccount(connection, given);
  if (!filter) return noSums;
  const { sums: whole, left, isKnown } = await sumFromTotals(connection, filter);
  let total: FoundSums = whole;
  for (const span of left) {
    const part = { ...filter, ...span, type: recordTypes.consume };
    const found = await sumByLooking(connection, part, lookMaxOf(span, isKnown, lookMax));
    total = { ...found, ...addSums(total, found) };
  }
  return total;
}

async function sumByLooking(
  connection: Connection,
  filter: RecordFilter,
  lookMax: number,
): Promise<FoundSums> {
  const plan = planFor(connection, filter);
  if (!plan) return noSums;
  const statement = composed(statementsOf(plan).sums, recordSumsRow);
  let total: RecordSums = noSums;
  const stoppedAt = await lookThrough(connection, plan, lookMax, (parameters) => {
    total = addSums(total, connection.one(statement, parameters));
    return false;
  });
  return { ...total, ...(stoppedAt && { stoppedAt }) };
}
