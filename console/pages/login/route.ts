/** `/console/login`. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { rootRoute } from '../root-route.tsx';
import { searchParameters, text } from '../search-fields.ts';

export const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: searchParameters({
    /** Where to go after signing in: a path of the console. */
    from: text,
  }),
  component: lazyPage(['login'], async () => (await import('./login-page.tsx')).LoginPage),
});
