/** `/api/log/histogram`: how many records match a filter, by stretches of time. */
import { z } from 'zod';
import { hourOf, hourSeconds } from '../../domain/accounting/hourly.ts';
import { quarterOf, quarterSeconds } from '../../domain/accounting/quarters.ts';
import { limits } from '../../platform/limits.ts';
import type { RecordFilter, RecordSlot } from '../../store/ledger-store.ts';
import { readSpan, type Span, times } from '../data/span.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import type { LongReads } from '../long-reads.ts';
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

/** Whether nothing but these members is set. */
function hasOnly(filter: RecordFilter, members: readonly (keyof RecordFilter)[]): boolean {
  const set = Object.entries(filter).filter(([, value]) => value !== undefined);
  return set.every(([member]) => members.some((known) => known === member));
}

const hourMembers = ['accountId', 'keyId', 'keyIds', 'model', 'models', 'from', 'to'] as const;
const quarterMembers = ['accountId', 'keyId', 'model', 'channelId', 'group', 'from', 'to'] as const;

interface Counted {
  readonly slots: readonly RecordSlot[];
  /** Of totals, the start of the first hour or quarter hour. */
  readonly countedFrom: number;
}

/** @returns undefined when totals do not know */
async function fromTotals(
  { store, reads }: Services,
  filter: RecordFilter,
  span: Span,
  width: number,
): Promise<Counted | undefined> {
  const { accountId, keyId, model } = filter;
  const hoursKnow = width >= hourSeconds && hasOnly(filter, hourMembers);
  // Quarter hours have an index for models, hours have none.
  const isModelAlone = accountId === undefined && keyId === undefined && model !== undefined;
  const quartersKnow =
    width >= quarterSeconds &&
    hasOnly(filter, quarterMembers) &&
    model?.includes('%') !== true &&
    (await store.usageCompleteFrom()) <= span.from;
  if (quartersKnow && (isModelAlone || !hoursKnow)) return quarterSlots(reads, filter, span, width);
  return hoursKnow ? hourSlots(reads, filter, span, width) : undefined;
}

async function hourSlots(
  reads: LongReads,
  filter: RecordFilter,
  span: Span,
  width: number,
): Promise<Counted> {
  const { accountId, keyId, keyIds, model, models } = filter;
  const query = { accountId, keyId, keyIds, model, models, ...span, by: ['hour'], width } as const;
  const rows = await reads.listHourly(query);
  const slots = rows.map(({ hour: at, requests, errors, units }) => ({ at, requests, errors, units }));
  return { slots, countedFrom: hourOf(span.from) };
}

async function quarterSlots(
  reads: LongReads,
  filter: RecordFilter,
  { from, to }: Span,
  width: number,
): Promise<Counted> {
  const { accountId, keyId, model, channelId, group } = filter;
  const bounds = [quarterOf(from)];
  for (let at = from - (from % width) + width; at <= to; at += width) bounds.push(at);
  bounds.push(quarterOf(to) + quarterSeconds);
  const rows = await reads.sumUsage({ accountId, keyId, model, channelId, group, bounds });
  const slots = rows.map(({ stretch, sums: { requests, errors, units } }) => {
    const start = bounds[stretch] ?? from;
    return { at: start - (start % width), requests, errors, units };
  });
  return { slots, countedFrom: quarterOf(from) };
}

async function fromRecords(
  { reads }: Services,
  filter: RecordFilter,
  span: Span,
  width: number,
): Promise<Counted> {
  const { slots, stoppedAt } = await reads.countRecords(filter, width, limits.records_charted_max);
  return { slots, countedFrom: stoppedAt?.at ?? span.from };
}

async function histogram(
  services: Services,
  query: URLSearchParams,
  given: RecordFilter,
): Promise<ManagementResponse> {
  const span = readSpan(services, query);
  const width = widthOf(span);
  const filter = withSearch({ ...given, ...span }, query);
  const totals = await fromTotals(services, filter, span, width);
  const { slots, countedFrom } = totals ?? (await fromRecords(services, filter, span, width));
  return success({
    width,
    from: span.from - (span.from % width),
    to: span.to,
    counted_from: countedFrom,
    total: slots.reduce((sum, { requests, errors }) => sum + requests + errors, 0),
    slots: [...slots]
      .sort((a, b) => a.at - b.at)
      .map(({ at, requests, errors, units }) => ({ at, requests, errors, quota: units })),
  });
}

const description =
  'Takes whole hours or quarter hours from totals where these can answer; they outlive the records. `total` is also an estimate of the number of lines in an export.';

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
