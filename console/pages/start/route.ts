/** `/console/start`: the first steps. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { shellRoute } from '../shell-route.tsx';

export const startRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/start',
  component: lazyPage(['start', 'playground'], async () => (await import('./start-page.tsx')).StartPage),
});
