/** Sums of records in PostgreSQL, as far as totals know them. */
import { type KnownSums, keptSince, modelAlone, noSums, wholeSpans } from '../hourly-sums.ts';
import type { RecordFilter } from '../ledger-store.ts';
import { manyRows, usageCompleteFrom } from '../usage-sums.ts';
import type { Queryable } from './connection.ts';
import { sumOfHours } from './hourly.ts';
import { storableOf } from './storable.ts';
import { sumQuarters } from './usage.ts';

/** The part of a sum over records that is in totals of whole hours or quarter hours. */
export async function sumFromTotals(db: Queryable, filter: RecordFilter): Promise<KnownSums> {
  const value = storableOf(modelAlone(filter));
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

const manyOfModel = manyRows('usage_quarters', 'model');
