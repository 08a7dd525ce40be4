/** The sessions of one's own account. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';

export const sessionsPageSize = 10;
export const sessionsKey = ['sessions'] as const;

export const sessionsQuery = (page: number) =>
  queryOptions({
    queryKey: [...sessionsKey, page],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/user/session', { signal, params: { query: { p: page, page_size: sessionsPageSize } } }),
      ),
    placeholderData: keepPreviousData,
  });

export type Session = NonNullable<
  Awaited<ReturnType<NonNullable<ReturnType<typeof sessionsQuery>['queryFn']>>>
>['items'][number];
