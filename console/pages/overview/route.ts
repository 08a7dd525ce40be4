/** `/console`: the overview. The period, whose usage is shown, and how, stand in the address. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, searchParameters } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

export const overviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  validateSearch: searchParameters({
    days: choice([1, 30]),
    scope: choice(['all']),
    view: choice(['table']),
  }),
  component: lazyPage(['overview', 'usage'], async () => (await import('./overview-page.tsx')).OverviewPage),
});
