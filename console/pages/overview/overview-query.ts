/** Asks for the overview of an account, and for administrators for that of all accounts, channels and nodes. */
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { format } from '../../format/format.ts';

const refreshMs = 60_000;
/** The sums of all accounts cost the gateway more. */
const refreshAllMs = 300_000;
const params = { query: { time_zone: format.timeZone } };

const fetchOwn = (signal: AbortSignal) => dataOf(api.GET('/api/usage/overview/self', { signal, params }));
const fetchAll = (signal: AbortSignal) => dataOf(api.GET('/api/usage/overview', { signal, params }));

export type OwnOverview = Awaited<ReturnType<typeof fetchOwn>>;
export type AllOverview = Awaited<ReturnType<typeof fetchAll>>;
/** What both have. */
export type Overview = Pick<AllOverview, 'periods' | 'days' | 'top_models' | 'top_keys' | 'now'>;

export const ownOverviewQuery = queryOptions({
  queryKey: ['overview', 'own'],
  queryFn: ({ signal }) => fetchOwn(signal),
  refetchInterval: refreshMs,
});

export const allOverviewQuery = queryOptions({
  queryKey: ['overview', 'all'],
  queryFn: ({ signal }) => fetchAll(signal),
  refetchInterval: refreshAllMs,
});
