/** `/api/log`: request records of an account, of a key, and of all accounts for administrators. */
import { z } from 'zod';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { openSealed } from '../../domain/seal.ts';
import { contentContext } from '../../domain/seal-contexts.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { contentRevealed } from '../../store/audit-notes.ts';
import type { RecordFilter, RecordPage } from '../../store/ledger-store.ts';
import { accountEndpoint, type Endpoint, openEndpoint } from '../endpoint.ts';
import { pageParameters, pageRecord, readPage } from '../paging.ts';
import { numberParameter } from '../query-parameters.ts';
import { type ManagementResponse, success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import { readableKeyIn, readsOfKey } from '../tokens/readable-key.ts';
import { recordsAsCsv } from './csv.ts';
import { detailEndpoint } from './detail.ts';
import {
  adminFilterParameters,
  adminSearchParameters,
  filterParameters,
  placeParameter,
  placeText,
  readAdminFilter,
  readFilter,
  readPlace,
  requiredRequestId,
  searchParameters,
  withSearch,
} from './filter.ts';
import { histogramEndpoints } from './histogram.ts';
import { logRecords } from './record.ts';
import { searchEndpoints } from './records.ts';
import { logPageSchema, logRecordSchema, statSchema } from './schemas.ts';

const before = {
  before_id: numberParameter('Only records after this one: continues a list without pages.'),
  before: placeParameter('The position to continue from: `next` of an earlier response.'),
} as const;
const paging = `Newest first. \`total\` is counted up to ${limits.records_counted_max}, and there are no pages beyond; \`before_id\` and the export go further. Where neither an index nor a total decides on a filter, one call searches about ${limits.records_searched_max} records; \`searched_from\` says how far it came, and \`next\` goes on.`;

async function page(
  services: Services,
  query: URLSearchParams,
  filter: RecordFilter,
  isForAdmin: boolean,
): Promise<ManagementResponse> {
  const wanted = readPage(query);
  const placed = { ...filter, before: readPlace(query, 'before') };
  const found = await services.reads.listRecords(placed, wanted, limits.records_counted_max);
  const items = await logRecords(services.store, found.items, isForAdmin);
  return success({
    ...pageRecord(wanted, { total: found.total, items }, (record) => record),
    ...searchedFields(found, wanted.limit),
  });
}

/** How far a page searched where it did not search all, and where to read on. */
function searchedFields({ items, stoppedAt }: RecordPage, limit: number) {
  if (!stoppedAt) return {};
  const last = items.length === limit ? items.at(-1) : undefined;
  const next = last ? { at: last.createdAt, id: last.id } : stoppedAt;
  return { searched_from: stoppedAt.at, next: placeText(next) };
}

async function stat(services: Services, given: RecordFilter): Promise<ManagementResponse> {
  const filter = { ...given, type: given.type ?? recordTypes.consume };
  const now = nowSeconds(services);
  const { units, stoppedAt } = await services.reads.sumRecords(filter);
  const { requests, tokens } = await services.reads.sumRecords({ ...filter, from: now - 59, to: now });
  return success({
    ...{ quota: units, rpm: requests, tpm: tokens },
    ...(stoppedAt && { searched_from: stoppedAt.at }),
  });
}

function csv(services: Services, filter: RecordFilter): ManagementResponse {
  return {
    status: 200,
    contentType: 'text/csv; charset=utf-8',
    stream: recordsAsCsv(services.reads, filter, limits.export_batch_records),
    headers: { 'content-disposition': 'attachment; filename="records.csv"' },
  };
}

const list = accountEndpoint({
  method: 'GET',
  path: '/api/log/self',
  access: 'account',
  summary: 'List your records',
  description: paging,
  query: { ...filterParameters, ...before, ...pageParameters },
  data: logPageSchema,
  handle: ({ services, account, request: { query } }) =>
    page(services, query, { ...readFilter(query), accountId: account.id }, false),
});

const ownStat = accountEndpoint({
  method: 'GET',
  path: '/api/log/self/stat',
  access: 'account',
  summary: 'Sum up your records',
  query: filterParameters,
  data: statSchema,
  handle: ({ services, account, request }) =>
    stat(services, { ...readFilter(request.query), accountId: account.id }),
});

const ownExport = accountEndpoint({
  method: 'GET',
  path: '/api/log/self/export',
  access: 'account',
  summary: 'Export your records as CSV',
  description: 'All of them, newest first, as a stream.',
  query: searchParameters,
  contentType: 'text/csv',
  handle: ({ services, account, request }) =>
    csv(services, withSearch({ ...readFilter(request.query), accountId: account.id }, request.query)),
});

const retiredSearch = accountEndpoint({
  method: 'GET',
  path: '/api/log/self/search',
  access: 'account',
  hidden: true,
  summary: 'Retired',
  handle() {
    throw new HalleyError('refused', {
      message: 'This search was retired. Use GET /api/log/self with a filter such as model_name.',
    });
  },
});

const content = accountEndpoint({
  method: 'GET',
  path: '/api/log/content',
  access: 'account',
  summary: 'Get the prompt and the response of a request',
  description:
    'Only for your own keys with content logging, until the content expires. Leaves an entry in the audit log.',
  query: { request_id: requiredRequestId },
  data: z.object({ request_id: z.string(), request: z.string(), answer: z.string() }),
  async handle({ services, account, request }) {
    const requestId = request.query.get('request_id') ?? '';
    const filter = { requestId, accountId: account.id };
    const { items } = await services.reads.listRecords(filter, { offset: 0, limit: 1 }, 0);
    const sealed = items.length > 0 ? await services.store.getContent(requestId) : undefined;
    if (!sealed) throw new HalleyError('no_such_record');
    await services.changes.note(contentRevealed(requestId, account.id));
    const text = openSealed(services.secrets, sealed, contentContext(requestId));
    return success({ request_id: requestId, ...(JSON.parse(text) as { request: string; answer: string }) });
  },
});

const ofKey = openEndpoint({
  method: 'GET',
  path: '/api/log/token',
  access: 'api-key',
  summary: 'List the records of the calling API key',
  description: `The API key goes in Authorization. The newest ${limits.key_records_max}; \`before_id\` reads on. A call that stops after about ${limits.records_searched_max} records says so in \`warnings\`, with the \`before\` that goes on.`,
  query: { ...filterParameters, ...before },
  data: z.array(logRecordSchema),
  async handle({ services, request }) {
    const { key } = await readableKeyIn(services, request);
    const place = readPlace(request.query, 'before');
    const filter = { ...readFilter(request.query), keyId: key.id, before: place };
    const wanted = { offset: 0, limit: limits.key_records_max };
    const found = await readsOfKey(services, key, request).listRecords(filter, wanted, 0);
    const { searched_from: from, next } = searchedFields(found, wanted.limit);
    const warnings =
      from === undefined ? [] : [`Only records since ${from} were searched. before=${next} goes on.`];
    return success(await logRecords(services.store, found.items, false), {}, warnings);
  },
});

const listAll = accountEndpoint({
  method: 'GET',
  path: '/api/log',
  access: 'admin',
  summary: 'List the records of all accounts',
  description: paging,
  query: { ...adminFilterParameters, ...before, ...pageParameters },
  data: logPageSchema,
  handle: ({ services, request: { query } }) => page(services, query, readAdminFilter(query), true),
});

const statOfAll = accountEndpoint({
  method: 'GET',
  path: '/api/log/stat',
  access: 'admin',
  summary: 'Sum up the records of all accounts',
  query: adminFilterParameters,
  data: statSchema,
  handle: ({ services, request }) => stat(services, readAdminFilter(request.query)),
});

const exportOfAll = accountEndpoint({
  method: 'GET',
  path: '/api/log/export',
  access: 'admin',
  summary: 'Export the records of all accounts as CSV',
  description: 'All of them, newest first, as a stream.',
  query: adminSearchParameters,
  contentType: 'text/csv',
  handle: ({ services, request }) => csv(services, withSearch(readAdminFilter(request.query), request.query)),
});

export const logEndpoints: readonly Endpoint[] = [
  list,
  ownStat,
  ownExport,
  retiredSearch,
  content,
  detailEndpoint,
  ...searchEndpoints,
  ...histogramEndpoints,
  ofKey,
  listAll,
  statOfAll,
  exportOfAll,
];
