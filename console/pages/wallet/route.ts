/** `/console/topup`: the wallet. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, positive, searchParameters } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

export const walletRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/topup',
  validateSearch: searchParameters({
    page: positive,
    kind: choice(['topup', 'set', 'opening']),
  }),
  component: lazyPage(['wallet'], async () => (await import('./wallet-page.tsx')).WalletPage),
});
