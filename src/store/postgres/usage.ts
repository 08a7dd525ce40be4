/** Consumption by stretches of quarter hours in PostgreSQL. */

import { noSums, type Span } from '../hourly-sums.ts';
import { recordSumsRow } from '../ledger-rows.ts';
import type { RecordFilter, RecordSums } from '../ledger-store.ts';
import { countColumn } from '../record-totals.ts';
import { composed, numberIn } from '../statement.ts';
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
  orderSums,
  partsOf,
  recordSumColumns,
  usageCompleteFrom,
  usageConditions,
  usageSumColumns,
  usageSums,
  usageValue,
} from '../usage-sums.ts';
import type { Queryable } from './connection.ts';
import { isRowId, isStorable } from './values.ts';

/** As `UsageStore.sumUsage`. */
export async function sumUsage(db: Queryable, query: UsageQuery): Promise<readonly UsageRow[]> {
  const { bounds, by, values } = query;
  const [from = 0, to = 0] = [bounds[0], bounds.at(-1)];
  if (!canBe(query)) return [];
  const value = by === undefined ? "''" : dimensionColumns[by];
  const { source, conditions } = await sourceOf(db, query, from, to);
  if (values) conditions.add(`${value} = ANY(:values)`, { values });
  const sql = `SELECT width_bucket(quarter, :bounds::bigint[]) - 1 AS stretch, ${value} AS value, ${usageSumColumns}
    FROM ${source} WHERE ${conditions.text} GROUP BY 1, 2 ORDER BY 1, 2`;
  const rows = await db.all(composed(sql), { ...conditions.parameters, bounds });
  return rows.map((row) => ({
    stretch: Number(row.stretch),
    value: usageValue(row.value),
    sums: usageSums(row),
  }));
}

/** Counts records by the totals of whole quarter hours, up to about `most`. */
export async function countQuarters(
  db: Queryable,
  filter: UsageFilter & Pick<RecordFilter, 'type'>,
  { from, to }: Span,
  most: number,
): Promise<number> {
  if (!canBe(filter)) return 0;
  const { source, conditions } = await sourceOf(db, filter, from, to + 1);
  const column = countColumn(filter.type);
  // Each row counts one at least, so that no more rows than `most` are needed.
  const rows = `SELECT ${column} AS counted FROM ${source} WHERE ${conditions.text} AND ${column} > 0 LIMIT :most`;
  const sql = `SELECT coalesce(sum(counted), 0) AS counted FROM (${rows}) AS counted_rows`;
  return db.one(composed(sql, numberIn('counted')), { ...conditions.parameters, most });
}

/** The sums of whole quarter hours, as those of records. */
export async function sumQuarters(
  db: Queryable,
  filter: UsageFilter,
  { from, to }: Span,
): Promise<RecordSums> {
  if (!canBe(filter)) return noSums;
  const { source, conditions } = await sourceOf(db, filter, from, to + 1);
  const sql = `SELECT ${recordSumColumns} FROM ${source} WHERE ${conditions.text} HAVING count(*) > 0`;
  return (await db.get(composed(sql, recordSumsRow), conditions.parameters)) ?? noSums;
}

/** As `UsageStore.listBudgetedKeys`. */
export async function listBudgetedKeys(
  db: Queryable,
  accountId: number,
  readMax: number,
  limit: number,
): Promise<BudgetedKeys> {
  const most = await db.one(budgetSql.count, { accountId, most: readMax + 1 });
  const keys = await db.all(budgetSql.mostUsed, { accountId, readMax, limit });
  return { keys, isComplete: most <= readMax };
}

/** As `UsageStore.rankUsage`. */
export async function rankUsage(db: Queryable, query: RankingQuery): Promise<UsageRanking> {
  const { from, to, by, order, limit } = query;
  if (!canBe(query)) return { values: [], count: 0 };
  const { source, conditions } = await sourceOf(db, query, from, to);
  const sql = `SELECT ${dimensionColumns[by]} AS value, count(*) OVER () AS count FROM ${source}
    WHERE ${conditions.text} GROUP BY 1 ORDER BY ${orderSums[order]} DESC, 1 LIMIT :limit`;
  const rows = await db.all(composed(sql), { ...conditions.parameters, limit });
  return { values: rows.map(({ value }) => usageValue(value)), count: Number(rows[0]?.count ?? 0) };
}

/** What PostgreSQL has no number or text for, no row has. */
function canBe({ accountId = 0, keyId = 0, channelId = 0, model = '', group = '' }: UsageFilter): boolean {
  return [accountId, keyId, channelId].every(isRowId) && [model, group].every(isStorable);
}

/** Quarter hours from which all is complete; hours where that begins later. */
async function sourceOf(db: Queryable, filter: UsageFilter, from: number, to: number) {
  const completeFrom = await db.one(usageCompleteFrom);
  const { hours, quarters } = partsOf(from, to, completeFrom);
  const conditions = usageConditions(filter);
  if (hours.from >= hours.to || !hoursKnow(filter)) {
    conditions.add('quarter >= :from AND quarter < :to', quarters);
    return { source: 'usage_quarters', conditions };
  }
  const parts = `SELECT * FROM usage_quarters WHERE quarter >= :completeFrom AND quarter < :to
    UNION ALL ${hoursAsQuarters} WHERE hour >= :from AND hour < least(:completeFrom, :to)`;
  conditions.add('true', { from, to, completeFrom });
  return { source: `(${parts}) AS known`, conditions };
}
