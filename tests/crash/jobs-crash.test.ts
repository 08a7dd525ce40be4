import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runJobsCampaign } from './jobs-campaign.ts';

test('after kills while jobs are submitted, polled and settled, each job is charged once or held', async (t) => {
  const seed = Date.now() % 1_000_000_000;
  const { faults, ...figures } = await runJobsCampaign({ rounds: 3, seed, submits: 8 });
  t.diagnostic(`seed ${seed}: ${JSON.stringify(figures)}`);
  assert.deepEqual(faults, [], `seed ${seed}`);
  assert.equal(figures.submits, 24);
  assert.ok(figures.accepted > 0, 'nothing was accepted');
});
