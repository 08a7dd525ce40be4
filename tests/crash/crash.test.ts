import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign } from './campaign.ts';

/** A slow machine may answer few requests between two kills: then the campaign is repeated. */
const campaignsMax = 4;

test('after a kill at any moment under load, every complete response has exactly one record', async (t) => {
  const seen = { wholes: 0, records: 0, changesConfirmed: 0 };
  for (let campaign = 0; campaign < campaignsMax && seen.wholes <= 25; campaign += 1) {
    const seed = (Date.now() + campaign) % 1_000_000_000;
    const { faults, keptIn, ...figures } = await runCampaign({ rounds: 7, seed, clients: 16 });
    t.diagnostic(`seed ${seed}: ${JSON.stringify(figures)}`);
    assert.deepEqual(faults, [], `seed ${seed}, kept in ${keptIn?.restarted}`);
    assert.equal(figures.rounds, 7);
    seen.wholes += figures.wholes;
    seen.records += figures.records;
    seen.changesConfirmed += figures.changesConfirmed;
  }
  assert.ok(seen.wholes > 25, 'there was no load');
  assert.ok(seen.records > seen.wholes, 'nothing was broken off: the kills came too late');
  assert.ok(seen.changesConfirmed > 0, 'nothing was changed');
});
