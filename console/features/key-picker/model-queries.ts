/** The models of a key. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';

const shown = 50;

/** The models of a key of one type, by id. */
export const keyModelsQuery = (keyId: number, keyword: string, modelType = 'chat') =>
  queryOptions({
    queryKey: ['keys', 'models', modelType, keyId, keyword],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/token/{id}/models', {
          signal,
          params: { path: { id: keyId }, query: { keyword, model_type: modelType, page_size: shown } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
