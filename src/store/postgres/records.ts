/** Reads records in PostgreSQL. An index gives every page in its order, or tells in which times to look at rows. */

import { recordTypes } from '../../domain/accounting/terms.ts';
import type { Row } from '../columns.ts';
import { addSums, lookMaxOf, noSums, type Span } from '../hourly-sums.ts';
import { recordSumsRow } from '../ledger-rows.ts';
import type {
  FoundSums,
  RecordCounts,
  RecordFilter,
  RecordPage,
  RecordPlace,
  RecordSearch,
  RecordSlot,
  RecordSums,
  StoredRecord,
} from '../ledger-store.ts';
import { placeOf } from '../record-detail.ts';
import { countedBy } from '../record-totals.ts';
import { SlotCounter } from '../slot-counter.ts';
import { composed, numberIn, type Parameters } from '../statement.ts';
import { recordRow } from '../statements/ledger.ts';
import type { PageQuery } from '../store.ts';
import type { Queryable } from './connection.ts';
import { planFor, type RecordPlan, withAccount } from './record-plan.ts';
import { countFromTotals, sumFromTotals } from './totals.ts';

const newestFirst = 'ORDER BY created_at DESC, id DESC';

/** As `LedgerStore.listRecords`. */
export async function listRecords(
  db: Queryable,
  filter: RecordFilter,
  page: PageQuery,
  countMax: number,
  lookMax: number,
): Promise<RecordPage> {
  const plan = countMax > 0 && page.offset >= countMax ? undefined : await planFor(db, filter);
  if (!plan) return { total: 0, items: [] };
  return plan.looksAtRows
    ? pageWithTotal(db, plan, page, countMax, lookMax)
    : pageByIndex(db, plan, page, countMax);
}

async function pageByIndex(
  db: Queryable,
  { all: { text, parameters } }: RecordPlan,
  { offset, limit }: PageQuery,
  countMax: number,
): Promise<RecordPage> {
  const page = `SELECT * FROM records WHERE ${text} ${newestFirst} LIMIT :limit OFFSET :offset`;
  const items = await db.all(composed(page, recordRow), { ...parameters, limit, offset });
  if (countMax === 0) return { total: 0, items };
  const count = `SELECT count(*) AS total FROM (SELECT 1 FROM records WHERE ${text} LIMIT :countMax) AS matched`;
  return { total: await db.one(composed(count, numberIn('total')), { ...parameters, countMax }), items };
}

/** The total comes from totals where these know it. */
async function pageWithTotal(
  db: Queryable,
  plan: RecordPlan,
  page: PageQuery,
  countMax: number,
  lookMax: number,
): Promise<RecordPage> {
  const mayBeKnown = countMax > 0 && countedBy(plan.filter).length > 0;
  const { seen, ...found } = await pageByLooking(db, plan, page, mayBeKnown ? 0 : countMax, lookMax);
  if (!mayBeKnown) return found;
  if (found.stoppedAt || found.items.length < page.limit) return { ...found, total: seen };
  const known = await countFromTotals(db, plan.filter, countMax);
  if (!known) {
    const { seen: _, ...counted } = await pageByLooking(db, plan, page, countMax, lookMax);
    return counted;
  }
  let total = known.count;
  let stoppedAt: RecordPlace | undefined;
  for (const span of known.left) {
    const part = await planFor(db, { ...plan.filter, ...span });
    if (!part || total >= countMax) break;
    const nothing = { offset: countMax, limit: 0 };
    const more = await pageByLooking(db, part, nothing, countMax, lookMaxOf(span, true, lookMax));
    total += more.total;
    ({ stoppedAt } = more);
  }
  return { items: found.items, total: Math.min(total, countMax), ...(stoppedAt && { stoppedAt }) };
}

