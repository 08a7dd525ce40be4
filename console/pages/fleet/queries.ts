/** The nodes, and the last changes of rights through the node that responds. Both are asked for again while shown. */
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { paths } from '../../api/schema.ts';

const nodesEveryMs = 2000;
const revocationsEveryMs = 5000;

export const fleetQuery = queryOptions({
  queryKey: ['fleet'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/fleet', { signal })),
  refetchInterval: nodesEveryMs,
});

export const revocationsQuery = queryOptions({
  queryKey: ['fleet', 'revocations'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/fleet/revocations', { signal })),
  refetchInterval: revocationsEveryMs,
});

type DataOf<Path extends '/api/fleet' | '/api/fleet/revocations'> = Extract<
  paths[Path]['get']['responses'][200]['content']['application/json'],
  { success: true }
>['data'];

export type Fleet = DataOf<'/api/fleet'>;
export type FleetNode = Fleet['nodes'][number];
export type Revocation = DataOf<'/api/fleet/revocations'>[number];
