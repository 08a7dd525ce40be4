/** `/api/fleet/revocations`: the last changes of rights through the node that responds, and how long each took. */
import { z } from 'zod';
import type { RecentRevocation } from '../../revocation/recent-revocations.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';

const revocationSchema = z.object({
  action: z
    .enum([
      'key_changed',
      'keys_deleted',
      'account_changed',
      'account_deleted',
      'credentials_revoked',
      'balance_changed',
    ])
    .describe('`credentials_revoked`: all credentials of an account. A change may also add rights.'),
  subjects: z.int().describe('Keys, or accounts, that the call named.'),
  committed_ms: z.int().describe('Milliseconds since 1970, by the clock of the node that responds.'),
  confirmed: z.boolean().describe('Whether it was confirmed that every node has applied it.'),
  took_ms: z
    .number()
    .describe(
      'From the commit until every node had applied it: lookups and running requests; 0 = unconfirmed.',
    ),
  nodes: z.int().describe('Other nodes that it waited for.'),
  silent: z
    .int()
    .describe(
      'Those of them that did not acknowledge it within a lease, so the change waited until the lease was over.',
    ),
});

export const revocationsEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/fleet/revocations',
  access: 'admin',
  summary: 'List the last changes of rights and how long each took to apply everywhere',
  description:
    'The last 100 that were made through the node that responds since its start, the latest first. They are in its memory only.',
  data: z.array(revocationSchema),
  handle: ({ services }) => success(services.recentRevocations.list().map(revocationRecord)),
});

function revocationRecord(recent: RecentRevocation): z.infer<typeof revocationSchema> {
  const { action, subjects, committedAt, tookMs, confirmation } = recent;
  return {
    action,
    subjects,
    committed_ms: Math.round(committedAt),
    confirmed: tookMs !== undefined,
    took_ms: Math.round((tookMs ?? 0) * 1000) / 1000,
    nodes: confirmation?.nodes ?? 0,
    silent: confirmation?.unresponsive ?? 0,
  };
}
