/** What the responses and transcriptions of a session cost, from their records. */
import { queryOptions, useQueries } from '@tanstack/react-query';
import { api, dataOf } from '../../../api/client.ts';

/** A record is there before the end of its response, unless the gateway is set not to wait for it. */
const lookEveryMs = 400;
const looksMax = 12;

/** @param startedAt of the session: some upstreams use an id again in the next one */
const chargeQuery = (keyId: number, startedAt: number, id: string) =>
  queryOptions({
    queryKey: ['records', 'talk', keyId, startedAt, id],
    queryFn: async ({ signal }) => {
      const query = { token_id: keyId, response_id: id, page_size: 1 };
      const { items } = await dataOf(api.GET('/api/log/self', { signal, params: { query } }));
      return items[0]?.quota ?? null;
    },
    refetchInterval: ({ state }) =>
      state.data === null && state.dataUpdateCount < looksMax ? lookEveryMs : false,
    staleTime: Number.POSITIVE_INFINITY,
  });

export interface TalkCosts {
  /** Ledger units by the upstream's id of what was charged. */
  readonly byId: ReadonlyMap<string, number>;
  /** Ledger units of all together. */
  readonly sum: number;
}

export function useTalkCosts(
  keyId: number | undefined,
  startedAt: number,
  ids: readonly string[],
): TalkCosts {
  const distinct = keyId === undefined ? [] : [...new Set(ids)].filter((id) => id !== '');
  const found = useQueries({ queries: distinct.map((id) => chargeQuery(keyId ?? 0, startedAt, id)) });
  const byId = new Map<string, number>();
  for (const [index, id] of distinct.entries()) {
    const units = found[index]?.data;
    if (typeof units === 'number') byId.set(id, units);
  }
  return { byId, sum: byId.values().reduce((sum, units) => sum + units, 0) };
}
