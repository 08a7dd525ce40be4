/** `/console/fleet`: the nodes, and how long the last changes of rights took. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { shellRoute } from '../shell-route.tsx';

export const fleetRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/fleet',
  component: lazyPage(['fleet'], async () => (await import('./fleet-page.tsx')).FleetPage),
});
