/** The queries of the list of jobs: the own ones, or those of all accounts for administrators. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { nowSeconds, refreshMs, statusOf, tasksKey } from '../../features/jobs/job.ts';
import { timeZone } from '../../format/time-zone.ts';
import { daysOf, startOfDay } from '../../format/zoned-days.ts';
import type { TasksSearch } from './route.ts';

export const pageSize = 20;
/** The server counts no further. */
export const countedMax = 100_000;

function filterOf({ vendor, state, action, q, request, key, days }: TasksSearch) {
  const { first, last } = (days !== undefined && daysOf(days)) || {};
  return {
    ...(vendor !== undefined && { platform: vendor }),
    ...(state !== undefined && { status: statusOf[state] }),
    ...(action !== undefined && { action }),
    ...(q !== undefined && { task_id: q }),
    ...(request !== undefined && { request_id: request }),
    ...(key !== undefined && { token_id: key }),
    ...(first !== undefined && { start_timestamp: startOfDay(first, timeZone()) }),
    ...(last !== undefined && { end_timestamp: startOfDay(last, timeZone(), 1) - 1 }),
  };
}

/** A page of the list. It is read again while a job of it has not ended. */
export function tasksQuery({ open: _open, ...search }: TasksSearch) {
  const { all = false, user, page = 1 } = search;
  return queryOptions({
    queryKey: [...tasksKey, 'list', search],
    queryFn: ({ signal }) => {
      const query = { ...filterOf(search), p: page, page_size: pageSize };
      if (!all) return dataOf(api.GET('/api/task/self', { signal, params: { query } }));
      const ofAll = { ...query, ...(user !== undefined && { user_id: user }) };
      return dataOf(api.GET('/api/task', { signal, params: { query: ofAll } }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => (data ? refreshMs(data.items, nowSeconds()) : false),
  });
}

/** How many jobs of all accounts wait for an operator. */
export const heldCountQuery = queryOptions({
  queryKey: [...tasksKey, 'held'],
  queryFn: async ({ signal }) => {
    const query = { status: statusOf.held, page_size: 1 };
    return (await dataOf(api.GET('/api/task', { signal, params: { query } }))).total;
  },
});
