/** `/api/data/totals` and `/api/data/self/totals`: usage totals by day, model, key or account. */
import { z } from 'zod';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { addHourlyRows } from '../../store/hourly-sums.ts';
import type { HourlyQuery, HourlyRow } from '../../store/ledger-store.ts';
import { dayOf, secondsPerDay } from '../days.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { numberOf, textOf } from '../logs/filter.ts';
import { numberParameter, textParameter } from '../query-parameters.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { accountMeant, accountParameters, readSpan, type Span, times } from './span.ts';

const totalsSchema = z.object({
  day: z.string().optional().describe('UTC, such as `2027-01-31`; with `by=day`.'),
  model_name: z.string().optional().describe('With `by=model`.'),
  token_id: z.int().optional().describe('With `by=key`.'),
  token_name: z.string().optional().describe('With `by=key`, as it is now; empty when the key is gone.'),
  user_id: z.int().optional().describe('With `by=user`.'),
  username: z.string().optional().describe('With `by=user`; empty when the account is gone.'),
  quota: z.int().describe('Units; 500,000 units = 1 USD.'),
  count: z.int().describe('Requests that were charged or served free of charge.'),
  errors: z.int().describe('Requests that failed.'),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
});

type Totals = z.infer<typeof totalsSchema>;
type Part = 'day' | 'model' | 'key' | 'user';

const columnOf = { day: 'hour', model: 'model', key: 'keyId', user: 'accountId' } as const;

function byParameter(parts: readonly Part[]) {
  const pattern = `^(?:(?:${parts.join('|')})?,)*(?:${parts.join('|')})?$`;
  const isRight = new RegExp(pattern);
  return textParameter(
    `What to group by: ${parts.join(', ')}, comma separated; none = one row for everything.`,
    {
      schema: { type: 'string', pattern },
      fault: (text) => (isRight.test(text) ? undefined : `may hold ${parts.join(', ')}, comma separated`),
    },
  );
}

const parameters = {
  by: byParameter(['day', 'model', 'key']),
  ...times,
  token_id: numberParameter('Only of this key.'),
} as const;

function readParts(query: URLSearchParams, offered: readonly Part[]): readonly Part[] {
  const given = new Set((textOf(query, 'by') ?? '').split(','));
  return offered.filter((part) => given.has(part));
}

type HourlySource = Omit<HourlyQuery, 'from' | 'to'>;

/**
 * Yields one day at a time where days are grouped separately, so that the hours of many days are never in memory
 * together.
 */
async function* spansOf({ from, to }: Span, parts: readonly Part[]): AsyncGenerator<Span> {
  if (!parts.includes('day')) {
    yield { from, to };
    return;
  }
  for (let day = from; day <= to; day = day - (day % secondsPerDay) + secondsPerDay) {
    yield { from: day, to: Math.min(day - (day % secondsPerDay) + secondsPerDay - 1, to) };
  }
}

/** @throws HalleyError('refused') when there are more rows than one response may hold */
async function rowsOf(
  { reads }: Services,
  source: HourlySource,
  span: Span,
  parts: readonly Part[],
): Promise<HourlyRow[]> {
  const rows: HourlyRow[] = [];
  for await (const part of spansOf(span, parts)) {
    const ofPart = new Map<string, HourlyRow>();
    for (const row of await reads.listHourly({ ...source, ...part })) {
      const name = `${row.accountId} ${row.keyId} ${row.model}`;
      const known = ofPart.get(name);
      ofPart.set(name, known ? addHourlyRows(known, row) : row);
    }
    rows.push(...ofPart.values());
    if (rows.length > limits.usage_rows_max) {
      throw new HalleyError('refused', {
        message: `The result has more than ${limits.usage_rows_max} rows. Choose a shorter period, or group by less.`,
      });
    }
  }
  return rows;
}

const lookups_at_a_time = 50;

/** Names by id, of records that still exist. */
async function namesOf(
  ids: readonly number[],
  find: (id: number) => Promise<string | undefined>,
): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>();
  const wanted = [...new Set(ids)];
  for (let index = 0; index < wanted.length; index += lookups_at_a_time) {
    const some = wanted.slice(index, index + lookups_at_a_time);
    const found = await Promise.all(some.map(async (id) => [id, (await find(id)) ?? ''] as const));
    for (const [id, name] of found) names.set(id, name);
  }
  return names;
}

async function totalsOf(
  services: Services,
  source: Omit<HourlySource, 'by'>,
  span: Span,
  parts: readonly Part[],
): Promise<Totals[]> {
  const { store } = services;
  const by = parts.map((part) => columnOf[part]);
  const rows = await rowsOf(services, { ...source, by }, span, parts);
  const [withKeys, withUsers] = [parts.includes('key'), parts.includes('user')];
  const keys = await namesOf(
    withKeys ? rows.map(({ keyId }) => keyId) : [],
    async (id) => (await store.findKeyById(id))?.key.name,
  );
  const users = await namesOf(
    withUsers ? rows.map(({ accountId }) => accountId) : [],
    async (id) => (await store.getAccount(id))?.username,
  );
  const totals = rows.map((row) => ({
    ...(parts.includes('day') && { day: dayOf(row.hour) }),
    ...(withUsers && { user_id: row.accountId, username: users.get(row.accountId) ?? '' }),
    ...(withKeys && { token_id: row.keyId, token_name: keys.get(row.keyId) ?? '' }),
    ...(parts.includes('model') && { model_name: row.model }),
    quota: row.units,
    count: row.requests,
    errors: row.errors,
    prompt_tokens: row.inputTokens,
    completion_tokens: row.outputTokens,
  }));
  const dayIn = ({ day = '' }: { readonly day?: string }) => day;
  return totals.sort((a, b) => (dayIn(a) < dayIn(b) ? -1 : dayIn(a) > dayIn(b) ? 1 : b.quota - a.quota));
}

const description = `Days in their order, then by quota. At most ${limits.data_days_max} days and ${limits.usage_rows_max} rows.`;

const own = accountEndpoint({
  method: 'GET',
  path: '/api/data/self/totals',
  access: 'account',
  summary: 'Sum up your usage by day, model or key',
  description,
  query: parameters,
  data: z.array(totalsSchema),
  async handle({ services, account, request: { query } }) {
    const parts = readParts(query, ['day', 'model', 'key']);
    const source = { accountId: account.id, keyId: numberOf(query, 'token_id') };
    return success(await totalsOf(services, source, readSpan(services, query), parts));
  },
});

const all = accountEndpoint({
  method: 'GET',
  path: '/api/data/totals',
  access: 'admin',
  summary: 'Sum up the usage of all accounts by day, model, key or account',
  description,
  query: {
    ...parameters,
    by: byParameter(['day', 'model', 'key', 'user']),
    ...accountParameters,
  },
  data: z.array(totalsSchema),
  async handle({ services, request: { query } }) {
    const parts = readParts(query, ['day', 'model', 'key', 'user']);
    const source = { accountId: await accountMeant(services, query), keyId: numberOf(query, 'token_id') };
    return success(await totalsOf(services, source, readSpan(services, query), parts));
  },
});

export const totalsEndpoints: readonly Endpoint[] = [own, all];
