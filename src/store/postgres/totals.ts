/** Sums of records in PostgreSQL, as far as totals know them. */
import { type KnownSums, keptSince, modelAlone, noSums, wholeQuarters, wholeSpans } from '../hourly-sums.ts';
import type { RecordFilter } from '../ledger-store.ts';
import { type CountedBy, countedBy, type KnownCount } from '../record-totals.ts';
import { manyRows, usageCompleteFrom } from '../usage-sums.ts';
import type { Queryable } from './connection.ts';
import { sumOfHours } from './hourly.ts';
import { withStorableTexts } from './storable.ts';
import { countQuarters, sumQuarters } from './usage.ts';

/** The part of a sum over records that is in totals of whole hours or quarter hours. */
export async function sumFromTotals(db: Queryable, given: RecordFilter): Promise<KnownSums> {
  const filter = withStorableTexts(given);
  const value = modelAlone(filter);
  const isRare = value !== undefined && (await db.get(manyOfModel, { value })) === undefined;
  const { of, whole, left, isKnown } = wholeSpans(
    filter,
    await db.one(keptSince),
    await db.one(usageCompleteFrom),
    isRare,
  );
  if (of === 'none') return { sums: noSums, left, isKnown };
  const sum = of === 'hours' ? sumOfHours : sumQuarters;
  return { sums: await sum(db, filter, whole), left, isKnown };
}

const columns = {
  keyId: 'key_id',
  accountId: 'account_id',
  model: 'model',
  channelId: 'channel_id',
  group: 'group_name',
} as const;
const manyOfModel = manyRows('usage_quarters', 'model');

/**
 * The number of records in totals of quarter hours, up to about `countMax`.
 * @returns undefined when totals do not know it, or only by reading many of their rows
 */
export async function countFromTotals(
  db: Queryable,
  given: RecordFilter,
  countMax: number,
): Promise<KnownCount> {
  const filter = withStorableTexts(given);
  const values = countedBy(filter);
  if (!(await isFound(db, values))) return undefined;
  const since = await db.one(keptSince);
  const { whole, left } = wholeQuarters(filter, since, await db.one(usageCompleteFrom));
  return { count: await countQuarters(db, filter, whole, countMax), left };
}

/** Whether few rows have one of the values, or there is one value only, so that each row that has it counts. */
async function isFound(db: Queryable, values: readonly CountedBy[]): Promise<boolean> {
  if (values.length === 1) return true;
  for (const [dimension, value] of values) {
    if (!(await db.get(manyRows('usage_quarters', columns[dimension]), { value }))) return true;
  }
  return false;
}
