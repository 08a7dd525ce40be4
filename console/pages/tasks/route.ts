/** `/console/task`: jobs. Every filter, the page and the open job are in the address. */
import { createRoute, redirect } from '@tanstack/react-router';
import { jobStates } from '../../../src/domain/job.ts';
import { lazyPage } from '../lazy-page.ts';
import { choice, flag, matching, positive, type SearchOf, searchParameters, text } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

const search = searchParameters({
  vendor: text,
  state: choice(jobStates),
  action: text,
  /** The id of a job. */
  q: text,
  /** The id of the request that submitted it. */
  request: text,
  key: positive,
  /** Days in the zone of the viewer: `2027-01-01..2027-01-31`. */
  days: matching(/^\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d$/),
  /** For administrators: of all accounts, and of one of them. */
  all: flag,
  user: positive,
  page: positive,
  /** The job whose side sheet is open. */
  open: text,
});

export type TasksSearch = SearchOf<typeof search>;

export const tasksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/task',
  validateSearch: search,
  component: lazyPage(['tasks'], async () => (await import('./tasks-page.tsx')).TasksPage),
});

/** Where other consoles have the jobs of this vendor. */
export const midjourneyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/midjourney',
  beforeLoad() {
    throw redirect({ to: '/task', search: { vendor: 'midjourney' } });
  },
});
