import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './clock.ts';
import { RetryingTask } from './retrying-task.ts';

const turns = () => new Promise((resolve) => setImmediate(resolve));

test('it is tried again until it succeeds, and once more for what was asked meanwhile', async () => {
  const clock = new ManualClock();
  const failures: unknown[] = [];
  const runs: PromiseWithResolvers<void>[] = [];
  const work = new RetryingTask(
    clock,
    () => {
      const run = Promise.withResolvers<void>();
      runs.push(run);
      return run.promise;
    },
    (error) => failures.push(error),
  );
  work.ask();
  assert.equal(runs.length, 1);
  runs[0]?.reject(new Error('away'));
  await turns();
  assert.deepEqual([runs.length, failures.length], [1, 1]);
  clock.advance(500);
  assert.equal(runs.length, 2);
  // These may have changed what the run under way has read already.
  work.ask();
  work.ask();
  assert.equal(runs.length, 2);
  runs[1]?.resolve();
  await turns();
  assert.equal(runs.length, 3);
  runs[2]?.resolve();
  await turns();
  clock.advance(10_000);
  assert.deepEqual([runs.length, failures.length], [3, 1]);
});
