/** `/api/usage/series`: usage over time, one's own and that of all accounts that an administrator sees. */
import { limits } from '../../platform/limits.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { usageCsv } from './csv.ts';
import { adminSeriesParameters, managedFilter, readSeriesQuery, seriesParameters } from './parameters.ts';
import { usageSeries, usageSeriesSchema } from './series.ts';

const description = `At most ${limits.usage_buckets_max} buckets and ${limits.usage_points_max} points in one response; a larger result is refused, never truncated.`;
const ofAll = 'Administrators see their own account and those of lower roles.';

const own = accountEndpoint({
  method: 'GET',
  path: '/api/usage/series/self',
  access: 'account',
  summary: 'Get your usage over time',
  description,
  query: seriesParameters,
  data: usageSeriesSchema,
  async handle({ services, account, request }) {
    const query = readSeriesQuery(services, request.query, { accountId: account.id });
    return success(await usageSeries(services, query, false));
  },
});

const ownExport = accountEndpoint({
  method: 'GET',
  path: '/api/usage/series/self/export',
  access: 'account',
  summary: 'Export your usage over time as CSV',
  description,
  query: seriesParameters,
  contentType: 'text/csv',
  async handle({ services, account, request }) {
    const query = readSeriesQuery(services, request.query, { accountId: account.id });
    return usageCsv(await usageSeries(services, query, false));
  },
});

const all = accountEndpoint({
  method: 'GET',
  path: '/api/usage/series',
  access: 'admin',
  summary: 'Get the usage of accounts over time',
  description: `${description} ${ofAll}`,
  query: adminSeriesParameters,
  data: usageSeriesSchema,
  async handle({ services, account, request }) {
    const filter = await managedFilter(services, account, request.query);
    return success(await usageSeries(services, readSeriesQuery(services, request.query, filter), true));
  },
});

const allExport = accountEndpoint({
  method: 'GET',
  path: '/api/usage/series/export',
  access: 'admin',
  summary: 'Export the usage of accounts over time as CSV',
  description: `${description} ${ofAll}`,
  query: adminSeriesParameters,
  contentType: 'text/csv',
  async handle({ services, account, request }) {
    const filter = await managedFilter(services, account, request.query);
    return usageCsv(await usageSeries(services, readSeriesQuery(services, request.query, filter), true));
  },
});

export const seriesEndpoints: readonly Endpoint[] = [own, ownExport, all, allExport];
