/** What the prices page reads from the gateway. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';

const key = ['prices'] as const;

/** Everything about prices, to be read again after a change. */
export const pricesKey: readonly string[] = key;

export const pageSize = 25;

export const pricesQuery = (page: number, q: string | undefined) =>
  queryOptions({
    queryKey: [...key, 'list', page, q],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/price/search', {
          signal,
          params: { query: { p: page, page_size: pageSize, ...(q !== undefined && { keyword: q }) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** All prices of one model: past, present and future. */
export const historyQuery = (model: string) =>
  queryOptions({
    queryKey: [...key, 'history', model],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/price', { signal, params: { query: { model, all: '1' } } })),
  });

export type Price = Awaited<ReturnType<NonNullable<ReturnType<typeof historyQuery>['queryFn']>>>[number];

export const groupsQuery = queryOptions({
  queryKey: [...key, 'groups'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/price/group', { signal })),
});

export type Multiplier = Awaited<ReturnType<NonNullable<typeof groupsQuery.queryFn>>>[number];
