/** Which requests the address means, as the API is asked for them. Pure. */
import type { LogSearch, Range } from './log-search.ts';

export const rangeDefault: Range = '24h';

const hour = 3600;
const secondsOf: Readonly<Record<Range, number>> = {
  '1h': hour,
  '24h': 24 * hour,
  '7d': 7 * 24 * hour,
  '30d': 30 * 24 * hour,
  '90d': 90 * 24 * hour,
};

/** The members of the address that narrow what is shown, besides the time. */
const narrowing = ['state', 'key', 'model', 'error', 'min_ms', 'min_cost', 'user', 'channel', 'q'] as const;
export type Narrowing = (typeof narrowing)[number];

/** The part of the address that says which requests are meant. Lists, charts and exports all go by it. */
export type LogFilter = Pick<LogSearch, Narrowing | 'range' | 'from' | 'to' | 'all'>;

export function filterOf(search: LogSearch): LogFilter {
  const { range, from, to, all, state, key, model, error, min_ms, min_cost, user, channel, q } = search;
  return { range, from, to, all, state, key, model, error, min_ms, min_cost, user, channel, q };
}

/** The filters that are set. */
export function narrowingOf(filter: LogFilter): readonly Narrowing[] {
  return narrowing.filter((name) => filter[name] !== undefined);
}

/** The filter without what narrows it; the time stays. */
export function withoutNarrowing(search: LogSearch): LogSearch {
  const { range, from, to, all, live } = search;
  return { range, from, to, all, live };
}

/** @param now seconds since 1970 @returns seconds, both inclusive */
export function spanOf(
  { range, from, to }: LogFilter,
  now: number,
): { readonly from: number; readonly to: number } {
  if (from !== undefined && to !== undefined && from <= to) return { from, to };
  return { from: now - secondsOf[range ?? rangeDefault], to: now };
}

/** The filter as the API takes it, without the time. */
export function queryOf(filter: LogFilter) {
  const { state, key, model, error, min_ms, min_cost, user, channel, q, all } = filter;
  return {
    ...(state && { state }),
    ...(key && { token_ids: key.join(',') }),
    ...(model && { models: model.join(',') }),
    ...(error && { error_code: error }),
    ...(min_ms && { min_ms }),
    ...(min_cost && { min_quota: min_cost }),
    ...(q && { request_id: q }),
    ...(all && user && { username: user }),
    ...(all && channel && { channel }),
  };
}

/** The same with its time, for an address. A request that is searched for by its id is found at any time. */
export function timedQueryOf(filter: LogFilter, now: number) {
  const { from, to } = spanOf(filter, now);
  const isPast = filter.to !== undefined;
  return {
    ...queryOf(filter),
    ...(!filter.q && { start_timestamp: from }),
    ...(!filter.q && isPast && { end_timestamp: to }),
  };
}
