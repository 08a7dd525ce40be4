/** `/api/log/histogram`: how many records match a filter, by stretches of time. */
import { z } from 'zod';
import { hourOf, hourSeconds } from '../../domain/accounting/hourly.ts';
import { limits } from '../../platform/limits.ts';
import type { RecordCounts, RecordFilter, RecordSlot } from '../../store/ledger-store.ts';
import { readSpan, type Span, times } from '../data/span.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { type ManagementResponse, success } from '../response.ts';
import type { Services } from '../services.ts';
import {
  adminSearchParameters,
  readAdminFilter,
  readFilter,
  searchParameters,
  withSearch,
} from './filter.ts';

const histogramSchema = z.object({
  width: z.int().describe('Length of an interval, in seconds.'),
  from: z.int().describe('Start of the first interval, in seconds since 1970.'),
  to: z.int().describe('The last second.'),
  counted_from: z
    .int()
    .describe(
      `Records since this second are counted. Later than \`from\` when the call stopped, after ${limits.records_charted_max} records.`,
    ),
  total: z.int().describe('Requests and errors of all intervals.'),
  slots: z
    .array(
      z.object({
        at: z.int().describe('Start of the interval, in seconds since 1970.'),
        requests: z.int().describe('Requests that were charged or served free of charge.'),
        errors: z.int().describe('Requests that failed.'),
        quota: z.int().describe('Units.'),
      }),
    )
    .describe('Oldest first; empty intervals are omitted.'),
});

/** Seconds; each divides the next or a day. */
const widths = [60, 300, 900, hourSeconds, 3 * hourSeconds, 6 * hourSeconds, 24 * hourSeconds] as const;
const slotsMax = 120;

function widthOf({ from, to }: Span): number {
  return widths.find((width) => (to - from) / width <= slotsMax) ?? 4 * 24 * hourSeconds;
}

/** Whether the hourly totals know it: only account, key and model are kept apart there. */
function isKnownHourly(filter: RecordFilter): boolean {
  const { accountId, keyId, keyIds, model, models, from, to, ...others } = filter;
  return Object.values(others).every((value) => value === undefined);
}

/** @returns undefined when the hourly totals do not know */
async function hourlySlots(
  { reads }: Services,
  filter: RecordFilter,
  { from, to }: Span,
  width: number,
): Promise<readonly RecordSlot[] | undefined> {
  if (width < hourSeconds || !isKnownHourly(filter)) return undefined;
  const { accountId, keyId, keyIds, model, models } = filter;
  const query = { accountId, keyId, keyIds, model, models, from, to, by: ['hour'], width } as const;
  const rows = await reads.listHourly(query);
  return rows.map(({ hour, requests, errors, units }) => ({ at: hour, requests, errors, units }));
}

async function histogram(
  services: Services,
  query: URLSearchParams,
  given: RecordFilter,
): Promise<ManagementResponse> {
  const span = readSpan(services, query);
  const width = widthOf(span);
  const filter = withSearch({ ...given, ...span }, query);
  const hourly = await hourlySlots(services, filter, span, width);
  const counted: RecordCounts = hourly
    ? { slots: hourly, stoppedAt: undefined }
    : await services.reads.countRecords(filter, width, limits.records_charted_max);
  const { slots, stoppedAt } = counted;
  return success({
    width,
    from: span.from - (span.from % width),
    to: span.to,
    counted_from: stoppedAt ? stoppedAt.at : hourly ? hourOf(span.from) : span.from,
    total: slots.reduce((sum, { requests, errors }) => sum + requests + errors, 0),
    slots: [...slots]
      .sort((a, b) => a.at - b.at)
      .map(({ at, requests, errors, units }) => ({ at, requests, errors, quota: units })),
  });
}

const description =
  'Takes whole hours from hourly totals where these can answer; they outlive the records. `total` is also an estimate of the number of lines in an export.';

const own = accountEndpoint({
  method: 'GET',
  path: '/api/log/self/histogram',
  access: 'account',
  summary: 'Count your records over time',
  description,
  query: { ...searchParameters, ...times },
  data: histogramSchema,
  handle: ({ services, account, request: { query } }) =>
    histogram(services, query, { ...readFilter(query), accountId: account.id }),
});

const all = accountEndpoint({
  method: 'GET',
  path: '/api/log/histogram',
  access: 'admin',
  summary: 'Count the records of all accounts over time',
  description,
  query: { ...adminSearchParameters, ...times },
  data: histogramSchema,
  handle: ({ services, request: { query } }) => histogram(services, query, readAdminFilter(query)),
});

export const histogramEndpoints: readonly Endpoint[] = [own, all];
