/** Lists every management endpoint, for the router and the OpenAPI document. */
import { billingEndpoints } from './billing/endpoints.ts';
import { catalogueEndpoints } from './catalogue/endpoints.ts';
import { channelEndpoints } from './channels/endpoints.ts';
import { dataEndpoints } from './data/endpoints.ts';
import { totalsEndpoints } from './data/totals.ts';
import { doctorEndpoint } from './doctor.ts';
import type { Endpoint } from './endpoint.ts';
import { fleetEndpoint } from './fleet/endpoints.ts';
import { logEndpoints } from './logs/endpoints.ts';
import { priceEndpoints } from './prices/endpoints.ts';
import { priceGroupEndpoints } from './prices/group-endpoints.ts';
import { statusEndpoint } from './status.ts';
import { taskEndpoint } from './tasks/endpoints.ts';
import { tokenEndpoints } from './tokens/endpoints.ts';
import { leakEndpoint } from './tokens/leak-endpoint.ts';
import { managedTokenEndpoints } from './tokens/managed-endpoints.ts';
import { usageEndpoints } from './tokens/usage.ts';
import { topupEndpoints } from './topups/endpoints.ts';
import { userAdminEndpoints } from './users/admin-endpoints.ts';
import { selfEndpoints } from './users/self-endpoints.ts';
import { sessionEndpoints } from './users/session-endpoints.ts';
import { statsEndpoint } from './users/stats.ts';

export const endpoints: readonly Endpoint[] = [
  ...tokenEndpoints,
  ...managedTokenEndpoints,
  ...usageEndpoints,
  leakEndpoint,
  ...sessionEndpoints,
  ...selfEndpoints,
  ...userAdminEndpoints,
  ...channelEndpoints,
  ...priceEndpoints,
  ...priceGroupEndpoints,
  ...catalogueEndpoints,
  ...logEndpoints,
  ...dataEndpoints,
  ...totalsEndpoints,
  ...billingEndpoints,
  ...topupEndpoints,
  taskEndpoint,
  statsEndpoint,
  fleetEndpoint,
  doctorEndpoint,
  statusEndpoint,
];
