/** The queries of the audit log: all that an administrator may see, or what concerns an account itself. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { spanOf } from './filters.ts';
import type { AuditSearch } from './route.ts';

export const pageSize = 50;

/** What of the filters the server takes from an account, and besides from an administrator. */
function ownFilter({ q, action, type, id, ...time }: AuditSearch) {
  const { from, to } = spanOf(time);
  return {
    ...(q !== undefined && { q }),
    ...(action !== undefined && { action }),
    ...(type !== undefined && { object_type: type }),
    ...(id !== undefined && { object_id: id }),
    ...(from !== undefined && { start_time: from }),
    ...(to !== undefined && { end_time: to }),
  };
}

function adminFilter(search: AuditSearch) {
  const { actor, owner, address } = search;
  return {
    ...ownFilter(search),
    ...(actor !== undefined && { actor_id: actor }),
    ...(owner !== undefined && { owner_id: owner }),
    ...(address !== undefined && { address }),
  };
}

/** The search parameters that decide what the list shows. */
function filterOf({ open: _open, ...filter }: AuditSearch) {
  return filter;
}

export const entriesQuery = (search: AuditSearch, isAdministrator: boolean) =>
  queryOptions({
    queryKey: ['audit', 'list', isAdministrator, filterOf(search)],
    queryFn: ({ signal }) => {
      const { before } = search;
      const place = { page_size: pageSize, ...(before !== undefined && { before_id: before }) };
      return isAdministrator
        ? dataOf(api.GET('/api/audit', { signal, params: { query: { ...adminFilter(search), ...place } } }))
        : dataOf(
            api.GET('/api/audit/self', { signal, params: { query: { ...ownFilter(search), ...place } } }),
          );
    },
    placeholderData: keepPreviousData,
  });

/** One entry, which may not be on the page that is shown. */
export const entryQuery = (id: number, isAdministrator: boolean) =>
  queryOptions({
    queryKey: ['audit', 'one', isAdministrator, id],
    queryFn: async ({ signal }) => {
      const params = { query: { id } };
      const { items } = isAdministrator
        ? await dataOf(api.GET('/api/audit', { signal, params }))
        : await dataOf(api.GET('/api/audit/self', { signal, params }));
      return items[0] ?? null;
    },
  });

/** The address of the same list as a CSV file. */
export function exportAddress(search: AuditSearch): string {
  const filter = Object.entries(adminFilter(search));
  const query = new URLSearchParams(filter.map(([name, value]) => [name, String(value)]));
  return `/api/audit/export?${query}`;
}
