/** What the page of requests asks the gateway for. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { paths } from '../../api/schema.ts';
import { type LogFilter, queryOf, spanOf, timedQueryOf } from './log-filter.ts';

type Success<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Extract<Body, { success: true }>
  : never;

export type FoundRecords = Success<'/api/log/self/records'>['data'];
export type LogRecord = FoundRecords['items'][number];
export type LogDetail = Success<'/api/log/detail'>['data'];
export type Histogram = Success<'/api/log/self/histogram'>['data'];

export const pageSize = 50;
const liveEveryMs = 3000;
/** How many of the newest rows are asked for again: they may have been written in another order than their times. */
const overlap = 20;
export const liveRowsMax = 100;

const nowSeconds = () => Math.floor(Date.now() / 1000);

function records(
  filter: LogFilter,
  more: { before?: string; after?: string; page_size: number },
  signal: AbortSignal,
) {
  const query = { ...timedQueryOf(filter, nowSeconds()), ...more };
  return filter.all
    ? dataOf(api.GET('/api/log/records', { signal, params: { query } }))
    : dataOf(api.GET('/api/log/self/records', { signal, params: { query } }));
}

/** A page of the list. @param before the place that it begins after; undefined = the newest */
export const recordsQuery = (filter: LogFilter, before: string | undefined) =>
  queryOptions({
    queryKey: ['log', 'records', filter, before],
    queryFn: ({ signal }) => records(filter, { ...(before && { before }), page_size: pageSize }, signal),
    placeholderData: keepPreviousData,
  });

/** The place that rows are asked for from, so that what was written late is found as well. */
export function liveFrom({ items, newest }: FoundRecords): string {
  const old = items[Math.min(overlap, items.length) - 1];
  return old ? `${old.created_at}.${old.id}` : newest;
}

/** What was written since the list was read, by the same filter. @param after '' = nothing had been written */
export const liveQuery = (filter: LogFilter, after: string, isOn: boolean) =>
  queryOptions({
    queryKey: ['log', 'live', filter, after],
    queryFn: ({ signal }) => records(filter, { ...(after && { after }), page_size: liveRowsMax }, signal),
    enabled: isOn,
    refetchInterval: isOn ? liveEveryMs : false,
    placeholderData: keepPreviousData,
  });

/** The rows of a list with those that were written since. A row is known by its id. */
export function withNew(listed: readonly LogRecord[], added: readonly LogRecord[]): readonly LogRecord[] {
  const byId = new Map([...added, ...listed].map((record) => [record.id, record]));
  return [...byId.values()].sort((a, b) => b.created_at - a.created_at || b.id - a.id);
}

export const histogramQuery = (filter: LogFilter) =>
  queryOptions({
    queryKey: ['log', 'histogram', filter],
    queryFn: ({ signal }) => {
      const { from, to } = spanOf(filter, nowSeconds());
      const query = { ...queryOf(filter), start_timestamp: from, end_timestamp: to };
      return filter.all
        ? dataOf(api.GET('/api/log/histogram', { signal, params: { query } }))
        : dataOf(api.GET('/api/log/self/histogram', { signal, params: { query } }));
    },
    placeholderData: keepPreviousData,
  });

export const detailQuery = (requestId: string) =>
  queryOptions({
    queryKey: ['log', 'detail', requestId],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/log/detail', { signal, params: { query: { request_id: requestId } } })),
    // A record is never changed.
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Prompt and response. Reading them leaves an entry in the audit log: ask only when the user does. */
export const contentQuery = (requestId: string) =>
  queryOptions({
    queryKey: ['log', 'content', requestId],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/log/content', { signal, params: { query: { request_id: requestId } } })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** The models used within the time of a filter, the most expensive first. */
export const usedModelsQuery = (filter: Pick<LogFilter, 'range' | 'from' | 'to' | 'all'>) =>
  queryOptions({
    queryKey: ['log', 'models', filter],
    queryFn: async ({ signal }) => {
      const { from, to } = spanOf(filter, nowSeconds());
      const query = { by: 'model', start_timestamp: from, end_timestamp: to };
      const rows = filter.all
        ? await dataOf(api.GET('/api/data/totals', { signal, params: { query } }))
        : await dataOf(api.GET('/api/data/self/totals', { signal, params: { query } }));
      return rows.flatMap(({ model_name: model }) => (model ? [model] : []));
    },
  });
