/** The layout of every page that requires a session. Without one it leads to the sign-in page and back afterwards. */
import { createRoute, redirect } from '@tanstack/react-router';
import { isSignedOut } from '../api/api-error.ts';
import { queryClient } from '../api/query-client.ts';
import { accountQuery } from '../api/session.ts';
import { sessionBegan } from '../api/session-state.ts';
import { Shell } from '../shell/shell.tsx';
import { rootRoute } from './root-route.tsx';

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(accountQuery);
    } catch (error) {
      if (!isSignedOut(error)) throw error;
      // No page is open yet that the dialog of an ended session would protect.
      sessionBegan();
      throw redirect({ to: '/login', search: { from: location.href } });
    }
  },
});
