/** What the address of the page of requests may say. */
import {
  choice,
  flag,
  matchingList,
  positive,
  positives,
  type SearchOf,
  searchParameters,
  text,
} from '../search-fields.ts';

export const ranges = ['1h', '24h', '7d', '30d', '90d'] as const;
export type Range = (typeof ranges)[number];

export const states = ['ok', 'error', 'aborted'] as const;

export const logSearch = searchParameters({
  range: choice(ranges),
  /** Seconds since 1970; both together in place of `range`. */
  from: positive,
  to: positive,
  state: choice(states),
  /** Ids of keys. */
  key: positives,
  model: matchingList(/^[^,]+$/),
  error: text,
  min_ms: positive,
  /** Ledger units. */
  min_cost: positive,
  /** For administrators: the requests of all accounts, of one account, of one channel. */
  all: flag,
  user: text,
  channel: positive,
  /** A request id to search for. */
  q: text,
  live: flag,
  /** The place in the list that the page begins after. */
  before: text,
  /** The request that is open. */
  request: text,
});

export type LogSearch = SearchOf<typeof logSearch>;
