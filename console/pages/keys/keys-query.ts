/** What the keys page asks the gateway for. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { keyStatuses, keysKey } from '../../features/keys/key.ts';
import type { KeysSearch } from './route.ts';

export const pageSize = 20;

function filterOf({ page = 1, q, status, group, model, risk, sort, order }: KeysSearch) {
  return {
    p: page,
    page_size: pageSize,
    ...(q !== undefined && { keyword: q }),
    ...(status !== undefined && { status: String(keyStatuses[status]) }),
    ...(group !== undefined && { group }),
    ...(model !== undefined && { model }),
    ...(risk !== undefined && { risk }),
    ...(sort !== undefined && { sort }),
    ...(order !== undefined && { order }),
  };
}

const ofUser = ({ user }: KeysSearch) => (user === undefined ? {} : { user_id: user });

/** One page of keys. */
export function keysQuery(search: KeysSearch) {
  const query = filterOf(search);
  const isManaged = search.scope === 'managed';
  const managed = { ...query, ...ofUser(search) };
  return queryOptions({
    queryKey: [...keysKey, 'list', isManaged, managed],
    queryFn: ({ signal }) =>
      isManaged
        ? dataOf(api.GET('/api/admin/token/list', { signal, params: { query: managed } }))
        : dataOf(api.GET('/api/token/list', { signal, params: { query } })),
    placeholderData: keepPreviousData,
  });
}

/** How many keys there are, by status and risk. */
export function countsQuery(search: KeysSearch) {
  const isManaged = search.scope === 'managed';
  const query = ofUser(search);
  return queryOptions({
    queryKey: [...keysKey, 'counts', isManaged, query],
    queryFn: ({ signal }) =>
      isManaged
        ? dataOf(api.GET('/api/admin/token/stats', { signal, params: { query } }))
        : dataOf(api.GET('/api/token/stats', { signal })),
    placeholderData: keepPreviousData,
  });
}

/** What narrows the list; the page, the order and open dialogs do not. */
export const filterNames = ['q', 'status', 'group', 'model', 'risk', 'user'] as const;

export function isFiltered(search: KeysSearch): boolean {
  return filterNames.some((name) => search[name] !== undefined);
}

const valuePattern = /^(?:sk-)?[0-9A-Za-z]{48}$/;

/** Whether a text is the whole value of a key, which must not get into an address. */
export const isWholeValue = (text: string): boolean => valuePattern.test(text);

/** @throws ApiError('no_such_record') */
export function findByValue(value: string) {
  return dataOf(api.POST('/api/token/find', { body: { key: value } }));
}
