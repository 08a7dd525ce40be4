/** What the channels page reads from the gateway. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';

export type Channel = components['schemas']['Channel'];

const key = ['channels'] as const;

/** Everything about channels, to be read again after a change. */
export const channelsKey: readonly string[] = key;

export const pageSize = 50;

interface ListSearch {
  readonly page?: number | undefined;
  readonly q?: string | undefined;
  readonly status?: 'enabled' | 'disabled' | undefined;
}

export const channelsQuery = ({ page = 1, q, status }: ListSearch) => {
  const filters = {
    ...(q !== undefined && { keyword: q }),
    ...(status !== undefined && { status: status === 'enabled' ? ('1' as const) : ('2' as const) }),
  };
  return queryOptions({
    queryKey: [...key, 'list', page, filters],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/channel', {
          signal,
          params: { query: { ...filters, order: 'priority', p: page, page_size: pageSize } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
};

export const channelQuery = (id: number) =>
  queryOptions({
    queryKey: [...key, 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/channel/{id}', { signal, params: { path: { id } } })),
  });

const healthEveryMs = 10_000;

export const healthQuery = queryOptions({
  queryKey: [...key, 'health'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/channel/health', { signal })),
  refetchInterval: healthEveryMs,
});

export type ChannelHealth = Awaited<ReturnType<NonNullable<typeof healthQuery.queryFn>>>[number];

/** The kinds of upstream do not change while the gateway runs. */
export const kindsQuery = queryOptions({
  queryKey: ['channel-kinds'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/channel/kinds', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});
