/** `/console/token`: the API keys. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, flag, positive, type SearchOf, searchParameters, text } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

const search = searchParameters({
  page: positive,
  q: text,
  status: choice(['enabled', 'disabled', 'expired', 'exhausted']),
  group: text,
  model: text,
  risk: choice(['no_limit', 'never_expires', 'idle', 'removable']),
  sort: choice(['created', 'name', 'last_used', 'used', 'remaining', 'expires']),
  order: choice(['asc', 'desc']),
  /** Administrators: keys of all accounts that they manage. */
  scope: choice(['managed']),
  /** With that scope: only keys of this account. */
  user: positive,
  /** Whether the dialog that creates a key is open. */
  create: flag,
  /** The key whose side sheet is open. */
  edit: positive,
});

export type KeysSearch = SearchOf<typeof search>;

export const keysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/token',
  validateSearch: search,
  component: lazyPage(['keys'], async () => (await import('./keys-page.tsx')).KeysPage),
});
