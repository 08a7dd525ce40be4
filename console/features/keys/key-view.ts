/** A key as its own page shows it: one's own, or one that the administrator manages. */
import { queryOptions } from '@tanstack/react-query';
import { ApiError } from '../../api/api-error.ts';
import { api, dataOf } from '../../api/client.ts';
import { type Key, keyQuery, keysKey } from './key.ts';

export interface KeyView {
  readonly key: Key;
  readonly isOwn: boolean;
}

/** @param account the signed-in account */
export function keyViewQuery(
  id: number,
  account: { readonly username: string; readonly isAdministrator: boolean },
) {
  return queryOptions({
    queryKey: [...keysKey, 'view', id],
    queryFn: async ({ client, signal }): Promise<KeyView> => {
      try {
        const { key: hint, ...key } = await client.fetchQuery({ ...keyQuery(id), staleTime: 0 });
        return { key: { ...key, hint, username: account.username }, isOwn: true };
      } catch (error) {
        if (!account.isAdministrator || !isUnknown(error)) throw error;
        const key = await dataOf(api.GET('/api/admin/token/{id}', { signal, params: { path: { id } } }));
        return { key, isOwn: false };
      }
    },
  });
}

export const isUnknown = (error: unknown): boolean =>
  error instanceof ApiError && error.facts.code === 'no_such_record';
