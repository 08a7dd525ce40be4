/** Sums of consumption, and which part of them the hourly totals know. Pure. */
import { hourSeconds } from '../domain/accounting/hourly.ts';
import { quarterSeconds } from '../domain/accounting/quarters.ts';
import { integer } from './columns.ts';
import type { HourlyQuery, HourlyRow, RecordFilter, RecordSums } from './ledger-store.ts';
import { numberIn, statement } from './statement.ts';

/** Later than any record. */
export const endOfTime = Number.MAX_SAFE_INTEGER;

/** How long after its time a record may be written, where clocks differ or tokens are counted. */
export const writtenLateSeconds = 120;

/** What hourly totals add up to, as statements write it. */
const hourlySumColumns = `sum(requests) AS requests, sum(errors) AS errors, sum(units) AS units,
  sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens`;
/** What they can be kept apart by, as the columns are called. */
const hourlyColumns = {
  hour: 'hour',
  accountId: 'account_id',
  keyId: 'key_id',
  model: 'model',
} as const;
/** What a statement selects from hours, and how it groups that. */
export function hourlyGrouping({ by, width = hourSeconds }: Pick<HourlyQuery, 'by' | 'width'>) {
  const stretch = width === hourSeconds ? 'hour' : `hour - hour % ${width} AS hour`;
  const columns = by.map((part) => (part === 'hour' ? stretch : hourlyColumns[part]));
  const places = by.map((_, index) => index + 1).join(', ');
  return {
    columns: [...columns, hourlySumColumns].join(', '),
    group: by.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${places}`,
    order: by.includes('hour') ? 'ORDER BY hour' : '',
  };
}

/** A statement that gives the first second of which all records are there. */
export const keptSince = statement(
  {},
  'SELECT coalesce(max(newest_at) + 1, 0) AS since FROM removed_records',
  numberIn('since'),
);

/** A statement that gives the account of a key, also of a deleted one: all that is recorded of a key is of its account. */
export const accountOfKey = statement(
  { keyId: integer() },
  `SELECT account_id FROM keys WHERE id = :keyId
    UNION ALL SELECT * FROM (SELECT account_id FROM usage_quarters WHERE key_id = :keyId LIMIT 1) AS of_deleted
    LIMIT 1`,
  numberIn('account_id'),
);

/** The key whose account has to be found: hours are found by account. Requests without a key have the id 0, of any account. */
export function keyAlone({ accountId, keyId }: Pick<HourlyQuery, 'accountId' | 'keyId'>): number | undefined {
  return accountId === undefined && keyId !== 0 ? keyId : undefined;
}

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

/** What of a sum over records totals know: whole hours or quarter hours. */
export interface WholeSpans {
  readonly of: 'hours' | 'quarters' | 'none';
  /** Nothing with `none`. */
  readonly whole: Span;
  /** What is left to be summed from the records themselves, newest first. */
  readonly left: readonly Span[];
  /** Whether totals know all of the filter, so that what is left is at the ends of the time, or older than they are. */
  readonly isKnown: boolean;
}

/** Sums of records that came from totals, and what is left. */
export type KnownSums = Pick<WholeSpans, 'left' | 'isKnown'> & { readonly sums: RecordSums };

/** How many records of a span may be looked at: the ends of a sum from totals are always complete. */
export function lookMaxOf({ from, to }: Span, isKnown: boolean, lookMax: number): number {
  return isKnown && to - from < hourSeconds ? Number.MAX_SAFE_INTEGER : lookMax;
}

type Totals = Pick<HourlyRow, 'units' | 'requests' | 'inputTokens' | 'outputTokens'>;

/** Adds up rows of totals. */
export function sumOfTotals(rows: readonly Totals[]): RecordSums {
  const sums = rows.map(({ units, requests, inputTokens, outputTokens }) => ({
    ...{ units, requests },
    tokens: inputTokens + outputTokens,
  }));
  return sums.reduce(addSums, noSums);
}

/**
 * The part of a sum over records that totals know.
 * @param since what `keptSince` gives
 * @param completeFrom what `usageCompleteFrom` gives
 * @param isRare whether the model of the filter has few quarter hours; hours have no index for models
 */
export function wholeSpans(
  filter: RecordFilter,
  since: number,
  completeFrom: number,
  isRare: boolean,
): WholeSpans {
  const from = Math.max(filter.from ?? 0, 0);
  const to = Math.min(filter.to ?? endOfTime, endOfTime);
  const least = totalsThatKnow(filter);
  const { accountId, keyId, model } = filter;
  // Hours have an index for an account, not for a key alone.
  const prefersQuarters = isRare || (keyId !== undefined && accountId === undefined);
  const canBeQuarters = completeFrom <= Math.max(from, since) && model?.includes('%') !== true;
  const knows = least === 'hours' && prefersQuarters && canBeQuarters ? 'quarters' : least;
  const isKnown = knows !== 'none';
  // Those removed are not meant; what came before the hourly totals stands at 0.
  const earliest = Math.max(from, since, knows === 'hours' ? 1 : completeFrom);
  const unit = knows === 'hours' ? hourSeconds : quarterSeconds;
  const spans = isKnown ? inUnits({ from, to }, earliest, unit) : undefined;
  return spans
    ? { of: knows, ...spans, isKnown }
    : { of: 'none', whole: { from: 1, to: 0 }, left: [{ from, to }], isKnown };
}

/** The whole units of a span from `earliest` on, and what is left, newest first; undefined = there is none. */
function inUnits(
  { from, to }: Span,
  earliest: number,
  unit: number,
): { readonly whole: Span; readonly left: readonly Span[] } | undefined {
  const first = Math.ceil(earliest / unit) * unit;
  const end = Math.floor((to + 1) / unit) * unit;
  if (first >= end) return undefined;
  const left = [
    { from: end, to },
    { from, to: first - 1 },
  ];
  return { whole: { from: first, to: end - 1 }, left: left.filter((span) => span.from <= span.to) };
}

/** The model whose rarity matters: no holder has an index on hours then. */
export function modelAlone({ accountId, keyId, model }: RecordFilter): string | undefined {
  return accountId === undefined && keyId === undefined && model?.includes('%') === false ? model : undefined;
}

/** The whole quarter hours of a filter whose totals are complete, and what is left, newest first. */
export function wholeQuarters(
  filter: Pick<RecordFilter, 'from' | 'to'>,
  since: number,
  completeFrom: number,
): { readonly whole: Span; readonly left: readonly Span[] } {
  const from = Math.max(filter.from ?? 0, 0);
  const to = Math.min(filter.to ?? endOfTime, endOfTime);
  const spans = inUnits({ from, to }, Math.max(from, since, completeFrom), quarterSeconds);
  return spans ?? { whole: { from: 1, to: 0 }, left: [{ from, to }] };
}

/** Hourly totals are kept apart by less, so there are fewer. */
function totalsThatKnow(filter: RecordFilter): WholeSpans['of'] {
  const { accountId, keyId, type, model, from, to, group, channelId, ...others } = filter;
  if (Object.values(others).some((value) => value !== undefined)) return 'none';
  if (group === undefined && channelId === undefined) return 'hours';
  return model?.includes('%') === true ? 'none' : 'quarters';
}
