import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failuresAfter, restartDelayMs } from './restart-delay.ts';

test('a worker that ends again and again is started ever later, and soon again after it has served for long', () => {
  let failures = 0;
  const delays = Array.from({ length: 9 }, () => {
    failures = failuresAfter(failures, 100);
    return restartDelayMs(failures);
  });
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(restartDelayMs(failuresAfter(failures, 60_000)), 500);
});
