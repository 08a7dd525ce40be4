/** How often the pages read jobs again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refreshMs } from '../../console/features/jobs/job.ts';

const now = 1_000_000;
const job = (state: 'submitting' | 'running' | 'held' | 'succeeded' | 'failed', age: number) => ({
  state,
  submit_time: now - age,
});

test('jobs that have ended, and held ones, are not read again', () => {
  assert.equal(refreshMs([], now), false);
  assert.equal(refreshMs([job('succeeded', 1), job('failed', 1), job('held', 1)], now), false);
});

test('the youngest running job sets the pace, which slows down with its age', () => {
  const waits = [0, 59, 60, 599, 600, 86_400].map((age) => refreshMs([job('running', age)], now));
  assert.deepEqual(waits, [2000, 2000, 5000, 5000, 20_000, 20_000]);
  assert.equal(refreshMs([job('running', 5000), job('submitting', 3), job('held', 0)], now), 2000);
});
