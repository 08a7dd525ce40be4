/** Balance queries by API key, on the paths that clients of other services use. */
import { z } from 'zod';
import type { KeyRow } from '../../domain/key.ts';
import { limits } from '../../platform/limits.ts';
import { secondsPerDay, startOfDay } from '../days.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { centsOf, unlimitedUsd, usdOf } from '../money.ts';
import { dayParameter, wrongParameter } from '../query-parameters.ts';
import { nowSeconds, type Services } from '../services.ts';
import { readableKey, readableKeyIn, readsOfKey } from '../tokens/readable-key.ts';
import { quotaOf } from './quota.ts';

const subscriptionSchema = z.object({
  object: z.literal('billing_subscription'),
  has_payment_method: z.boolean(),
  soft_limit_usd: z.number().describe(`USD; ${unlimitedUsd} = unlimited.`),
  hard_limit_usd: z.number().describe('USD, the sum of used and remaining quota.'),
  system_hard_limit_usd: z.number(),
  access_until: z.int().describe('Seconds since 1970; 0 = no end.'),
});

const usageSchema = z.object({
  object: z.literal('list'),
  total_usage: z.number().describe('In cents of USD.'),
});

const quotaSchema = z.object({
  username: z.string(),
  total_quota: z.number().describe(`Remaining quota of the account in USD; ${unlimitedUsd} = unlimited.`),
  total_used_quota: z.number().describe('USD.'),
  request_count: z.int(),
  keys: z.array(
    z.object({
      name: z.string(),
      remain_quota: z.number().describe('USD; -1 = unlimited.'),
      used_quota: z.number().describe('USD.'),
    }),
  ),
  daily_quota: z
    .record(
      z.string(),
      z.array(z.object({ token_name: z.string(), quota_used: z.number(), request_count: z.int() })),
    )
    .describe(
      `By day in UTC, where \`start_date\` or \`end_date\` was given: at most ${limits.data_days_max} days.`,
    ),
});

const dates = {
  start_date: dayParameter('First day in UTC, such as 2027-01-01.'),
  end_date: dayParameter('Last day in UTC, inclusive.'),
} as const;

export interface Days {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** Reads the days of a validated query. */
function readDays(query: URLSearchParams): Days {
  const day = (name: string) => startOfDay(query.get(name) ?? '');
  const end = day('end_date');
  return { from: day('start_date'), to: end === undefined ? undefined : end + secondsPerDay - 1 };
}

/**
 * Limits the number of days reported separately, since any key holder may call this.
 * @throws HalleyError('invalid_value')
 */
function readFewDays(services: Services, query: URLSearchParams): Days {
  const { from, to } = readDays(query);
  if (from === undefined && to === undefined) return { from, to };
  const end = to ?? nowSeconds(services);
  const length = limits.data_days_max * secondsPerDay;
  const earliest = end + 1 - length - ((end + 1) % secondsPerDay);
  if (from !== undefined && from < earliest) {
    throw wrongParameter('start_date', `must be at most ${limits.data_days_max} days before the last day`);
  }
  return { from: from ?? earliest, to: end };
}

function subscriptionOf(key: KeyRow): z.infer<typeof subscriptionSchema> {
  const granted = key.unlimitedQuota ? unlimitedUsd : usdOf(key.remainQuota + key.usedQuota);
  return {
    object: 'billing_subscription',
    has_payment_method: true,
    soft_limit_usd: granted,
    hard_limit_usd: granted,
    system_hard_limit_usd: granted,
    access_until: key.expiresAt === -1 ? 0 : key.expiresAt,
  };
}

async function usedUnits(reads: Services['reads'], key: KeyRow, { from, to }: Days): Promise<number> {
  if (from === undefined && to === undefined) return key.usedQuota;
  const { accountId, id: keyId } = key;
  const [sums] = await reads.listHourly({ accountId, keyId, from, to, by: [] });
  return sums?.units ?? 0;
}

/** @param prefix one of the two that clients put before the path */
function billing(prefix: '' | '/v1'): Endpoint[] {
  const common = { method: 'GET', access: 'api-key', bare: true, hidden: prefix === '' } as const;
  return [
    openEndpoint({
      ...common,
      path: `${prefix}/dashboard/billing/subscription`,
      summary: 'Get the quota of the calling API key',
      description:
        'Also without `/v1`. The API key goes in Authorization; expired and exhausted keys are accepted.',
      data: subscriptionSchema,
      async handle({ services, request }) {
        const { key } = await readableKeyIn(services, request);
        return { status: 200, body: subscriptionOf(key) };
      },
    }),
    openEndpoint({
      ...common,
      path: `${prefix}/dashboard/billing/usage`,
      summary: 'Get the usage of the calling API key in USD',
      description: 'Also without `/v1`. The total, or the usage of the given days.',
      query: dates,
      data: usageSchema,
      async handle({ services, request }) {
        const { key } = await readableKeyIn(services, request);
        const units = await usedUnits(readsOfKey(services, key, request), key, readDays(request.query));
        return { status: 200, body: { object: 'list', total_usage: centsOf(units) } };
      },
    }),
  ];
}

const quota = openEndpoint({
  method: 'GET',
  path: '/user/quota',
  access: 'public',
  summary: 'Get the quota of the account of an API key',
  description:
    'The API key goes in the query parameter `key`. Proxies and clients often log addresses, so prefer the calls that take a header. A key with a quota of 0 is enough for this call.',
  query: { key: 'The API key.', ...dates },
  data: quotaSchema,
  bare: true,
  async handle({ services, request }) {
    const { query } = request;
    const { account, key } = await readableKey(services, query.get('key') ?? '', request);
    const reads = readsOfKey(services, key, request);
    return { status: 200, body: await quotaOf(reads, account, readFewDays(services, query)) };
  },
});

export const billingEndpoints: readonly Endpoint[] = [...billing('/v1'), ...billing(''), quota];
