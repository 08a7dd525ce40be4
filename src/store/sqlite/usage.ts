/** Consumption by stretches of quarter hours in SQLite, read in steps so that others may go first. */
import { addQuarterSums, noQuarterSums, quarterSeconds } from '../../domain/accounting/quarters.ts';
import type { Row } from '../columns.ts';
import { addSums, noSums, type Span } from '../hourly-sums.ts';
import { recordSumsRow } from '../ledger-rows.ts';
import type { RecordFilter, RecordSums } from '../ledger-store.ts';
import { countColumn } from '../record-totals.ts';
import { composed, numberIn, type Parameters } from '../statement.ts';
import type {
  BudgetedKeys,
  RankingQuery,
  UsageFilter,
  UsageQuery,
  UsageRanking,
  UsageRow,
} from '../usage-store.ts';
import {
  budgetSql,
  dimensionColumns,
  hoursAsQuarters,
  hoursKnow,
  manyRows,
  orderSums,
  partsOf,
  recordSumColumns,
  usageCompleteFrom,
  usageConditions,
  usageSumColumns,
  usageSums,
  usageValue,
} from '../usage-sums.ts';
import type { Connection } from './connection.ts';

/** Rows added up before others may go first. */
const stepRows = 5000;

const within = 'quarter >= :from AND quarter < :to';

/** Exported for the test of their query plans. Each names its index: the planner would take that of a value which nearly every row has. */
export const usageSources = {
  ofKey: 'usage_quarters INDEXED BY usage_quarters_by_key',
  ofAccount: 'usage_quarters INDEXED BY usage_quarters_by_account',
  ofModel: 'usage_quarters INDEXED BY usage_quarters_by_model',
  ofGroup: 'usage_quarters INDEXED BY usage_quarters_by_group',
  ofChannel: 'usage_quarters INDEXED BY usage_quarters_by_channel',
  ofAll: 'usage_quarters INDEXED BY sqlite_autoindex_usage_quarters_1',
  hoursOfAccount: `(${hoursAsQuarters} WHERE account_id = :accountId AND hour >= :from AND hour < :to)`,
  hours: `(${hoursAsQuarters} INDEXED BY hourly_by_hour WHERE hour >= :from AND hour < :to)`,
} as const;

/** The condition that the index of a source decides, besides time. */
const decided: Readonly<Record<keyof typeof usageSources, string>> = {
  ofKey: 'key_id = :keyId',
  ofAccount: 'account_id = :accountId',
  ofModel: 'model = :model',
  ofGroup: 'group_name = :groupName',
  ofChannel: 'channel_id = :channelId',
  ofAll: 'true',
  hoursOfAccount: 'true',
  hours: 'true',
};

const manyOf = {
  ofKey: manyRows(usageSources.ofKey, 'key_id'),
  ofAccount: manyRows(usageSources.ofAccount, 'account_id'),
  ofModel: manyRows(usageSources.ofModel, 'model'),
  ofGroup: manyRows(usageSources.ofGroup, 'group_name'),
  ofChannel: manyRows(usageSources.ofChannel, 'channel_id'),
} as const;

type QuarterSource = keyof typeof manyOf | 'ofAll';

/** Whether a value has few rows of quarter hours. */
export function isRare(connection: Connection, by: keyof typeof manyOf, value: string | number): boolean {
  return connection.get(manyOf[by], { value }) === undefined;
}

const valueColumns = { ofModel: 'model', ofGroup: 'group', ofChannel: 'channelId' } as const;
/** How many of the newest rows tell how common a value is. */
const sampleRows = 1000;
/** Reading a row by the index of a value costs twice as much as by time. */
const commonShare = 0.5;

/** The index by which the fewest rows are read. */
function quarterSource(connection: Connection, filter: UsageFilter, span: Span): QuarterSource {
  if (filter.keyId !== undefined) return 'ofKey';
  if (filter.accountId !== undefined) return 'ofAccount';
  const given = (['ofModel', 'ofGroup', 'ofChannel'] as const).filter(
    (by) => filter[valueColumns[by]] !== undefined,
  );
  if (given.length === 0) return 'ofAll';
  const shares = given.map((by) => `coalesce(avg(${decided[by]}), 0) AS ${by}`);
  const newest = `FROM ${usageSources.ofAll} WHERE ${within} ORDER BY quarter DESC LIMIT ${sampleRows}`;
  const share = connection.one(composed(`SELECT ${shares.join(', ')} FROM (SELECT * ${newest})`), {
    ...usageConditions(filter).parameters,
    ...span,
  });
  const [least] = given.toSorted((a, b) => Number(share[a]) - Number(share[b]));
  return least && Number(share[least]) < commonShare ? least : 'ofAll';
}

/**
 * Counts records by the totals of whole quarter hours, up to about `most`.
 * @param by the index to read
 */
export async function countQuarters(
  connection: Connection,
  by: keyof typeof manyOf,
  filter: UsageFilter & Pick<RecordFilter, 'type'>,
  { from, to }: Span,
  most: number,
): Promise<number> {
  let count = 0;
  const asked = { filter, columns: `sum(${countColumn(filter.type)}) AS counted`, group: inOne };
  for await (const row of steps(connection, asked, by, { from, to: to + 1 })) {
    count += Number(row.counted);
    if (count >= most) break;
  }
  return count;
}

/** The sums of whole quarter hours, as those of records. */
export async function sumQuarters(
  connection: Connection,
  filter: UsageFilter,
  { from, to }: Span,
): Promise<RecordSums> {
  const asked = { filter, columns: recordSumColumns, group: inOne };
  let sums: RecordSums = noSums;
  for await (const row of rowsInSteps(connection, asked, { from, to: to + 1 })) {
    sums = addSums(sums, recordSumsRow(row));
  }
  return sums;
}