/** @returns with `seen`: how many match among those that were looked at */
async function pageByLooking(
  db: Queryable,
  plan: RecordPlan,
  { offset, limit }: PageQuery,
  countMax: number,
  lookMax: number,
): Promise<RecordPage & { readonly seen: number }> {
  const items: StoredRecord[] = [];
  let found = 0;
  const stoppedAt = await lookThrough(db, plan, lookMax, async ({ source, parameters }) => {
    const matching = `FROM ${source} WHERE ${plan.all.text}`;
    if (items.length < limit) {
      const place = { limit: limit - items.length, offset: Math.max(offset - found, 0) };
      const page = composed(`SELECT * ${matching} ${newestFirst} LIMIT :limit OFFSET :offset`, recordRow);
      items.push(...(await db.all(page, { ...parameters, ...place })));
    }
    if (countMax === 0 && items.length === limit) return true;
    const count = `SELECT count(*) AS total FROM (SELECT 1 ${matching} LIMIT :countMax) AS matched`;
    const most = countMax === 0 ? offset + limit : countMax;
    found += await db.one(composed(count, numberIn('total')), { ...parameters, countMax: most - found });
    return countMax > 0 && found >= countMax;
  });
  return { total: Math.min(found, countMax), seen: found, items, ...(stoppedAt && { stoppedAt }) };
}

/** As `LedgerStore.searchRecords`. */
export async function searchRecords(
  db: Queryable,
  filter: RecordFilter,
  limit: number,
  lookMax: number,
): Promise<RecordSearch> {
  // One more than requested shows whether another page follows.
  const found = await listRecords(db, filter, { offset: 0, limit: limit + 1 }, 0, lookMax);
  const items = found.items.slice(0, limit);
  const last = found.items.length > limit ? items.at(-1) : undefined;
  return last
    ? { items, next: { at: last.createdAt, id: last.id }, isCut: false }
    : { items, next: found.stoppedAt, isCut: found.stoppedAt !== undefined };
}

/** As `LedgerStore.countRecords`. */
export async function countRecords(
  db: Queryable,
  filter: RecordFilter,
  width: number,
  lookMax: number,
): Promise<RecordCounts> {
  const plan = await planFor(db, filter);
  if (!plan) return { slots: [], stoppedAt: undefined };
  const counter = new SlotCounter(width);
  const ofType = (type: number) => `FILTER (WHERE type = ${type})`;
  const read = ({ at, requests, errors, units }: Row): RecordSlot => ({
    ...{ at: Number(at), requests: Number(requests) },
    ...{ errors: Number(errors), units: Number(units) },
  });
  const stoppedAt = await lookThrough(db, plan, lookMax, async ({ source, parameters }) => {
    const sql = `SELECT created_at / :width * :width AS at, count(*) ${ofType(recordTypes.consume)} AS requests,
      count(*) ${ofType(recordTypes.error)} AS errors,
      coalesce(sum(units) ${ofType(recordTypes.consume)}, 0) AS units
      FROM ${source} WHERE type IN (${recordTypes.consume}, ${recordTypes.error}) AND ${plan.all.text} GROUP BY 1`;
    for (const slot of await db.all(composed(sql, read), { ...parameters, width })) counter.addSlot(slot);
    return false;
  });
  return { slots: counter.slots, stoppedAt };
}

/** Some records to look at, newest first, as the table `looked_at`. */
interface LookedAt {
  readonly source: string;
  readonly parameters: Parameters;
}

/** The most stretches of time that one statement searches. */
const spansMax = 32;

/**
 * Each stretch has a query of its own with its times as values, so that PostgreSQL knows how long it is, and reads it
 * in the order of an index.
 * @param columns of the records, with `created_at` and `id`
 */
function sourceOf({ indexed }: RecordPlan, spans: readonly Span[], columns: string): LookedAt['source'] {
  const each = spans.map(
    (_, at) => `(SELECT ${columns} FROM records
      WHERE ${indexed.text} AND created_at >= :first${at} AND created_at <= :last${at} ${newestFirst} LIMIT :lookMax)`,
  );
  return `(SELECT * FROM (${each.join(' UNION ALL ')}) AS spans ${newestFirst} LIMIT :lookMax) AS looked_at`;
}

function timesOf(spans: readonly Span[]): Parameters {
  const times = spans.flatMap(({ from, to }, at) => [
    [`first${at}`, from] as const,
    [`last${at}`, to] as const,
  ]);
  return Object.fromEntries(times);
}

