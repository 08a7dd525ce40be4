/** Sums of records in SQLite, as far as totals know them. */
import { type KnownSums, keptSince, modelAlone, noSums, wholeQuarters, wholeSpans } from '../hourly-sums.ts';
import type { RecordFilter } from '../ledger-store.ts';
import { countedBy, type KnownCount } from '../record-totals.ts';
import { usageCompleteFrom } from '../usage-sums.ts';
import type { Connection } from './connection.ts';
import { sumHours } from './hourly.ts';
import { countQuarters, isRare, sumQuarters } from './usage.ts';

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

const sources = {
  keyId: 'ofKey',
  accountId: 'ofAccount',
  model: 'ofModel',
  channelId: 'ofChannel',
  group: 'ofGroup',
} as const;

/**
 * The number of records in totals of quarter hours, up to about `countMax`.
 * @returns undefined when totals do not know it, or only by reading many of their rows
 */
export async function countFromTotals(
  connection: Connection,
  filter: RecordFilter,
  countMax: number,
): Promise<KnownCount> {
  const values = countedBy(filter);
  const [first] = values;
  const by =
    values.length === 1
      ? first
      : values.find(([dimension, value]) => isRare(connection, sources[dimension], value));
  if (!by) return undefined;
  const since = connection.one(keptSince);
  const { whole, left } = wholeQuarters(filter, since, connection.one(usageCompleteFrom));
  return { count: await countQuarters(connection, sources[by[0]], filter, whole, countMax), left };
}
