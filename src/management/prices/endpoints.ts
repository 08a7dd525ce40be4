/** `/api/price`: manages model prices, for administrators. A change applies to the next model request. */
import { z } from 'zod';
import { parseStrictJson } from '../../http/strict-json.ts';
import { readPriceCsv, writePriceCsv } from '../../ledger/price-csv.ts';
import { entriesOf, priceListSchema } from '../../ledger/price-schema.ts';
import { HalleyError } from '../../platform/errors.ts';
import { priceListBody } from '../body-bounds.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter } from '../query-parameters.ts';
import { success } from '../response.ts';
import { nowSeconds } from '../services.ts';
import { validate } from '../validate.ts';
import { previewEndpoint } from './preview.ts';
import { exportedList, priceRecords, pricesInForce } from './price-record.ts';
import { importSchema, priceRecordSchema, setSchema } from './schemas.ts';
import { setPrices } from './set-prices.ts';

const access = 'admin';

const list = accountEndpoint({
  method: 'GET',
  path: '/api/price',
  access,
  summary: 'List prices',
  description: 'Prices in force, by model.',
  query: {
    all: '`1`: include replaced and future ones.',
    model: 'Only prices for this id (or for this prefix, with its `*`).',
  },
  data: z.array(priceRecordSchema),
  async handle({ services, request }) {
    const now = nowSeconds(services);
    const model = request.query.get('model');
    const rows = await services.store.listPrices();
    const records = priceRecords(rows, now).filter(({ id }) => model === null || id === model);
    return success(request.query.get('all') === '1' ? records : records.filter(({ in_force }) => in_force));
  },
});

const search = accountEndpoint({
  method: 'GET',
  path: '/api/price/search',
  access,
  summary: 'Search prices, page by page',
  description: 'Prices in force, by model.',
  query: { keyword: 'Part of the id, in any case.', ...pageParameters },
  data: pageOf(priceRecordSchema),
  async handle({ services, request: { query } }) {
    const page = readPage(query);
    const keyword = query.get('keyword')?.toLowerCase() ?? '';
    const rows = await services.store.listPrices();
    const found = priceRecords(rows, nowSeconds(services))
      .filter(({ id, in_force }) => in_force && id.toLowerCase().includes(keyword))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const items = found.slice(page.offset, page.offset + page.limit);
    return success(pageRecord(page, { total: found.length, items }, (record) => record));
  },
});

const set = accountEndpoint({
  method: 'PUT',
  path: '/api/price',
  access,
  summary: 'Set prices',
  description:
    'All or none. A price applies from `effective_from` until a later one for the same id; a price with the same `effective_from` replaces the existing one.',
  body: priceListSchema,
  bounds: priceListBody,
  data: setSchema,
  async handle({ services, account, body }) {
    return success({ set: await setPrices(services, entriesOf(body), `set by ${account.username}`) });
  },
});

const remove = accountEndpoint({
  method: 'DELETE',
  path: '/api/price',
  access,
  summary: 'Remove the prices of a model',
  description: 'All of them, past and future. Records keep the prices of their charges.',
  query: { model: 'The id (or the prefix, with its `*`).' },
  async handle({ services, request }) {
    const removed = await services.changes.removePrices(request.query.get('model') ?? '');
    if (removed === 0) throw new HalleyError('no_such_record');
    await services.prices.reload();
    return success();
  },
});

const importAll = accountEndpoint({
  method: 'POST',
  path: '/api/price/import',
  access,
  summary: 'Set prices from a file',
  description: 'All or nothing. Models that the file does not name keep their prices.',
  body: importSchema,
  data: setSchema,
  async handle({ services, account, body }) {
    const { format, text, source = `imported by ${account.username}` } = body;
    const entries =
      format === 'csv'
        ? readPriceCsv(text)
        : entriesOf(validate(priceListSchema, parseStrictJson(Buffer.from(text), priceListBody)));
    return success({ set: await setPrices(services, entries, source) });
  },
});

const exportAll = accountEndpoint({
  method: 'GET',
  path: '/api/price/export',
  access,
  summary: 'Get prices as a file',
  description: 'Those in force. `data` is the text of a CSV file, or the list itself as JSON.',
  query: {
    format: choiceParameter('Default: `json`.', ['csv', 'json']),
    all: '`1`: include replaced and future ones.',
  },
  data: z.union([z.string(), priceListSchema]),
  async handle({ services, request }) {
    const now = nowSeconds(services);
    const rows = await services.store.listPrices();
    const shown = request.query.get('all') === '1' ? rows : pricesInForce(rows, now);
    const isCsv = request.query.get('format') === 'csv';
    return success(isCsv ? writePriceCsv(shown) : exportedList(shown, now));
  },
});

export const priceEndpoints: readonly Endpoint[] = [
  list,
  search,
  set,
  remove,
  importAll,
  exportAll,
  previewEndpoint,
];
