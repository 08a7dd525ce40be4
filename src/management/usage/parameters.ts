/** Query parameters of usage: spans, time zones, filters. */
import {
  type BucketSize,
  bucketSizes,
  startOfNamedDay,
  startOfZonedDay,
} from '../../domain/usage-buckets.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { timeZoneName } from '../../platform/time-zone.ts';
import type { AccountRow } from '../../store/store.ts';
import type { UsageDimension, UsageFilter, UsageOrder } from '../../store/usage-store.ts';
import { accountMeant, accountParameters } from '../data/span.ts';
import { secondsPerDay, startOfDay } from '../days.ts';
import { numberOf, textOf } from '../logs/filter.ts';
import {
  choiceParameter,
  numberParameter,
  type QueryParameter,
  textParameter,
  wrongParameter,
} from '../query-parameters.ts';
import { nowSeconds, type Services } from '../services.ts';

const daysDefault = 7;
const topDefault = 8;

/** What the parameter `by` calls them. */
const dimensions: Readonly<Record<string, UsageDimension>> = {
  model: 'model',
  key: 'keyId',
  channel: 'channelId',
  account: 'accountId',
  group: 'group',
};
const orders: Readonly<Record<string, UsageOrder>> = {
  quota: 'units',
  requests: 'requests',
  errors: 'errors',
  tokens: 'tokens',
};

export const zoneParameter: QueryParameter = textParameter(
  'IANA name of the time zone in which days begin, such as `Asia/Kathmandu`; default: the setting `ledger.time_zone`.',
  {
    schema: { type: 'string', format: 'time-zone' },
    fault: (text) =>
      timeZoneName(text) ? undefined : 'must be a time zone by its IANA name, such as Europe/Berlin',
  },
);

function topParameter(): QueryParameter {
  const fault = (text: string) =>
    /^[0-9]{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= limits.usage_top_max
      ? undefined
      : `must be a number from 1 to ${limits.usage_top_max}`;
  return {
    description: `Number of series (default ${topDefault}); the rest form one series, "other".`,
    schema: { type: 'integer', minimum: 1, maximum: limits.usage_top_max },
    fault,
  };
}

/** The last second of the year 9999. */
const latestTime = 253_402_300_799;

function timeParameter(description: string): QueryParameter {
  const { fault, ...rest } = numberParameter(description);
  return {
    ...rest,
    schema: { type: 'integer', minimum: 0, maximum: latestTime },
    fault: (text) => fault(text) ?? (Number(text) > latestTime ? `must be at most ${latestTime}` : undefined),
  };
}

export const seriesParameters = {
  start: timeParameter(
    `Seconds since 1970, rounded down to a quarter hour; default: ${daysDefault} days before the end.`,
  ),
  end: timeParameter('Seconds since 1970, exclusive, rounded up to a quarter hour; default: now.'),
  period: periodParameter(),
  bucket: choiceParameter('Length of a bucket; default: day.', bucketSizes),
  time_zone: zoneParameter,
  by: choiceParameter('What to group by; default: nothing.', ['model', 'key', 'channel', 'group']),
  top: topParameter(),
  order: choiceParameter('What the series are ranked by; default: quota.', Object.keys(orders)),
  compare: choiceParameter('Whether to add the same number of buckets before the span; default: none.', [
    'previous',
    'none',
  ]),
  token_id: numberParameter('Only of this key.'),
  model_name: 'Only of this model.',
  channel: numberParameter('Only of the channel with this id.'),
  group: 'Only of what was charged in this group.',
} as const;

export const adminSeriesParameters = {
  ...seriesParameters,
  ...accountParameters,
  by: choiceParameter('What to group by; default: nothing.', Object.keys(dimensions)),
} as const;

/** In place of `start` and `end`. */
const periodPattern = /^(?:([1-9]\d{0,3})([hd])|(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2}))$/;

function periodParameter(): QueryParameter {
  return {
    description:
      'Replaces `start` and `end`: `24h` = the last 24 hours; `7d` = 7 days of the time zone, today included; `2027-01-01..2027-01-31` = from one day to another, both included.',
    schema: { type: 'string', format: 'usage-period' },
    fault: (text) =>
      isPeriod(text)
        ? undefined
        : 'must be like 24h, 7d, or 2027-01-01..2027-01-31 with the earlier day first',
  };
}