/**
 * Visits the rows of a plan, newest first, some stretches of time at once.
 * @param visit returns whether that is all
 * @returns where it stopped, having visited about `lookMax` rows; undefined = no more rows are wanted
 */
async function lookThrough(
  db: Queryable,
  plan: RecordPlan,
  lookMax: number,
  visit: (some: LookedAt) => Promise<boolean>,
): Promise<RecordPlace | undefined> {
  let left = lookMax;
  let end: RecordPlace | undefined;
  for await (const { spans, cost, next } of plan.batches()) {
    for (let from = 0; from < spans.length; from += spansMax) {
      if (left <= 0 && end) return end;
      const some = spans.slice(from, from + spansMax);
      const parameters = { ...plan.all.parameters, ...timesOf(some), lookMax: Math.max(left, 1) };
      if (await visit({ source: sourceOf(plan, some, '*'), parameters })) return undefined;
      const { rows, stoppedAt } = await lastOf(db, plan, some, parameters);
      if (stoppedAt) return stoppedAt;
      left -= rows;
      end = { at: some.at(-1)?.from ?? 0, id: 0 };
    }
    if (left <= 0 && end) return end;
    left -= cost;
    end = next;
  }
  return undefined;
}

/**
 * How many rows a visit had.
 * @returns `stoppedAt` where the times have more of them
 */
async function lastOf(
  db: Queryable,
  plan: RecordPlan,
  spans: readonly Span[],
  { lookMax, ...others }: Parameters & { readonly lookMax: number },
): Promise<{ readonly rows: number; readonly stoppedAt: RecordPlace | undefined }> {
  const source = sourceOf(plan, spans, 'created_at, id');
  const parameters = { ...others, lookMax: lookMax + 1 };
  const count = composed(`SELECT count(*) AS rows FROM ${source}`, numberIn('rows'));
  const rows = await db.one(count, parameters);
  if (rows <= lookMax) return { rows, stoppedAt: undefined };
  const read = (row: Row): RecordPlace => ({ at: Number(row.created_at), id: Number(row.id) });
  const place = composed(`SELECT created_at, id FROM ${source} ${newestFirst} LIMIT 1 OFFSET :skipped`, read);
  return { rows: lookMax, stoppedAt: await db.one(place, { ...parameters, skipped: lookMax - 1 }) };
}

/** As `LedgerStore.sumRecords`. Whole hours, or quarter hours, whose records are all matched come from totals. */
export async function sumRecords(db: Queryable, given: RecordFilter, lookMax: number): Promise<FoundSums> {
  if (given.type !== undefined && given.type !== recordTypes.consume) return noSums;
  const filter = await withAccount(db, given);
  if (!filter) return noSums;
  const { sums: whole, left, isKnown } = await sumFromTotals(db, filter);
  let total: FoundSums = whole;
  for (const span of left) {
    const part = { ...filter, ...span, type: recordTypes.consume };
    const found = await sumByLooking(db, part, lookMaxOf(span, isKnown, lookMax));
    total = { ...found, ...addSums(total, found) };
  }
  return total;
}

const sums = `SELECT coalesce(sum(units), 0) AS units, count(*) AS requests,
  coalesce(sum((detail::jsonb ->> ${placeOf('inputTokens')})::bigint
    + (detail::jsonb ->> ${placeOf('outputTokens')})::bigint), 0) AS tokens`;

async function sumByLooking(db: Queryable, filter: RecordFilter, lookMax: number): Promise<FoundSums> {
  const plan = await planFor(db, filter);
  if (!plan) return noSums;
  let total: RecordSums = noSums;
  const stoppedAt = await lookThrough(db, plan, lookMax, async ({ source, parameters }) => {
    const statement = composed(`${sums} FROM ${source} WHERE ${plan.all.text}`, recordSumsRow);
    total = addSums(total, await db.one(statement, parameters));
    return false;
  });
  return { ...total, ...(stoppedAt && { stoppedAt }) };
}
