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
  before: placeParameter('The position to continue from: `next` of an earlier response.'),
  after: placeParameter(
    'Only records written since then: `newest` of an earlier response. A record may be written some seconds after its time, so repeat from a slightly older position and skip the records that you have.',
  ),
  page_size: pageParameters.page_size,
} as const;

const foundSchema = z.object({
  items: z.array(logRecordSchema).describe('Newest first.'),
  next: z.string().describe('The position to continue from; empty when all records have been searched.'),
  searched_to: z
    .int()
    .describe(
      `Seconds since 1970 down to which the records were searched, when this call stopped after ${limits.records_searched_max} of them; else 0. \`next\` goes on.`,
    ),
  newest: z
    .string()
    .describe('The position of the newest record that you can see at all; empty when there is none.'),
});

const description = `Newest first, from any position. One call searches about ${limits.records_searched_max} records at most, so it may find fewer than a page; the response says how far it searched. For live lists: \`after\` finds new records, with the same filters.`;

async function found(
  { reads, store }: Services,
  query: URLSearchParams,
  filter: RecordFilter,
  isForAdmin: boolean,
): Promise<ManagementResponse> {
  const { limit } = makePage(null, query.get('page_size') ?? query.get('ps') ?? query.get('size'));
  const [before, after] = [readPlace(query, 'before'), readPlace(query, 'after')];
  const wanted = { ...withSearch(filter, query), before, after };
  const { accountId } = filter;
  const [newest] = (await reads.searchRecords({ accountId }, 1, limits.records_searched_max)).items;
  const { items, next, isCut } = await reads.searchRecords(wanted, limit, limits.records_searched_max);
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
  summary: 'Read your records from any position',
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
  summary: 'Read the records of all accounts from any position',
  description,
  query: { ...adminSearchParameters, ...places },
  data: foundSchema,
  handle: ({ services, request: { query } }) => found(services, query, readAdminFilter(query), true),
});

export const searchEndpoints: readonly Endpoint[] = [own, all];
