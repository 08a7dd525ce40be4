/** The record of a request: what it used and cost. */
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';

/** A record is written in batches, some time after its response has ended. */
const lookEveryMs = 400;
const looksMax = 12;

/** @param requestId '' = there is no request; a refused one has no record, so that `null` is found in the end */
export const recordQuery = (requestId: string) =>
  queryOptions({
    queryKey: ['records', requestId],
    queryFn: async ({ signal }) => {
      const query = { request_id: requestId, page_size: 1 };
      const { items } = await dataOf(api.GET('/api/log/self', { signal, params: { query } }));
      return items[0] ?? null;
    },
    enabled: requestId !== '',
    refetchInterval: ({ state }) =>
      state.data === null && state.dataUpdateCount < looksMax ? lookEveryMs : false,
    staleTime: (query) => (query.state.data ? Number.POSITIVE_INFINITY : 0),
  });
