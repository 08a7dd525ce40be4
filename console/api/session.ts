/** The signed-in account. */
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { api, dataOf } from './client.ts';
import { queryClient } from './query-client.ts';
import type { components } from './schema.ts';

export type Account = components['schemas']['Account'];

/** Roles of the management API. */
export const roles = { user: 1, administrator: 10, root: 100 } as const;

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/user/self', { signal })),
  staleTime: 60_000,
});

/** Names the account that the page shows: another tab may have signed in with another one, which must not act for it. */
api.use({
  onRequest({ request }) {
    const account = queryClient.getQueryData(accountQuery.queryKey);
    if (account) request.headers.set('x-halley-account', String(account.id));
  },
});

/** The signed-in account. Only below the routes that require a session. */
export function useAccount(): Account {
  return useSuspenseQuery(accountQuery).data;
}

export function useIsAdministrator(): boolean {
  return useAccount().role >= roles.administrator;
}
