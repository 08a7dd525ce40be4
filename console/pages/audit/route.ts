/** `/console/audit`: who changed what. Every filter, the place in the list and the open entry are in the address. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, matching, positive, type SearchOf, searchParameters, text } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';
import { actions, objectTypes, ranges } from './filters.ts';

const search = searchParameters({
  q: text,
  action: choice(actions),
  type: choice(objectTypes),
  /** Id of the object; goes with its type. */
  id: positive,
  /** Id of the account that acted, and of the account that the object belongs to. */
  actor: positive,
  owner: positive,
  address: text,
  range: choice(ranges),
  /** Days in the zone of the viewer, in place of `range`: `2027-01-01..2027-01-31`. */
  days: matching(/^\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d$/),
  /** The page begins after this entry. */
  before: positive,
  /** The entry whose side sheet is open. */
  open: positive,
});

export type AuditSearch = SearchOf<typeof search>;

export const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit',
  validateSearch: search,
  component: lazyPage(['audit'], async () => (await import('./audit-page.tsx')).AuditPage),
});
