/** The models that the account, or one of its keys, may use. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import type { ModelsSearch } from './search.ts';

export type Model = components['schemas']['UsableModel'];

export const pageSize = 25;

/** Pages of models. Those of one key say nothing of other keys. */
export function modelsQuery(search: ModelsSearch) {
  const { page = 1, q = '', provider = '', type = '', sort = 'id', order = 'asc', key } = search;
  return queryOptions({
    queryKey: ['models', page, q, provider, type, sort, order, key],
    queryFn: async ({ signal }) => {
      const filter = { keyword: q, provider, model_type: type, sort, order };
      const query = { ...filter, p: page, page_size: pageSize };
      if (key === undefined) return dataOf(api.GET('/api/model_access', { signal, params: { query } }));
      const params = { path: { id: key }, query };
      const found = await dataOf(api.GET('/api/token/{id}/models', { signal, params }));
      return { ...found, keys_looked_at: 0, keys_total: 0 };
    },
    placeholderData: keepPreviousData,
  });
}

/** One model; null = the account may not use it. */
export const modelQuery = (id: string) =>
  queryOptions({
    queryKey: ['models', 'one', id],
    queryFn: async ({ signal }) => {
      const query = { keyword: id, page_size: 100 };
      const { items, keys_looked_at, keys_total } = await dataOf(
        api.GET('/api/model_access', { signal, params: { query } }),
      );
      const model = items.find((each) => each.id === id);
      return model ? { model, keys_looked_at, keys_total } : null;
    },
  });
