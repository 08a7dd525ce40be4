/** `/console/model`: the catalogue, and what one's keys may use of it. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { shellRoute } from '../shell-route.tsx';
import { modelsSearch } from './search.ts';

export const modelsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/model',
  validateSearch: modelsSearch,
  component: lazyPage(['models'], async () => (await import('./models-page.tsx')).ModelsPage),
});
