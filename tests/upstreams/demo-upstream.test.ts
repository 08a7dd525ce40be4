/** Start and stop of the demo upstream's thread. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDemoUpstream } from '../../src/demo/demo-upstream.ts';

test('has one address from first use to close, and none after', async () => {
  const demo = startDemoUpstream({ chunkMs: 0 });
  const [first, second] = await Promise.all([demo.origin(), demo.origin()]);
  assert.equal(first, second);
  assert.equal((await fetch(`${first}/v1/nothing`)).status, 404);
  await demo.close();
  await assert.rejects(demo.origin(), /closed/);
  await assert.rejects(fetch(first));
});

test('closing one that was never used does nothing', async () => {
  await startDemoUpstream({ chunkMs: 0 }).close();
});
