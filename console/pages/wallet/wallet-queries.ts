/** What the wallet asks the gateway for. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { paths } from '../../api/schema.ts';

type Success<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Extract<Body, { success: true }>
  : never;

export type Wallet = Success<'/api/user/self/wallet'>['data'];
export type Entry = Success<'/api/user/self/journal'>['data']['items'][number];

export const pageSize = 20;

export const walletQuery = queryOptions({
  queryKey: ['wallet'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/user/self/wallet', { signal })),
});

/** @param kind undefined = entries of every kind */
export const journalQuery = (page: number, kind: Entry['kind'] | undefined) =>
  queryOptions({
    queryKey: ['wallet', 'journal', page, kind],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/user/self/journal', {
          signal,
          params: { query: { p: page, page_size: pageSize, ...(kind && { kind }) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
