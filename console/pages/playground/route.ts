/** `/console/playground`: everything but the texts is in the address. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { shellRoute } from '../shell-route.tsx';
import { playgroundSearch } from './search.ts';

export const playgroundRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/playground',
  validateSearch: playgroundSearch,
  component: lazyPage(
    ['playground', 'used'],
    async () => (await import('./playground-page.tsx')).PlaygroundPage,
  ),
});
