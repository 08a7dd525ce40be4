/** What statements of both engines say of the totals of quarter hours. Pure. */
import { safeMax } from '../domain/accounting/amounts.ts';
import { noQuarterSums, type QuarterSums, sumNames } from '../domain/accounting/quarters.ts';
import { columnName, integer, type Row } from './columns.ts';
import { Conditions } from './conditions.ts';
import { keyNames, keyRow } from './rows.ts';
import { composed, numberIn, statement } from './statement.ts';
import type { UsageDimension, UsageFilter, UsageOrder } from './usage-store.ts';
import { usageQuarters } from './usage-tables.ts';

const nameOf = (member: keyof typeof usageQuarters) => columnName(member, usageQuarters[member]);
const sumColumns = sumNames.map(nameOf);

/** What the columns are called. */
export const dimensionColumns: Readonly<Record<UsageDimension, string>> = {
  accountId: nameOf('accountId'),
  keyId: nameOf('keyId'),
  model: nameOf('model'),
  channelId: nameOf('channelId'),
  group: nameOf('group'),
};

/** Adds the sums of a new row to those of the row that is there, in SQLite. */
export const addedSums = sumColumns
  .map((name) =>
    name === 'units'
      ? `units = min(units + excluded.units, ${safeMax})`
      : `${name} = ${name} + excluded.${name}`,
  )
  .join(', ');

export const usageSumColumns = sumColumns.map((name) => `sum(${name}) AS ${name}`).join(', ');

/** What hourly totals say in the columns of quarter hours; all but the sums in front of them. */
const hourlySums = sumColumns
  .map((name) =>
    ['requests', 'errors', 'units', 'input_tokens', 'output_tokens'].includes(name) ? name : `0 AS ${name}`,
  )
  .join(', ');
/** The hours before the totals of quarter hours, as if they were those; what follows is a condition. */
export const hoursAsQuarters = `SELECT hour AS quarter, account_id, key_id, model, 0 AS channel_id, '' AS group_name,
  ${hourlySums} FROM hourly`;

export const orderSums: Readonly<Record<UsageOrder, string>> = {
  units: 'sum(units)',
  requests: 'sum(requests)',
  errors: 'sum(errors)',
  tokens: 'sum(input_tokens + output_tokens)',
};

export const usageCompleteFrom = statement(
  {},
  'SELECT coalesce(max(quarter), 0) AS quarter FROM usage_quarters_from',
  numberIn('quarter'),
);

/** A value with no more rows than this is summed by its index; the rows of others are read in their order. */
const rareRows = 20_000;
/** @returns a statement that has a row where the value of a column has many rows, with the parameter `value` */
export const manyRows = (source: string, column: string) =>
  composed(`SELECT 1 FROM ${source} WHERE ${column} = :value LIMIT 1 OFFSET ${rareRows}`);

/** The part of usage sums that sums of records have. */
export const recordSumColumns =
  'sum(units) AS units, sum(requests) AS requests, sum(input_tokens + output_tokens) AS tokens';

const withBudget = 'FROM keys WHERE account_id = :accountId AND budget_units IS NOT NULL';
/** Sorts no more keys than it may read. */
export const budgetSql = {
  mostUsed: statement(
    { accountId: integer(), readMax: integer(), limit: integer() },
    `SELECT ${keyNames} FROM (SELECT * ${withBudget} LIMIT :readMax) AS budgeted
      ORDER BY budget_used * 1.0 / budget_units DESC, id LIMIT :limit`,
    keyRow,
  ),
  count: statement(
    { accountId: integer(), most: integer() },
    `SELECT count(*) AS keys FROM (SELECT 1 ${withBudget} LIMIT :most) AS budgeted`,
    numberIn('keys'),
  ),
} as const;

export function usageSums(row: Row): QuarterSums {
  const sums = noQuarterSums();
  for (const name of sumNames) sums[name] = Number(row[nameOf(name)]);
  return sums;
}

/** One value of what usage is kept apart by. */
export const usageValue = (value: unknown): number | string =>
  typeof value === 'string' ? value : Number(value);

export function usageConditions({
  accountId,
  keyId,
  model,
  channelId,
  group,
  seenBy,
}: UsageFilter): Conditions {
  const conditions = new Conditions()
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('key_id = :keyId', { keyId })
    .addGiven('model = :model', { model })
    .addGiven('channel_id = :channelId', { channelId })
    .addGiven('group_name = :groupName', { groupName: group });
  if (!seenBy) return conditions;
  const hidden = 'SELECT id FROM accounts WHERE role > 1 AND role >= :viewerRole AND id <> :viewerId';
  return conditions.add(`account_id NOT IN (${hidden})`, { viewerRole: seenBy.role, viewerId: seenBy.id });
}

/** Two parts of a span: that of hours, and that of quarter hours; each may be empty. */
export function partsOf(from: number, to: number, completeFrom: number) {
  return {
    hours: { from, to: Math.min(to, completeFrom) },
    quarters: { from: Math.max(from, completeFrom), to },
  };
}

/** Whether hourly totals know what a filter asks for. */
export const hoursKnow = ({ channelId, group }: UsageFilter): boolean =>
  channelId === undefined && group === undefined;
