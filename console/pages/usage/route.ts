/** `/console/usage`: usage over time. All that chooses what is shown stands in the address. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import {
  boolean,
  choice,
  matching,
  positive,
  type SearchOf,
  searchParameters,
  text,
} from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

const search = searchParameters({
  /** `24h`, `7d`, or `2027-01-01..2027-01-31`: as the API takes it. */
  period: matching(/^(\d{1,4}[hd]|[\d-]{10}\.\.[\d-]{10})$/),
  bucket: choice(['quarter', 'hour', 'day', 'week', 'month']),
  by: choice(['model', 'key', 'channel', 'group', 'account', 'none']),
  metric: choice(['spend', 'requests', 'tokens', 'success', 'firstByte', 'speed']),
  compare: boolean,
  scope: choice(['all']),
  view: choice(['table']),
  token_id: positive,
  user_id: positive,
  channel: positive,
  model: text,
  group: text,
});
export type UsageSearch = SearchOf<typeof search>;

export const usageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/usage',
  validateSearch: search,
  component: lazyPage(['usage'], async () => (await import('./usage-page.tsx')).UsagePage),
});
