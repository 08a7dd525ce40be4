/** Sums of consumption, and which part of them the hourly totals know. Pure. */
import { hourSeconds } from '../domain/accounting/hourly.ts';
import type { HourlyRow, RecordFilter, RecordSums } from './ledger-store.ts';
import { numberIn, statement } from './statement.ts';

/** Later than any record. */
export const endOfTime = Number.MAX_SAFE_INTEGER;

/** How long after its time a record may be written, where clocks differ or tokens are counted. */
export const writtenLateSeconds = 120;

/** What hourly totals add up to, as statements write it. */
export const hourlySumColumns = `sum(requests) AS requests, sum(errors) AS errors, sum(units) AS units,
  sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens`;
/** What they can be kept apart by, as the columns are called. */
export const hourlyColumns = {
  hour: 'hour',
  accountId: 'account_id',
  keyId: 'key_id',
  model: 'model',
} as const;
/** A statement that gives the first second of which all records are there. */
export const keptSince = statement(
  {},
  'SELECT coalesce(max(newest_at) + 1, 0) AS since FROM removed_records',
  numberIn('since'),
);

export const noSums: RecordSums = { units: 0, requests: 0, tokens: 0 };

export function addSums(left: RecordSums, right: RecordSums): RecordSums {
  return {
    units: left.units + right.units,
    requests: left.requests + right.requests,
    tokens: left.tokens + right.tokens,
  };
}

/** @returns the first row with the figures of both */
export function addHourlyRows(left: HourlyRow, right: HourlyRow): HourlyRow {
  return {
    ...left,
    requests: left.requests + right.requests,
    errors: left.errors + right.errors,
    units: left.units + right.units,
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
  };
}

/** Seconds, both inclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The part of a sum over records that the hourly totals know.
 * @param since what `keptSince` gives
 * @returns the hours, from the beginning of the first to that of the last, and what is left to be summed from the
 * records themselves; undefined = all is
 */
export function wholeHours(
  filter: RecordFilter,
  since: number,
): { readonly hours: Span; readonly left: readonly Span[] } | undefined {
  const from = Math.max(filter.from ?? 0, 0);
  const to = Math.min(filter.to ?? endOfTime, endOfTime);
  // Those removed are not meant; what came before the hourly totals stands at 0.
  const first = Math.ceil(Math.max(from, since, 1) / hourSeconds) * hourSeconds;
  const last = Math.floor((to + 1) / hourSeconds) * hourSeconds - hourSeconds;
  if (!isKnownHourly(filter) || first > last) return undefined;
  const left = [
    { from, to: first - 1 },
    { from: last + hourSeconds, to },
  ];
  return { hours: { from: first, to: last }, left: left.filter((span) => span.from <= span.to) };
}

function isKnownHourly(filter: RecordFilter): boolean {
  const { accountId, keyId, type, model, from, to, ...others } = filter;
  return Object.values(others).every((value) => value === undefined);
}
