/** Sums of records in SQLite, as far as totals know them. */
import { type KnownSums, keptSince, modelAlone, noSums, wholeSpans } from '../hourly-sums.ts';
import type { RecordFilter } from '../ledger-store.ts';
import { usageCompleteFrom } from '../usage-sums.ts';
import type { Connection } from './connection.ts';
import { sumHours } from './hourly.ts';
import { isRare, sumQuarters } from './usage.ts';

/** The part of a sum over records that is in totals of whole hours or quarter hours. */
export async function sumFromTotals(connection: Connection, filter: RecordFilter): Promise<KnownSums> {
  const model = modelAlone(filter);
  const isRareModel = model !== undefined && isRare(connection, 'ofModel', model);
  const since = connection.one(keptSince);
  const { of, whole, left, isKnown } = wholeSpans(
    filter,
    since,
    connection.one(usageCompleteFrom),
    isRareModel,
  );
  if (of === 'none') return { sums: noSums, left, isKnown };
  const sum = of === 'hours' ? sumHours : sumQuarters;
  return { sums: await sum(connection, filter, whole), left, isKnown };
}
