/** How many requests run with keys, over the whole fleet: `/api/token/{id}/running`, `/api/token/running`. */
import { z } from 'zod';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { runningRecord, runningSchema } from '../running-record.ts';
import type { Services } from '../services.ts';
import { managedKey, managedKeys } from './managed-keys.ts';
import { batchDeleteSchema } from './schemas.ts';

const whose = 'Of your own keys; administrators also of keys of accounts with a lower role.';
const silence = 'A node that does not answer within half a second has `null`.';

/** Of keys: also their jobs. */
const keysRunningSchema = runningSchema.extend({
  jobs: z
    .int()
    .describe(
      'Jobs that have not ended. When the key is deleted, nobody can fetch them any more; the upstream is asked to end them where it can, and what comes is charged to the account.',
    ),
});

async function keysRunning(services: Services, keyIds: readonly number[]) {
  const [record, jobs] = await Promise.all([
    runningRecord(services, { keyIds }),
    services.store.jobs.countOpenOf(keyIds),
  ]);
  return success({ ...record, jobs: jobs.reduce((sum, count) => sum + count, 0) });
}

const one = accountEndpoint({
  method: 'GET',
  path: '/api/token/{id}/running',
  access: 'account',
  summary: 'Count the requests that run with an API key',
  description: `Asks every node. ${whose} ${silence}`,
  data: keysRunningSchema,
  async handle({ services, account, id }) {
    await managedKey(services, account, id);
    return keysRunning(services, [id]);
  },
});

const several = accountEndpoint({
  method: 'POST',
  path: '/api/token/running',
  access: 'account',
  changes: false,
  summary: 'Count the requests that run with several API keys',
  description: `Asks every node, and adds up. ${whose} Ignores other ids. ${silence}`,
  body: batchDeleteSchema,
  data: keysRunningSchema,
  async handle({ services, account, body }) {
    const keys = await managedKeys(services, account, [...new Set(body.ids)]);
    return keysRunning(
      services,
      keys.map(({ key }) => key.id),
    );
  },
});

export const runningEndpoints: readonly Endpoint[] = [one, several];
