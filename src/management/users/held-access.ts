/** `/api/user/{id}/access`: what ends with an account, to be asked before it is disabled or deleted. */
import { z } from 'zod';
import { openJobStates } from '../../domain/job.ts';
import { limits } from '../../platform/limits.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { runningRecord, runningSchema } from '../running-record.ts';
import { nowSeconds } from '../services.ts';
import { managedAccount } from './administration.ts';

const heldAccessSchema = z.object({
  keys: z.int(),
  access_token: z.boolean().describe('Whether there is an access token.'),
  sessions: z.int().describe('Sessions that have not expired.'),
  ...runningSchema.shape,
  jobs: z.int().describe('Jobs that have not ended, counted up to 100,000.'),
});

export const heldAccessEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/user/{id}/access',
  access: 'admin',
  summary: 'Count what ends with an account',
  description:
    'Its keys, sessions, running requests and jobs: what `disable`, `delete` and `revoke` end. Demoting the account ends none of them. Asks every node; one that does not answer within half a second has `null`.',
  data: heldAccessSchema,
  async handle({ services, account, id }) {
    const { accessTokenDigest } = await managedAccount(services, account, id);
    const { store } = services;
    const [keys, sessions, running, jobs] = await Promise.all([
      store.countKeys(id),
      store.signIns.listSessions(id, nowSeconds(services), { offset: 0, limit: 1 }),
      runningRecord(services, { accountId: id }),
      store.jobs.count({ accountId: id, states: openJobStates }, limits.records_counted_max),
    ]);
    const held = { keys, access_token: accessTokenDigest !== null, sessions: sessions.total };
    return success({ ...held, ...running, jobs });
  },
});
