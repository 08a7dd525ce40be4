/** The routes of the console. Each page's folder defines its own; this file puts them together. */

import { createRouter } from '@tanstack/react-router';
import { auditRoute } from './pages/audit/route.ts';
import { channelsRoute } from './pages/channels/route.ts';
import { fleetRoute } from './pages/fleet/route.ts';
import { keyRoute } from './pages/key/route.ts';
import { keysRoute } from './pages/keys/route.ts';
import { loginRoute } from './pages/login/route.ts';
import { logsRoute } from './pages/logs/route.ts';
import { modelsRoute } from './pages/models/route.ts';
import { NotFound } from './pages/not-found.tsx';
import { overviewRoute } from './pages/overview/route.ts';
import { PageError } from './pages/page-error.tsx';
import { personalRoute } from './pages/personal/route.ts';
import { playgroundRoute } from './pages/playground/route.ts';
import { pricesRoute } from './pages/prices/route.ts';
import { receiptRoute, receiptsRoute } from './pages/receipts/route.ts';
import { rootRoute } from './pages/root-route.tsx';
import { settingsRoute } from './pages/settings/route.ts';
import { shellRoute } from './pages/shell-route.tsx';
import { startRoute } from './pages/start/route.ts';
import { midjourneyRoute, tasksRoute } from './pages/tasks/route.ts';
import { usageRoute } from './pages/usage/route.ts';
import { usersRoute } from './pages/users/route.ts';
import { walletRoute } from './pages/wallet/route.ts';

const routeTree = rootRoute.addChildren([
  loginRoute,
  shellRoute.addChildren([
    auditRoute,
    channelsRoute,
    fleetRoute,
    keyRoute,
    keysRoute,
    logsRoute,
    modelsRoute,
    overviewRoute,
    personalRoute,
    playgroundRoute,
    pricesRoute,
    receiptRoute,
    receiptsRoute,
    settingsRoute,
    startRoute,
    tasksRoute,
    midjourneyRoute,
    usageRoute,
    usersRoute,
    walletRoute,
  ]),
]);

export const router = createRouter({
  routeTree,
  basepath: '/console',
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
