/** Every management endpoint; the router and the OpenAPI document are made from this list. */
import { catalogueEndpoints } from './catalogue/endpoints.ts';
import { channelEndpoints } from './channels/endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { priceEndpoints } from './prices/endpoints.ts';
import { priceGroupEndpoints } from './prices/group-endpoints.ts';
import { statusEndpoint } from './status.ts';
import { tokenEndpoints } from './tokens/endpoints.ts';
import { usageEndpoints } from './tokens/usage.ts';
import { userAdminEndpoints } from './users/admin-endpoints.ts';
import { selfEndpoints } from './users/self-endpoints.ts';
import { sessionEndpoints } from './users/session-endpoints.ts';

export const endpoints: readonly Endpoint[] = [
  ...tokenEndpoints,
  ...usageEndpoints,
  ...sessionEndpoints,
  ...selfEndpoints,
  ...userAdminEndpoints,
  ...channelEndpoints,
  ...priceEndpoints,
  ...priceGroupEndpoints,
  ...catalogueEndpoints,
  statusEndpoint,
];
