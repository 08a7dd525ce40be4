/**
 * Lists of keys for people: filtered, in any order, counted by status and risk, never with their values. Own keys for
 * every account, those of lower roles for administrators.
 */
import { z } from 'zod';
import type { KeyStatus } from '../../domain/key.ts';
import { idleDays, type KeyRisk, keyRisks, removableDays } from '../../domain/key-risk.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { type KeyFilter, type KeySort, keySorts } from '../../store/key-list.ts';
import type { AccountRow } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { numberOf, textOf } from '../logs/filter.ts';
import { pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter, numberParameter, textParameter } from '../query-parameters.ts';
import type { ManagementRequest } from '../request.ts';
import { type ManagementResponse, success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import { missingKey } from './missing-key.ts';
import { managedKeyRecord } from './record.ts';
import { findKeySchema, managedKeySchema } from './schemas.ts';

const complete = z
  .boolean()
  .describe(`\`false\` = there are more keys than were looked at, the newest ${limits.listed_keys_max}.`);

const pageSchema = z.object({
  page: z.int(),
  page_size: z.int(),
  total: z.int().describe('Keys that match.'),
  complete,
  items: z.array(managedKeySchema),
});

const countsSchema = z.object({
  total: z.int(),
  enabled: z.int(),
  disabled: z.int(),
  expired: z.int(),
  exhausted: z.int(),
  no_limit: z.int().describe('Keys that work and have neither a quota nor a budget.'),
  never_expires: z.int().describe('Keys that work and never expire.'),
  idle: z.int().describe(`Keys that work, and were neither used nor created in the last ${idleDays} days.`),
  removable: z
    .int()
    .describe(
      `Keys that do not work (disabled, expired or exhausted), and were neither used nor created in the last ${removableDays} days.`,
    ),
  complete,
});

const statusPattern = /^([1-4](,[1-4]){0,3})?$/;
const modelPattern = /^[^,]*$/;

const filterParameters = {
  keyword: 'Part of the name, whatever the case of the letters A to Z, or of the start or end of the value.',
  status: textParameter('Comma separated: 1 enabled, 2 disabled, 3 expired, 4 exhausted.', {
    schema: { type: 'string', pattern: statusPattern.source },
    fault: (text) => (statusPattern.test(text) ? undefined : 'must be numbers from 1 to 4, comma separated'),
  }),
  group: 'Group of the key, or of its account where the key names none.',
  model: textParameter('A model that the key may use.', {
    schema: { type: 'string', pattern: modelPattern.source },
    fault: (text) => (modelPattern.test(text) ? undefined : 'must be one model id'),
  }),
  risk: choiceParameter('One of the risks that the counts name.', keyRisks),
  sort: choiceParameter(
    'Newest first by default. Unlimited keys have the most remaining, and those that never expire do so last.',
    keySorts,
  ),
  order: choiceParameter('`desc` by default.', ['asc', 'desc']),
  ...pageParameters,
} as const;

const ofAccount = numberParameter('Only keys of this account.');

function readFilter(query: URLSearchParams): KeyFilter {
  return {
    // A masked value as lists show it: either form stands for the same characters.
    text: textOf(query, 'keyword')?.replace(/\*{2,}/, '…'),
    statuses: textOf(query, 'status')?.split(',').map(Number) as KeyStatus[] | undefined,
    group: textOf(query, 'group'),
    model: textOf(query, 'model'),
    risk: textOf(query, 'risk') as KeyRisk | undefined,
  };
}

type Whose = Pick<KeyFilter, 'accountId' | 'scope'>;
const own = ({ id }: AccountRow): Whose => ({ accountId: id });
const managed = (account: AccountRow, { query }: ManagementRequest): Whose => ({
  scope: account,
  accountId: numberOf(query, 'user_id'),
});

const lookOf = (services: Services) => ({ now: nowSeconds(services), keysMax: limits.listed_keys_max });

async function listOf(
  services: Services,
  whose: Whose,
  { query }: ManagementRequest,
): Promise<ManagementResponse> {
  const { beforeId: _ignored, ...page } = readPage(query);
  const order = {
    by: (textOf(query, 'sort') ?? 'created') as KeySort,
    descending: query.get('order') !== 'asc',
  };
  const filter = { ...readFilter(query), ...whose };
  const found = await services.reads.listKeysBy(filter, order, page, lookOf(services));
  const record = pageRecord(page, found, (each) => managedKeyRecord(services, each));
  return success({ ...record, complete: found.complete });
}

const list = accountEndpoint({
  method: 'GET',
  path: '/api/token/list',
  access: 'account',
  summary: 'List API keys by filter and order',
  description: 'For people: without the values of the keys.',
  query: filterParameters,
  data: pageSchema,
  handle: ({ services, account, request }) => listOf(services, own(account), request),
});

const stats = accountEndpoint({
  method: 'GET',
  path: '/api/token/stats',
  access: 'account',
  summary: 'Count API keys by status and risk',
  data: countsSchema,
  handle: async ({ services, account }) =>
    success(await services.reads.countKeysBy(own(account), lookOf(services))),
});

const find = accountEndpoint({
  method: 'POST',
  path: '/api/token/find',
  access: 'account',
  summary: 'Find an API key by its value',
  description:
    'The value is in the body, so that no log of URLs contains it, and the response is without it. For a key of yours that was deleted, the header `X-Halley-Already-Deleted` of the refusal holds the time.',
  changes: false,
  body: findKeySchema,
  data: managedKeySchema,
  async handle({ services, account, body }) {
    const { store, keyValues } = services;
    const digest = await keyValues.digestOf(body.key);
    if (digest === undefined) throw new HalleyError('no_such_record');
    const found = await store.findKeyByDigest(digest);
    if (found?.account.id === account.id) return success(managedKeyRecord(services, found));
    const tombstone = await store.tombstones.ofKey(digest);
    if (tombstone?.accountId !== account.id) throw new HalleyError('no_such_record');
    throw await missingKey(services, account.id, tombstone.id);
  },
});

const managedList = accountEndpoint({
  method: 'GET',
  path: '/api/admin/token/list',
  access: 'admin',
  summary: 'List the API keys of all accounts by filter and order',
  description: 'Without their values. Of accounts with a lower role, and of your own.',
  query: { user_id: ofAccount, ...filterParameters },
  data: pageSchema,
  handle: ({ services, account, request }) => listOf(services, managed(account, request), request),
});

const managedStats = accountEndpoint({
  method: 'GET',
  path: '/api/admin/token/stats',
  access: 'admin',
  summary: 'Count the API keys of all accounts by status and risk',
  description: 'Of accounts with a lower role, and of your own.',
  query: { user_id: ofAccount },
  data: countsSchema,
  handle: async ({ services, account, request }) =>
    success(await services.reads.countKeysBy(managed(account, request), lookOf(services))),
});

export const tokenListEndpoints: readonly Endpoint[] = [list, stats, find, managedList, managedStats];
