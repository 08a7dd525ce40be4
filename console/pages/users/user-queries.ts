/** What the accounts page reads from the gateway. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { type Account, roles } from '../../api/session.ts';

const key = ['users'] as const;

/** Everything about accounts, to be read again after a change. */
export const usersKey: readonly string[] = key;

export const pageSize = 20;

export interface UsersSearch {
  readonly page?: number | undefined;
  readonly q?: string | undefined;
  readonly status?: 'enabled' | 'disabled' | undefined;
  readonly role?: 'user' | 'administrator' | undefined;
}

export const usersQuery = ({ page = 1, q, status, role }: UsersSearch) => {
  const filters = {
    ...(q !== undefined && { keyword: q }),
    ...(status !== undefined && { status: status === 'enabled' ? ('1' as const) : ('2' as const) }),
    ...(role !== undefined && { role: role === 'user' ? ('1' as const) : ('10' as const) }),
  };
  return queryOptions({
    queryKey: [...key, 'list', page, filters],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/user/search', {
          signal,
          params: { query: { ...filters, p: page, page_size: pageSize } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
};

export const userQuery = (id: number) =>
  queryOptions({
    queryKey: [...key, 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/user/{id}', { signal, params: { path: { id } } })),
  });

/** How many keys an account has. */
export const keyCountQuery = (id: number) =>
  queryOptions({
    queryKey: [...key, 'keys', id],
    queryFn: async ({ signal }) => {
      const query = { user_id: id, page_size: 1 };
      return (await dataOf(api.GET('/api/admin/token/list', { signal, params: { query } }))).total;
    },
  });

/** What would end with an account: keys, sessions, and requests that run now. */
export const heldAccessQuery = (id: number) =>
  queryOptions({
    queryKey: [...key, 'access', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/user/{id}/access', { signal, params: { path: { id } } })),
    gcTime: 0,
  });

/** The groups that have a price multiplier, to suggest them. */
export const groupsQuery = queryOptions({
  queryKey: ['price-groups', 'in-force'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/price/group', { signal })),
});

/** The rule of the gateway: accounts of lower roles; root also changes itself. */
export function isManagedBy(actor: Account, target: Account): boolean {
  return actor.role > target.role || (actor.id === target.id && actor.role === roles.root);
}
