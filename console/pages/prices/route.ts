/** `/console/price`: the prices of models and the multipliers of groups. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, positive, searchParameters, text } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

export const pricesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/price',
  validateSearch: searchParameters({
    tab: choice(['groups']),
    page: positive,
    q: text,
    /** The model, or beginning of models, whose price is open. */
    open: text,
    /** What is open to add something. */
    add: choice(['price', 'file', 'group']),
  }),
  component: lazyPage(['prices'], async () => (await import('./prices-page.tsx')).PricesPage),
});
