/** Consumption by the hour in SQLite. Its totals outlive the records that they came from. */
import type { HourlyQuery, HourlyRow, RecordFilter, RecordSums } from '../ledger-store.ts';
import type { Connection, Row, Value } from './connection.ts';
import { globOf } from './glob.ts';
import type { Span } from './record-plan.ts';

const hourSeconds = 3600;
const end = Number.MAX_SAFE_INTEGER;

export const hourlySql = {
  ofAccount: 'FROM hourly WHERE account_id = ? AND hour >= ? AND hour <= ?',
  ofAll: 'FROM hourly INDEXED BY hourly_by_hour WHERE hour >= ? AND hour <= ?',
  /** The first second of which all records are there. */
  kept: 'SELECT coalesce(max(newest_at) + 1, 0) AS since FROM removed_records',
} as const;

const sums = `sum(requests) AS requests, sum(errors) AS errors, sum(units) AS units,
  sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens`;
const names = { hour: 'hour', accountId: 'account_id', keyId: 'key_id', model: 'model' } as const;

function sourceOf({ accountId, keyId }: Pick<HourlyQuery, 'accountId' | 'keyId'>, span: Span) {
  const [source, account] =
    accountId === undefined ? [hourlySql.ofAll, []] : [hourlySql.ofAccount, [accountId]];
  return {
    source: keyId === undefined ? source : `${source} AND key_id = ?`,
    values: [...account, span.from, span.to, ...(keyId === undefined ? [] : [keyId])] as readonly Value[],
  };
}

/** As `LedgerStore.listHourly`. An hour counts when it begins within the time asked for, or contains its start. */
export function listHourly(connection: Connection, query: HourlyQuery): readonly HourlyRow[] {
  const from = query.from ?? 0;
  const span = { from: from - (from % hourSeconds), to: query.to ?? end };
  const { source, values } = sourceOf(query, span);
  const by = query.by.map((part) => names[part]);
  const group = by.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${by.join(', ')}`;
  const order = by.includes('hour') ? 'ORDER BY hour' : '';
  const columns = [...by, sums].join(', ');
  return connection.all(`SELECT ${columns} ${source} ${group} ${order}`, ...values).map(hourlyRow);
}

function hourlyRow(row: Row): HourlyRow {
  return {
    hour: Number(row.hour ?? 0),
    accountId: Number(row.account_id ?? 0),
    keyId: Number(row.key_id ?? 0),
    model: String(row.model ?? ''),
    requests: Number(row.requests),
    errors: Number(row.errors),
    units: Number(row.units),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
  };
}

export const noSums: RecordSums = { units: 0, requests: 0, tokens: 0 };

export function addSums(left: RecordSums, right: RecordSums): RecordSums {
  return {
    units: left.units + right.units,
    requests: left.requests + right.requests,
    tokens: left.tokens + right.tokens,
  };
}

/**
 * The part of a sum over records that the hourly totals know.
 * @returns `left`: what is to be summed from the records themselves; undefined = all
 */
export function sumWholeHours(
  connection: Connection,
  filter: RecordFilter,
): { readonly sums: RecordSums; readonly left: readonly Span[] | undefined } {
  const span = { from: Math.max(filter.from ?? 0, 0), to: Math.min(filter.to ?? end, end) };
  // Those removed are not meant; what came before the hourly totals stands at 0.
  const since = Math.max(span.from, Number(connection.one(hourlySql.kept).since), 1);
  const first = Math.ceil(since / hourSeconds) * hourSeconds;
  const last = Math.floor((span.to + 1) / hourSeconds) * hourSeconds - hourSeconds;
  if (!isKnownHourly(filter) || first > last) return { sums: noSums, left: undefined };
  const { source, values } = sourceOf(filter, { from: first, to: last });
  const { model } = filter;
  const ofModel = model === undefined ? '' : model.includes('%') ? ' AND model GLOB ?' : ' AND model = ?';
  const row = connection.one(
    `SELECT coalesce(sum(units), 0) AS units, coalesce(sum(requests), 0) AS requests,
      coalesce(sum(input_tokens + output_tokens), 0) AS tokens ${source}${ofModel}`,
    ...values,
    ...(model === undefined ? [] : [model.includes('%') ? globOf(model) : model]),
  );
  return {
    sums: { units: Number(row.units), requests: Number(row.requests), tokens: Number(row.tokens) },
    left: [
      { from: span.from, to: first - 1 },
      { from: last + hourSeconds, to: span.to },
    ].filter(({ from, to }) => from <= to),
  };
}

function isKnownHourly(filter: RecordFilter): boolean {
  const { keyName, username, group, channelId, requestId, responseId, beforeId } = filter;
  const others = [keyName, username, group, channelId, requestId, responseId, beforeId];
  return others.every((value) => value === undefined);
}
