/** `/console/user`: the accounts. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, flag, positive, searchParameters, text } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

export const usersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/user',
  validateSearch: searchParameters({
    page: positive,
    q: text,
    status: choice(['enabled', 'disabled']),
    role: choice(['user', 'administrator']),
    /** The account whose sheet is open. */
    open: positive,
    /** Whether the sheet of a new one is open. */
    create: flag,
  }),
  component: lazyPage(['users'], async () => (await import('./users-page.tsx')).UsersPage),
});
