import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollWaitMs } from './job.ts';

test('the wait between two questions grows up to its bound, however often was asked', () => {
  const pace = { firstMs: 2000, mostMs: 20_000 };
  const waits = [0, 1, 2, 5, 6, 1_000_000].map((polls) => pollWaitMs(pace, polls));
  assert.deepEqual(waits, [2000, 3000, 4500, 15_188, 20_000, 20_000]);
});
