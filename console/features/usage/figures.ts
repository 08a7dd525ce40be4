/** What the gateway tells of usage, as types. */
import { api, dataOf } from '../../api/client.ts';
import type { paths } from '../../api/schema.ts';

type SeriesCall = paths['/api/usage/series']['get'];
export type SeriesParameters = NonNullable<SeriesCall['parameters']['query']>;

/** Whose usage is shown: one's own, or that of all accounts that an administrator sees. */
export type Scope = 'own' | 'all';

/** Usage over time. Both scopes have the same form. */
export function fetchSeries(scope: Scope, query: SeriesParameters, signal: AbortSignal) {
  if (scope === 'all') return dataOf(api.GET('/api/usage/series', { signal, params: { query } }));
  const { by, user_id: _, username: __, ...rest } = query;
  const own = { ...rest, ...(by !== undefined && by !== 'account' && { by }) };
  return dataOf(api.GET('/api/usage/series/self', { signal, params: { query: own } }));
}

/** The address of the same as CSV. */
export function csvAddress(scope: Scope, query: SeriesParameters): string {
  const entries = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  const path = scope === 'all' ? '/api/usage/series/export' : '/api/usage/series/self/export';
  return `${path}?${new URLSearchParams(entries)}`;
}

export type UsageSeries = Awaited<ReturnType<typeof fetchSeries>>;
export type Figures = UsageSeries['total']['totals'];
export type Line = UsageSeries['series'][number];
