/** Filters of the log for tests of how many rows a first page reads, and many records to ask for them. */
import { recordTypes } from '../../domain/accounting/terms.ts';
import type { RecordFilter } from '../ledger-store.ts';
import { emptyDetail, encodeDetail } from '../record-detail.ts';

/** So many records may be looked at where neither an index nor a total decides; so many are counted. */
export const workBounds = { lookMax: 2000, countMax: 500, offset: 0, limit: 20 } as const;

export const [fewRecords, manyRecords] = [20_000, 200_000];

/** The start of an hour. */
const start = 1_789_999_200;
/** A hundred in an hour, so that those that are added later are in hours of their own. */
const spacing = 36;
const newest = (records: number) => start + records * spacing;

/** Each filter of the log, of values that are frequent, rare and never there; and some together. */
export function workFilters(records: number): Readonly<Record<string, RecordFilter>> {
  const now = newest(records);
  return {
    'no filter': {},
    'an account': { accountId: 1 },
    'an account that is not there': { accountId: 9999 },
    'a key': { keyId: 2 },
    'a key of an account': { accountId: 1, keyId: 1 },
    'type of nearly all': { type: recordTypes.consume },
    'type of few': { type: recordTypes.error },
    'type of none': { type: recordTypes.topup },
    'a time': { from: now - 3600, to: now - 1800 },
    'a time long ago': { to: start + 3600 },
    'a frequent model': { model: 'often' },
    'a rare model': { model: 'rare' },
    'no such model': { model: 'never' },
    'a frequent pattern': { model: 'o%' },
    'a rare pattern': { model: '%are' },
    'no such pattern': { model: 'x%' },
    'models of which one is rare': { models: ['rare', 'never'] },
    'models that are not there': { models: ['never', 'nor this'] },
    'a frequent group': { group: 'often' },
    'a rare group': { group: 'rare' },
    'no such group': { group: 'never' },
    'a frequent channel': { channelId: 1 },
    'a rare channel': { channelId: 2 },
    'no such channel': { channelId: 3 },
    'keys that are not there': { keyIds: [9998, 9999] },
    'a rare model of a key': { keyId: 2, model: 'rare' },
    'a model that others use': { accountId: 1, model: 'of two' },
    'a frequent group of a rare model': { model: 'rare', group: 'often' },
    'a request id': { requestId: 'r77' },
    'no such request id': { requestId: 'none' },
    'no such response id': { responseId: 'never' },
    'no such name of a key': { keyName: 'never' },
    'no such user name': { username: 'never' },
    'no such name of a key of an account': { accountId: 1, keyName: 'never' },
    'no such state': { states: ['aborted'] },
    'no such outcome': { outcomes: ['never'] },
    'no such error': { errorCodes: ['never'] },
    'no such charge': { minUnits: 1000 },
    'no such duration': { minMs: 1000 },
  };
}

const details = ['often', 'rare'].map((group) =>
  encodeDetail({ ...emptyDetail, group, channelId: group === 'often' ? 1 : 2, inputTokens: 1, totalMs: 5 }),
);

/** Statements that write records `from` to `to` and their totals. @param series a table with the column `n` of these numbers */
export function workRecords(series: string, from: number, to: number): readonly string[] {
  const isRare = 'n IN (7777, 17777)';
  const after = `created_at >= ${start + (from - 1) * spacing}`;
  const sums = `sum(CASE WHEN type = 2 THEN 1 ELSE 0 END), sum(CASE WHEN type = 5 THEN 1 ELSE 0 END), sum(units),
    sum(CASE WHEN type = 2 THEN 1 ELSE 0 END), 0`;
  const group = `CASE WHEN detail = '${details[1]}' THEN 'rare' ELSE 'often' END`;
  return [
    `INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
      SELECT 'r' || n, CASE WHEN n % 100 = 1 THEN 5 ELSE 2 END, ${start} + (n - 1) * ${spacing}, 1 + n % 2, 1 + n % 2,
        CASE WHEN ${isRare} THEN 'rare' WHEN n % 4 = 1 THEN 'of two' ELSE 'often' END,
        CASE WHEN n % 100 = 1 THEN 0 ELSE 3 END, 0,
        CASE WHEN ${isRare} THEN '${details[1]}' ELSE '${details[0]}' END
      FROM ${series} WHERE n BETWEEN ${from} AND ${to}`,
    `INSERT INTO hourly SELECT account_id, created_at - created_at % 3600, key_id, model, ${sums}
      FROM records WHERE ${after} GROUP BY 1, 2, 3, 4`,
    `INSERT INTO usage_quarters SELECT created_at - created_at % 900, account_id, key_id, model,
        CASE WHEN ${group} = 'rare' THEN 2 ELSE 1 END, ${group}, ${sums}, ${'0, '.repeat(12)}0
      FROM records WHERE ${after} GROUP BY 1, 2, 3, 4, 5, 6`,
  ];
}

/** Each filter whose rows grew with the number of records, or exceed a few times what may be looked at. */
export function grown(
  few: ReadonlyMap<string, number>,
  many: ReadonlyMap<string, number>,
): readonly string[] {
  const { lookMax, countMax } = workBounds;
  return [...many].flatMap(([name, rows]) => {
    const before = few.get(name) ?? 0;
    const isGrown = rows > before * 1.5 + countMax || rows > 10 * lookMax;
    return isGrown ? [`${name}: ${before} rows of ${fewRecords}, ${rows} of ${manyRecords}`] : [];
  });
}
