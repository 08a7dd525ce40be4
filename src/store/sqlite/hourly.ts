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

/** Rows added up before others may go first. */
const stepRows = 20_000;

/** As `LedgerStore.listHourly`. An hour counts when it begins within the time asked for, or contains its start. */
export async function listHourly(connection: Connection, query: HourlyQuery): Promise<readonly HourlyRow[]> {
  const from = query.from ?? 0;
  const span = { from: from - (from % hourSeconds), to: query.to ?? end };
  const found = new Map<string, HourlyRow>();
  for await (const row of sumsInSteps(connection, query, span)) {
    const name = `${row.hour} ${row.accountId} ${row.keyId} ${row.model}`;
    const known = found.get(name);
    found.set(name, known ? addRows(known, row) : row);
  }
  return [...found.values()];
}

interface HourlySource extends Pick<HourlyQuery, 'accountId' | 'keyId' | 'by'> {
  readonly model?: string | undefined;
}

/** Sums of a stretch of hours at a time: those of what is not kept apart by the hour are still to be added up. */
async function* sumsInSteps(
  connection: Connection,
  query: HourlySource,
  span: Span,
): AsyncGenerator<HourlyRow> {
  const by = query.by.map((part) => names[part]);
  const group = by.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${by.join(', ')}`;
  const order = by.includes('hour') ? 'ORDER BY hour' : '';
  const columns = [...by, sums].join(', ');
  let { from } = span;
  for (;;) {
    const rest = sourceOf(query, { from, to: span.to });
    const next = connection.get(
      `SELECT hour ${rest.source} ORDER BY hour LIMIT 1 OFFSET ${stepRows}`,
      ...rest.values,
    );
    // Hours are taken whole, so that each is in one step.
    const until = next && Math.max(Number(next.hour), from + hourSeconds);
    const { source, values } = sourceOf(query, { from, to: until === undefined ? span.to : until - 1 });
    const { model } = query;
    const ofModel = model === undefined ? '' : ` AND model ${model.includes('%') ? 'GLOB' : '='} ?`;
    const modelValues = model === undefined ? [] : [model.includes('%') ? globOf(model) : model];
    const sql = `SELECT ${columns} ${source}${ofModel} ${group} ${order}`;
    for (const row of connection.all(sql, ...values, ...modelValues)) yield hourlyRow(row);
    if (until === undefined) return;
    from = until;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function addRows(left: HourlyRow, right: HourlyRow): HourlyRow {
  return {
    ...left,
    requests: left.requests + right.requests,
    errors: left.errors + right.errors,
    units: left.units + right.units,
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
  };
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
export async function sumWholeHours(
  connection: Connection,
  filter: RecordFilter,
): Promise<{ readonly sums: RecordSums; readonly left: readonly Span[] | undefined }> {
  const span = { from: Math.max(filter.from ?? 0, 0), to: Math.min(filter.to ?? end, end) };
  // Those removed are not meant; what came before the hourly totals stands at 0.
  const since = Math.max(span.from, Number(connection.one(hourlySql.kept).since), 1);
  const first = Math.ceil(since / hourSeconds) * hourSeconds;
  const last = Math.floor((span.to + 1) / hourSeconds) * hourSeconds - hourSeconds;
  if (!isKnownHourly(filter) || first > last) return { sums: noSums, left: undefined };
  let whole = noSums;
  for await (const row of sumsInSteps(connection, { ...filter, by: [] }, { from: first, to: last })) {
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
