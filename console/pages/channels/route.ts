/** `/console/channel`: the channels to upstreams. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { boolean, choice, positive, searchParameters, text } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

export const channelsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/channel',
  validateSearch: searchParameters({
    page: positive,
    q: text,
    status: choice(['enabled', 'disabled']),
    /** The channel whose sheet is open. */
    open: positive,
    /** Whether the sheet of a new one is open. */
    create: boolean,
  }),
  component: lazyPage(['channels'], async () => (await import('./channels-page.tsx')).ChannelsPage),
});
