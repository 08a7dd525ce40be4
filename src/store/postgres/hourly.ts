/** Consumption by the hour in PostgreSQL. Its totals outlive the records that they came from. */
import type { HourlyQuery, HourlyRow, RecordFilter, RecordSums } from '../ledger-store.ts';
import { Conditions } from './conditions.ts';
import type { Queryable, Row } from './connection.ts';
import { isRowId } from './values.ts';

const hourSeconds = 3600;
const end = Number.MAX_SAFE_INTEGER;

const sums = `sum(requests) AS requests, sum(errors) AS errors, sum(units) AS units,
  sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens`;
const names = { hour: 'hour', accountId: 'account_id', keyId: 'key_id', model: 'model' } as const;
/** The first second of which all records are there. */
const kept = 'SELECT coalesce(max(newest_at) + 1, 0) AS since FROM removed_records';

interface HourlySource extends Pick<HourlyQuery, 'accountId' | 'keyId' | 'by'> {
  readonly from: number;
  readonly to: number;
  readonly model?: string | undefined;
}

/** As `LedgerStore.listHourly`. An hour counts when it begins within the time asked for, or contains its start. */
export function listHourly(db: Queryable, query: HourlyQuery): Promise<readonly HourlyRow[]> {
  const from = query.from ?? 0;
  return sumHours(db, { ...query, from: from - (from % hourSeconds), to: query.to ?? end });
}

async function sumHours(db: Queryable, source: HourlySource): Promise<readonly HourlyRow[]> {
  const { accountId, keyId, from, to, model } = source;
  if ([accountId, keyId, from, to].some((value) => value !== undefined && !isRowId(value))) return [];
  const conditions = new Conditions()
    .addGiven('account_id = ?', accountId)
    .add('hour >= ?', from)
    .add('hour <= ?', to)
    .addGiven('key_id = ?', keyId)
    .addModel(model);
  const by = source.by.map((part) => names[part]);
  const group = by.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${by.join(', ')}`;
  const order = by.includes('hour') ? 'ORDER BY hour' : '';
  const sql = `SELECT ${[...by, sums].join(', ')} FROM hourly WHERE ${conditions.sql} ${group} ${order}`;
  return (await db.all(sql, ...conditions.values)).map(hourlyRow);
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

/** Seconds, both inclusive. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The part of a sum over records that the hourly totals know.
 * @returns `left`: what is to be summed from the records themselves; undefined = all
 */
export async function sumWholeHours(
  db: Queryable,
  filter: RecordFilter,
): Promise<{ readonly sums: RecordSums; readonly left: readonly Span[] | undefined }> {
  const span = { from: Math.max(filter.from ?? 0, 0), to: Math.min(filter.to ?? end, end) };
  // Those removed are not meant; what came before the hourly totals stands at 0.
  const since = Math.max(span.from, Number((await db.one(kept)).since), 1);
  const first = Math.ceil(since / hourSeconds) * hourSeconds;
  const last = Math.floor((span.to + 1) / hourSeconds) * hourSeconds - hourSeconds;
  if (!isKnownHourly(filter) || first > last) return { sums: noSums, left: undefined };
  let whole = noSums;
  for (const row of await sumHours(db, { ...filter, by: [], from: first, to: last })) {
    const { units, requests, inputTokens, outputTokens } = row;
    whole = addSums(whole, { units, requests, tokens: inputTokens + outputTokens });
  }
  return {
    sums: whole,
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
