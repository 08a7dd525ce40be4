/** `/console/log`: the requests. Every filter, the place in the list and the open request are in the address. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { shellRoute } from '../shell-route.tsx';
import { logSearch } from './log-search.ts';

export const logsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/log',
  validateSearch: logSearch,
  component: lazyPage(['logs', 'used'], async () => (await import('./logs-page.tsx')).LogsPage),
});
