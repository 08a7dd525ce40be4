/** `/console/token/{id}`: one API key. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, positive, searchParameters } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

export const keyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/token/$id',
  validateSearch: searchParameters({
    /** Days that the chart shows; 30 unless said otherwise. */
    days: choice([7, 30, 90]),
    /** What the chart shows; spend unless said otherwise. */
    show: choice(['requests', 'tokens']),
    view: choice(['table']),
    /** The id of the key, while its side sheet is open. */
    edit: positive,
  }),
  component: lazyPage(
    ['keys', 'key-form', 'usage', 'used'],
    async () => (await import('./key-page.tsx')).KeyPage,
  ),
});
