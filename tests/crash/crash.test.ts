import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign } from './campaign.ts';

test('after a kill at any moment under load, every complete response has exactly one record', async (t) => {
  const seed = Date.now() % 1_000_000_000;
  const { faults, keptIn, ...figures } = await runCampaign({ rounds: 7, seed, clients: 16 });
  t.diagnostic(`seed ${seed}: ${JSON.stringify(figures)}`);
  assert.deepEqual(faults, [], `seed ${seed}, kept in ${keptIn?.restarted}`);
  assert.equal(figures.rounds, 7);
  assert.ok(figures.wholes > 25, 'there was no load');
  assert.ok(figures.records > figures.wholes, 'nothing was broken off: the kills came too late');
  assert.ok(figures.changesConfirmed > 0, 'nothing was changed');
});
