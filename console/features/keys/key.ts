/** API keys as the pages see them, and the calls that read and change them. */
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components, paths } from '../../api/schema.ts';

/** A key without its value, of the own account or of one that the administrator manages. */
export type Key = components['schemas']['ManagedKey'];
/** One's own key with its value masked. */
export type OwnKey = components['schemas']['Key'];
export type KeyBody = NonNullable<paths['/api/token']['put']['requestBody']>['content']['application/json'];

export const keyStatuses = { enabled: 1, disabled: 2, expired: 3, exhausted: 4 } as const;
export type KeyStatusName = keyof typeof keyStatuses;

/** Everything about keys, for invalidation after a change. */
export const keysKey = ['keys'] as const;

/** One key of the own account. */
export const keyQuery = (id: number) =>
  queryOptions({
    queryKey: [...keysKey, 'one', id],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/token/{id}', { signal, params: { path: { id }, query: { masked: '1' } } })),
  });

/** The groups that the account may put keys in, with their price multipliers. */
export const groupsQuery = queryOptions({
  queryKey: ['groups'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/user/self/groups', { signal })),
  staleTime: 300_000,
});

/** Ids of the models that the account can use. */
export const modelsQuery = queryOptions({
  queryKey: ['models', 'own'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/user/models', { signal })),
  staleTime: 300_000,
});

const runningRefreshMs = 3000;

/** How many requests run with one's own key on all nodes now. */
export const runningQuery = (id: number) =>
  queryOptions({
    queryKey: [...keysKey, 'running', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/token/{id}/running', { signal, params: { path: { id } } })),
    refetchInterval: runningRefreshMs,
  });

/** @returns the value of one's own key; the audit log notes the reader */
export async function revealKey(id: number): Promise<string> {
  const { key } = await dataOf(api.POST('/api/token/{id}/key', { params: { path: { id } } }));
  return key;
}

/** Enables or disables keys of the own account. */
export function setStatus(ids: readonly number[], status: 1 | 2) {
  return dataOf(api.POST('/api/token/batch/status', { body: { ids: [...ids], status } }));
}

export function createKey(body: Omit<KeyBody, 'id' | 'status'>) {
  return dataOf(api.POST('/api/token', { body }));
}

export function updateKey(body: KeyBody) {
  return dataOf(api.PUT('/api/token', { params: { query: { masked: '1' } }, body }));
}
