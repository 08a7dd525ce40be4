/** `/console/personal`: the settings of one's own account. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { positive, searchParameters } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

export const personalRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/personal',
  validateSearch: searchParameters({
    /** Page of the sessions. */
    sessions: positive,
  }),
  component: lazyPage(['personal', 'login'], async () => (await import('./personal-page.tsx')).PersonalPage),
});
