/** Lists every management endpoint, for the router and the OpenAPI document. */
import { auditEndpoints } from './audit/endpoints.ts';
import { billingEndpoints } from './billing/endpoints.ts';
import { catalogueEndpoints } from './catalogue/endpoints.ts';
import { channelEndpoints } from './channels/endpoints.ts';
import { dataEndpoints } from './data/endpoints.ts';
import { totalsEndpoints } from './data/totals.ts';
import { doctorEndpoint } from './doctor.ts';
import type { Endpoint } from './endpoint.ts';
import { fleetEndpoint } from './fleet/endpoints.ts';
import { revocationsEndpoint } from './fleet/revocations.ts';
import { importEndpoints } from './imports/endpoints.ts';
import { logEndpoints } from './logs/endpoints.ts';
import { modelAccessEndpoints } from './model-access/endpoints.ts';
import { playgroundEndpoints } from './playground/endpoint.ts';
import { priceEndpoints } from './prices/endpoints.ts';
import { priceGroupEndpoints } from './prices/group-endpoints.ts';
import { receiptEndpoints } from './receipts/endpoints.ts';
import { settingEndpoint } from './settings/endpoint.ts';
import { statusEndpoint } from './status.ts';
import { taskEndpoints } from './tasks/endpoints.ts';
import { tokenEndpoints } from './tokens/endpoints.ts';
import { leakEndpoint } from './tokens/leak-endpoint.ts';
import { tokenListEndpoints } from './tokens/list-endpoints.ts';
import { liveDeletionEndpoint } from './tokens/live-deletion.ts';
import { managedTokenEndpoints } from './tokens/managed-endpoints.ts';
import { runningEndpoints } from './tokens/running.ts';
import { usageEndpoints } from './tokens/usage.ts';
import { topupEndpoints } from './topups/endpoints.ts';
import { overviewEndpoints } from './usage/overview-endpoints.ts';
import { seriesEndpoints } from './usage/series-endpoints.ts';
import { userAdminEndpoints } from './users/admin-endpoints.ts';
import { heldAccessEndpoint } from './users/held-access.ts';
import { ownSessionEndpoints } from './users/own-sessions.ts';
import { preferenceEndpoints } from './users/preferences.ts';
import { selfEndpoints } from './users/self-endpoints.ts';
import { sessionEndpoints } from './users/session-endpoints.ts';
import { setupEndpoints } from './users/setup-endpoints.ts';
import { statsEndpoint } from './users/stats.ts';

export const endpoints: readonly Endpoint[] = [
  ...tokenEndpoints,
  ...managedTokenEndpoints,
  ...tokenListEndpoints,
  ...runningEndpoints,
  liveDeletionEndpoint,
  ...receiptEndpoints,
  ...usageEndpoints,
  leakEndpoint,
  ...sessionEndpoints,
  ...setupEndpoints,
  ...ownSessionEndpoints,
  ...preferenceEndpoints,
  ...selfEndpoints,
  ...userAdminEndpoints,
  heldAccessEndpoint,
  ...importEndpoints,
  ...channelEndpoints,
  ...priceEndpoints,
  ...priceGroupEndpoints,
  ...catalogueEndpoints,
  ...modelAccessEndpoints,
  ...playgroundEndpoints,
  ...logEndpoints,
  ...auditEndpoints,
  ...dataEndpoints,
  ...totalsEndpoints,
  ...seriesEndpoints,
  ...overviewEndpoints,
  ...billingEndpoints,
  ...topupEndpoints,
  ...taskEndpoints,
  statsEndpoint,
  fleetEndpoint,
  revocationsEndpoint,
  settingEndpoint,
  doctorEndpoint,
  statusEndpoint,
];
