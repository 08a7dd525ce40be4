/** `/api/data`: usage by hour and model, which outlives the request records. */
import { z } from 'zod';
import type { HourlyRow } from '../../store/ledger-store.ts';
import { secondsPerDay } from '../days.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import type { StreamedResponse } from '../response.ts';
import type { Services } from '../services.ts';
import { accountMeant, accountParameters, readSpan, type Span, times } from './span.ts';

const rowSchema = z.object({
  model_name: z.string(),
  created_at: z.int().describe('Start of the hour, in seconds since 1970.'),
  quota: z.int().describe('Units.'),
  count: z.int().describe('Requests that were charged or served free of charge.'),
  errors: z.int().describe('Requests that failed.'),
  token_used: z.int().describe('Total of input and output tokens.'),
});

function dataRow(row: HourlyRow): z.infer<typeof rowSchema> {
  return {
    model_name: row.model,
    created_at: row.hour,
    quota: row.units,
    count: row.requests,
    errors: row.errors,
    token_used: row.inputTokens + row.outputTokens,
  };
}

/** Streams the envelope and its rows, reading one day at a time: a year of many models does not fit in memory. */
async function* rowsAsJson(services: Services, { from, to }: Span, accountId: number | undefined) {
  let before = '{"success":true,"message":"","data":[';
  for (let day = from; day <= to; ) {
    const next = day - (day % secondsPerDay) + secondsPerDay;
    const span = { from: day, to: Math.min(next - 1, to) };
    const rows = await services.reads.listHourly({ ...span, accountId, by: ['hour', 'model'] });
    if (rows.length > 0) {
      yield before + rows.map((row) => JSON.stringify(dataRow(row))).join(',');
      before = ',';
    }
    day = next;
  }
  yield before === ',' ? ']}' : `${before}]}`;
}

function hourlyResponse(services: Services, span: Span, accountId: number | undefined): StreamedResponse {
  const stream = rowsAsJson(services, span, accountId);
  return { status: 200, contentType: 'application/json; charset=utf-8', stream };
}

const own = accountEndpoint({
  method: 'GET',
  path: '/api/data/self',
  access: 'account',
  summary: 'Get your usage by hour and model',
  query: times,
  data: z.array(rowSchema),
  handle: ({ services, account, request }) =>
    hourlyResponse(services, readSpan(services, request.query), account.id),
});

const all = accountEndpoint({
  method: 'GET',
  path: '/api/data',
  access: 'admin',
  summary: 'Get the usage of all accounts by hour and model',
  query: { ...times, ...accountParameters },
  data: z.array(rowSchema),
  async handle({ services, request: { query } }) {
    const span = readSpan(services, query);
    return hourlyResponse(services, span, await accountMeant(services, query));
  },
});

export const dataEndpoints: readonly Endpoint[] = [own, all];