/** Whether a text names a period. */
export function isPeriod(text: string): boolean {
  const [, count, , first, last] = periodPattern.exec(text) ?? [];
  if (count !== undefined) return true;
  const days = [first, last].map((day) => startOfDay(day ?? ''));
  return days.every((day) => day !== undefined) && Number(days[0]) <= Number(days[1]);
}

/** @param text as `periodParameter` admits it */
function spanOfPeriod(
  text: string,
  now: number,
  timeZone: string,
): { readonly from: number; readonly to: number } {
  const [, count = '', unit, first = '', last = ''] = periodPattern.exec(text) ?? [];
  if (unit === 'h') return { from: now - Number(count) * 3600, to: now };
  if (unit === 'd') return { from: startOfZonedDay(now, timeZone, Number(count) - 1), to: now };
  return { from: startOfNamedDay(first, timeZone), to: startOfNamedDay(last, timeZone, 1) };
}

/** What a series is asked for. */
export interface SeriesQuery {
  readonly filter: UsageFilter;
  readonly from: number;
  readonly to: number;
  readonly size: BucketSize;
  readonly timeZone: string;
  readonly by: UsageDimension | undefined;
  readonly top: number;
  readonly order: UsageOrder;
  readonly compares: boolean;
}

export function zoneOf({ settings }: Pick<Services, 'settings'>, query: URLSearchParams): string {
  return timeZoneName(textOf(query, 'time_zone') ?? '') ?? settings.ledger.time_zone;
}

/** @throws HalleyError('invalid_value') for a span that is empty or too long */
export function readSeriesQuery(
  services: Services,
  query: URLSearchParams,
  filter: UsageFilter,
): SeriesQuery {
  const { from, to } = readSpan(services, query);
  if (from >= to) throw wrongParameter('start', 'must be before "end"');
  if (to - from > limits.usage_series_days_max * secondsPerDay) {
    throw wrongParameter('start', `must be at most ${limits.usage_series_days_max} days before the end`);
  }
  return {
    filter: { ...filter, ...readUsageFilter(query) },
    from,
    to,
    size: (textOf(query, 'bucket') ?? 'day') as BucketSize,
    timeZone: zoneOf(services, query),
    by: dimensions[textOf(query, 'by') ?? ''],
    top: numberOf(query, 'top') ?? topDefault,
    order: orders[textOf(query, 'order') ?? ''] ?? 'units',
    compares: query.get('compare') === 'previous',
  };
}

function readSpan(
  services: Services,
  query: URLSearchParams,
): { readonly from: number; readonly to: number } {
  const period = textOf(query, 'period');
  const now = nowSeconds(services);
  if (period !== undefined) return spanOfPeriod(period, now, zoneOf(services, query));
  const to = numberOf(query, 'end') ?? now;
  return { from: numberOf(query, 'start') ?? Math.max(to - daysDefault * secondsPerDay, 1), to };
}

function readUsageFilter(query: URLSearchParams): UsageFilter {
  return {
    keyId: numberOf(query, 'token_id'),
    model: textOf(query, 'model_name'),
    channelId: numberOf(query, 'channel'),
    group: textOf(query, 'group'),
  };
}

/**
 * What an administrator sees: the accounts of lower roles and itself, or one of them.
 * @throws HalleyError('no_such_record') for a user name that is none of theirs
 */
export async function managedFilter(
  services: Services,
  viewer: Pick<AccountRow, 'id' | 'role'>,
  query: URLSearchParams,
): Promise<UsageFilter> {
  const seenBy = { id: viewer.id, role: viewer.role };
  const accountId = await accountMeant(services, query);
  if (accountId === undefined || textOf(query, 'username') === undefined) return { seenBy, accountId };
  const account = await services.store.getAccount(accountId);
  if (account && (account.id === viewer.id || account.role < viewer.role)) return { seenBy, accountId };
  throw new HalleyError('no_such_record', { message: 'There is no account of this name.' });
}
