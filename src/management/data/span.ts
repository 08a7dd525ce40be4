/** Parses the time span and account of a usage query. */
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { secondsPerDay } from '../days.ts';
import { numberOf, readTimes, textOf } from '../logs/filter.ts';
import { numberParameter, wrongParameter } from '../query-parameters.ts';
import { nowSeconds, type Services } from '../services.ts';

const daysDefault = 30;

export const times = {
  start_timestamp: numberParameter(`Seconds since 1970; default: ${daysDefault} days before the end.`, [
    'start_time',
  ]),
  end_timestamp: numberParameter('Seconds since 1970, inclusive; default: now.', ['end_time']),
} as const;

/** Query parameters that `accountMeant` reads. */
export const accountParameters = {
  user_id: numberParameter('Only of this account.'),
  username: 'Only of this account.',
} as const;

export interface Span {
  /** Seconds, both inclusive. */
  readonly from: number;
  readonly to: number;
}

/** @throws HalleyError('invalid_value') when the span exceeds the maximum of one response */
export function readSpan(services: Services, query: URLSearchParams): Span {
  const { from, to = nowSeconds(services) } = readTimes(query);
  const span = { from: from ?? Math.max(to - daysDefault * secondsPerDay, 1), to };
  if (span.to - span.from > limits.data_days_max * secondsPerDay) {
    throw wrongParameter('start_timestamp', `must be at most ${limits.data_days_max} days before the end`);
  }
  return span;
}

/**
 * The account named by `user_id` or `username`; undefined = neither was sent.
 * @throws HalleyError('no_such_record') when no account has the user name
 */
export async function accountMeant(services: Services, query: URLSearchParams): Promise<number | undefined> {
  const id = numberOf(query, 'user_id');
  const username = textOf(query, 'username');
  if (id !== undefined || username === undefined) return id;
  const account = await services.store.findAccountByUsername(username);
  if (!account) throw new HalleyError('no_such_record', { message: 'There is no account of this name.' });
  return account.id;
}
