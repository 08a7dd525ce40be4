/** `/api/log/records` and `/api/log/self/records`: reads records on from any place, looking at a bounded number of them for each call. */
import { z } from 'zod';
import { limits } from '../../platform/limits.ts';
import type { RecordFilter } from '../../store/ledger-store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { makePage, pageParameters } from '../paging.ts';
import { type ManagementResponse, success } from '../response.ts';
import type { Services } from '../services.ts';
import {
  adminSearchParameters,
  placeParameter,
  placeText,
  readAdminFilter,
  readFilter,
  readPlace,
  searchParameters,
  withSearch,
} from './filter.ts';
import { logRecords } from './record.ts';
import { logRecordSchema } from './schemas.ts';

const places = {
  before: placeParameter('Reads on from there: `next` of an earlier response.'),
  after: placeParameter(
    'Only what was written since: `newest` of an earlier response. Records may be written some seconds after their time, so repeat from a place that is a little older and pass over what is known.',
  ),
  page_size: pageParameters.page_size,
} as const;

const foundSchema = z.object({
  items: z.array(logRecordSchema).describe('Newest first.'),
  next: z.string().describe('The place to read on from; empty when all has been searched.'),
  searched_to: z
    .int()
    .describe(
      `Seconds since 1970 down to which the records were searched, when this call stopped after ${limits.records_searched_max} of them; else 0. \`next\` goes on.`,
    ),
  newest: z
    .string()
    .describe('The place of the newest record that you can see at all; empty when there is none.'),
});

const description = `Newest first, from any place. A call looks at no more than about ${limits.records_searched_max} records: it may find fewer than a page, and says how far it came. Meant for live lists: \`after\` finds what is new, by the same filters.`;

async function found(
  { store }: Services,
  query: URLSearchParams,
  filter: RecordFilter,
  isForAdmin: boolean,
): Promise<ManagementResponse> {
  const { limit } = makePage(null, query.get('page_size') ?? query.get('ps') ?? query.get('size'));
  const [before, after] = [readPlace(query, 'before'), readPlace(query, 'after')];
  const wanted = { ...withSearch(filter, query), before, after };
  const { accountId } = filter;
  const [newest] = (await store.searchRecords({ accountId }, 1, limits.records_searched_max)).items;
  const { items, next, isCut } = await store.searchRecords(wanted, limit, limits.records_searched_max);
  return success({
    items: await logRecords(store, items, isForAdmin),
    next: next ? placeText(next) : '',
    searched_to: isCut && next ? next.at : 0,
    newest: newest ? placeText({ at: newest.createdAt, id: newest.id }) : '',
  });
}

const own = accountEndpoint({
  method: 'GET',
  path: '/api/log/self/records',
  access: 'account',
  summary: 'Read your records on from any place',
  description,
  query: { ...searchParameters, ...places },
  data: foundSchema,
  handle: ({ services, account, request: { query } }) =>
    found(services, query, { ...readFilter(query), accountId: account.id }, false),
});

const all = accountEndpoint({
  method: 'GET',
  path: '/api/log/records',
  access: 'admin',
  summary: 'Read the records of all accounts on from any place',
  description,
  query: { ...adminSearchParameters, ...places },
  data: foundSchema,
  handle: ({ services, request: { query } }) => found(services, query, readAdminFilter(query), true),
});

export const searchEndpoints: readonly Endpoint[] = [own, all];