/** As `UsageStore.sumUsage`. */
export async function sumUsage(connection: Connection, query: UsageQuery): Promise<readonly UsageRow[]> {
  const { bounds, by, values } = query;
  const value = by === undefined ? "''" : dimensionColumns[by];
  const asked: Asked = {
    filter: query,
    columns: `${value} AS value, ${usageSumColumns}`,
    group: by === undefined ? inOne : byValue,
    and: values ? ` AND ${value} IN (SELECT value FROM json_each(:values))` : '',
    parameters: values ? { values: JSON.stringify(values) } : {},
  };
  const found: UsageRow[] = [];
  const [first = 0, last = 0] = [bounds[0], bounds.at(-1)];
  const source = quarterSource(connection, query, { from: first, to: last });
  for (const [stretch, from] of bounds.slice(0, -1).entries()) {
    const ofStretch = new Map<number | string, UsageRow>();
    for await (const row of rowsInSteps(
      connection,
      asked,
      { from, to: bounds[stretch + 1] ?? from },
      source,
    )) {
      const value = usageValue(row.value);
      const known = ofStretch.get(value) ?? { stretch, value, sums: noQuarterSums() };
      addQuarterSums(known.sums, usageSums(row));
      ofStretch.set(value, known);
    }
    found.push(...[...ofStretch.values()].sort((left, right) => inOrder(left.value, right.value)));
  }
  return found;
}

/** As `UsageStore.listBudgetedKeys`. */
export function listBudgetedKeys(
  connection: Connection,
  accountId: number,
  readMax: number,
  limit: number,
): BudgetedKeys {
  const most = connection.one(budgetSql.count, { accountId, most: readMax + 1 });
  return {
    keys: connection.all(budgetSql.mostUsed, { accountId, readMax, limit }),
    isComplete: most <= readMax,
  };
}

/** As `UsageStore.rankUsage`. */
export async function rankUsage(connection: Connection, query: RankingQuery): Promise<UsageRanking> {
  const { by, order, limit } = query;
  const columns = `${dimensionColumns[by]} AS value, ${orderSums[order]} AS amount`;
  const amounts = new Map<number | string, number>();
  for await (const row of rowsInSteps(connection, { filter: query, columns, group: byValue }, query)) {
    const value = usageValue(row.value);
    amounts.set(value, (amounts.get(value) ?? 0) + Number(row.amount));
  }
  return { values: highestOf(amounts, limit), count: amounts.size };
}

/** The values with the highest amounts, without sorting all of them: keys may be a hundred thousand. */
function highestOf(
  amounts: ReadonlyMap<number | string, number>,
  limit: number,
): readonly (number | string)[] {
  type Amount = readonly [number | string, number];
  const compare = (left: Amount, right: Amount) => right[1] - left[1] || inOrder(left[0], right[0]);
  const highest: Amount[] = [];
  for (const amount of amounts) {
    const last = highest.at(-1);
    if (highest.length === limit && last && compare(last, amount) <= 0) continue;
    const at = highest.findIndex((each) => compare(each, amount) > 0);
    highest.splice(at < 0 ? highest.length : at, 0, amount);
    if (highest.length > limit) highest.pop();
  }
  return highest.map(([value]) => value);
}

function inOrder(left: number | string, right: number | string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

interface Asked {
  readonly filter: UsageFilter;
  readonly columns: string;
  /** `inOne` or `byValue`. */
  readonly group: string;
  /** Further conditions. */
  readonly and?: string;
  readonly parameters?: Parameters;
}

/** No row where nothing was used. A constant in GROUP BY would sort all rows. */
const inOne = 'HAVING count(*) > 0';
/** The first column is that of the values. */
const byValue = 'GROUP BY 1';

/** Sums of some quarter hours at a time: those of one value are still to be added up. */
async function* rowsInSteps(
  connection: Connection,
  asked: Asked,
  { from, to }: Span,
  source = quarterSource(connection, asked.filter, { from, to }),
): AsyncGenerator<Row> {
  const { filter } = asked;
  const { hours, quarters } = partsOf(from, to, connection.one(usageCompleteFrom));
  if (hoursKnow(filter)) {
    yield* steps(connection, asked, filter.accountId === undefined ? 'hours' : 'hoursOfAccount', hours);
  }
  yield* steps(connection, asked, source, quarters);
}

async function* steps(
  connection: Connection,
  { filter, columns, group, and = '', parameters: others }: Asked,
  source: keyof typeof usageSources,
  { from, to }: Span,
): AsyncGenerator<Row> {
  const conditions = usageConditions(filter);
  const parameters = { ...others, ...conditions.parameters };
  const inTime = `FROM ${usageSources[source]} WHERE ${within}`;
  const where = `${inTime} AND ${conditions.text}${and}`;
  // Without the conditions that rows are read for: a step is short, however few rows have them.
  const nextStep = composed(
    `SELECT quarter ${inTime} AND ${decided[source]} ORDER BY quarter LIMIT 1 OFFSET ${stepRows}`,
    numberIn('quarter'),
  );
  const sums = composed(`SELECT ${columns} ${where} ${group}`);
  for (let start = from; start < to; ) {
    const next = connection.get(nextStep, { ...parameters, from: start, to });
    // Quarter hours are taken whole, so that each is in one step.
    const until = next === undefined ? to : Math.max(next, start + quarterSeconds);
    yield* connection.all(sums, { ...parameters, from: start, to: until });
    start = until;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
