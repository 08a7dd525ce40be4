/** One of the account's keys. */
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';

export const keyQuery = (id: number) =>
  queryOptions({
    queryKey: ['keys', 'one', id],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/token/{id}', { signal, params: { path: { id }, query: { masked: '1' } } })),
  });
