import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCrashRounds } from './rounds.ts';

test('killed under load, the gateway has every answer that a client had whole on record, once', async (t) => {
  const seed = Date.now() % 1_000_000_000;
  const report = await runCrashRounds({ rounds: 6, seed, connections: 12 });
  t.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
  assert.ok(report.wholes > 50, 'there was no load');
  assert.ok(report.broken > 0, 'nothing was broken off: the kills came too late');
  assert.ok(report.records >= report.wholes);
});
