/**
 * Reads records in SQLite. Where no index decides a condition, rows are read a few thousand at a time, and other work
 * of the process runs in between: a query over millions of rows is slow, but blocks nothing.
 */

import { recordTypes } from '../../domain/accounting/terms.ts';
import { json, type Row } from '../columns.ts';
import { addSums, noSums } from '../hourly-sums.ts';
import { recordSumsRow } from '../ledger-rows.ts';
import type {
  RecordCounts,
  RecordFilter,
  RecordPlace,
  RecordSearch,
  RecordSums,
  StoredRecord,
} from '../ledger-store.ts';
import { placeOf } from '../record-detail.ts';
import { SlotCounter } from '../slot-counter.ts';
import { composed, numberIn, type Parameters, statement } from '../statement.ts';
import { recordRow } from '../statements/ledger.ts';
import type { Page, PageQuery } from '../store.ts';
import type { Connection } from './connection.ts';
import { sumWholeHours } from './hourly.ts';
import { othersFirst } from './others-first.ts';
import { between, betweenParameters, inOrder, planFor, type RecordPlan, withAccount } from './record-plan.ts';

/** The most rows read before other work runs. */
const stepRows = 4000;
/** The most rows read to count what is beyond a full page. */
const countedRowsMax = 400_000;

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
  stepEnd: `SELECT created_at, id ${source} ${between} ${inOrder} LIMIT 1 OFFSET ${stepRows - 1}`,
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
): Promise<Page<StoredRecord>> {
  const plan = planFor(connection, filter);
  if (!plan || (countMax > 0 && page.offset >= countMax)) return { total: 0, items: [] };
  const { ids, total } =
    plan.rest === '' && plan.spans.length === 1
      ? pageByIndex(connection, plan, page, countMax)
      : await pageByLooking(connection, plan, page, countMax);
  return { total, items: connection.all(byIds, { ids }) };
}

interface Found {
  readonly ids: readonly number[];
  readonly total: number;
}

function pageByIndex(connection: Connection, plan: RecordPlan, page: PageQuery, countMax: number): Found {
  const sql = statementsOf(plan);
  const [span = { from: 0, to: 0 }] = plan.spans;
  const parameters = { ...plan.parameters, ...betweenParameters(span, plan.after) };
  const { limit, offset } = page;
  const ids = connection.all(composed(sql.page, numberIn('id')), { ...parameters, limit, offset });
  if (countMax === 0) return { ids, total: 0 };
  return { ids, total: connection.one(composed(sql.count, numberIn('total')), { ...parameters, countMax }) };
}

async function pageByLooking(
  connection: Connection,
  plan: RecordPlan,
  { offset, limit }: PageQuery,
  countMax: number,
): Promise<Found> {
  const sql = statementsOf(plan);
  const ids: number[] = [];
  let found = 0;
  let looked = 0;
  for await (const step of steps(connection, plan)) {
    for (const id of connection.all(composed(sql.hits, numberIn('id')), step.parameters)) {
      if (found >= offset && ids.length < limit) ids.push(id);
      found += 1;
    }
    looked += step.rows;
    const isFull = found > offset + limit || (countMax === 0 && ids.length === limit);
    if (isFull && (found >= countMax || looked >= countedRowsMax)) break;
  }
  return { ids, total: Math.min(found, countMax) };
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
  const wanted = limit + 1;
  const isDecided = plan.rest === '' && plan.spans.length === 1;
  const { ids, cutAt } = isDecided
    ? { ...pageByIndex(connection, plan, { offset: 0, limit: wanted }, 0), cutAt: undefined }
    : await hitsByLooking(connection, plan, wanted, lookMax);
  const items = connection.all(byIds, { ids: ids.slice(0, limit) });
  const last = ids.length > limit ? items.at(-1) : undefined;
  return last
    ? { items, next: { at: last.createdAt, id: last.id }, isCut: false }
    : { items, next: cutAt, isCut: cutAt !== undefined };
}

async function hitsByLooking(
  connection: Connection,
  plan: RecordPlan,
  wanted: number,
  lookMax: number,
): Promise<{ readonly ids: readonly number[]; readonly cutAt: RecordPlace | undefined }> {
  const sql = statementsOf(plan);
  const ids: number[] = [];
  let looked = 0;
  for await (const step of steps(connection, plan)) {
    ids.push(...connection.all(composed(sql.hits, numberIn('id')), step.parameters));
    looked += step.rows;
    if (ids.length >= wanted) return { ids: ids.slice(0, wanted), cutAt: undefined };
    if (looked >= lookMax) return { ids, cutAt: step.end };
  }
  return { ids, cutAt: undefined };
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
  const sql = statementsOf(plan);
  let looked = 0;
  for await (const step of steps(connection, plan)) {
    for (const row of connection.all(composed(sql.rows), step.parameters)) counter.add(row);
    looked += step.rows;
    if (looked >= lookMax) return { slots: counter.slots, stoppedAt: step.end };
  }
  return { slots: counter.slots, stoppedAt: undefined };
}

interface Step {
  /** The place of the last row that it reads. */
  readonly end: RecordPlace;
  /** For a statement that ends with the conditions of `hits`. */
  readonly parameters: Parameters;
  /** The most rows it reads. */
  readonly rows: number;
}

/** Splits the rows of a plan into steps, newest first. Other work runs before each step but the first. */
async function* steps(connection: Connection, plan: RecordPlan): AsyncGenerator<Step> {
  const { stepEnd } = statementsOf(plan);
  const perSpan = Math.ceil(stepRows / 50);
  let rows = 0;
  for (const span of plan.spans) {
    let after: RecordPlace | undefined = plan.after;
    while (after) {
      const parameters: Parameters = { ...plan.parameters, ...betweenParameters(span, after) };
      const last: RecordPlace | undefined = connection.get(composed(stepEnd, positionRow), parameters);
      const step = { from: last?.at ?? span.from, to: span.to };
      const end = { at: step.from, id: last?.id ?? 0 };
      const bounds = { ...betweenParameters(step, after), lastAt: end.at, lastId: end.id };
      yield { end, parameters: { ...plan.parameters, ...bounds }, rows: last ? stepRows : perSpan };
      rows += last ? stepRows : perSpan;
      if (rows >= stepRows) {
        await othersFirst();
        rows = 0;
      }
      after = last;
    }
  }
}

const positionRow = (row: Row): RecordPlace => ({ at: Number(row.created_at), id: Number(row.id) });

/** As `LedgerStore.sumRecords`. Whole hours whose records are all matched come from the hourly totals. */
export async function sumRecords(connection: Connection, given: RecordFilter): Promise<RecordSums> {
  if (given.type !== undefined && given.type !== recordTypes.consume) return noSums;
  const filter = withAccount(connection, given);
  const ofConsumption = { ...filter, type: recordTypes.consume };
  const plan = filter && planFor(connection, ofConsumption);
  if (!plan) return noSums;
  const { sums: whole, left } = await sumWholeHours(connection, filter);
  if (!left) return sumByLooking(connection, plan);
  let total = whole;
  for (const span of left) {
    const part = planFor(connection, { ...ofConsumption, ...span });
    if (part) total = addSums(total, await sumByLooking(connection, part));
  }
  return total;
}

async function sumByLooking(connection: Connection, plan: RecordPlan): Promise<RecordSums> {
  const sql = statementsOf(plan);
  let total: RecordSums = noSums;
  for await (const step of steps(connection, plan)) {
    total = addSums(total, connection.one(composed(sql.sums, recordSumsRow), step.parameters));
  }
  return total;
}
