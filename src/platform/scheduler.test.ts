import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './clock.ts';
import { Scheduler } from './scheduler.ts';

const turns = () => new Promise((resolve) => setImmediate(resolve));

test('it is tried again until it succeeds, and once more for what was asked meanwhile', async () => {
  const clock = new ManualClock();
  const failures: unknown[] = [];
  const runs: PromiseWithResolvers<void>[] = [];
  const work = new Scheduler(clock).retrying(
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

test('a task at intervals counts them from the end of the run before, whether or not that failed', async () => {
  const clock = new ManualClock();
  const failures: unknown[] = [];
  const runs: PromiseWithResolvers<void>[] = [];
  const scheduler = new Scheduler(clock);
  scheduler.every(
    100,
    () => {
      const run = Promise.withResolvers<void>();
      runs.push(run);
      return run.promise;
    },
    (error) => failures.push(error),
  );
  clock.advance(99);
  assert.equal(runs.length, 0);
  clock.advance(1000);
  assert.equal(runs.length, 1);
  runs[0]?.reject(new Error('away'));
  await turns();
  clock.advance(99);
  assert.deepEqual([runs.length, failures.length], [1, 1]);
  clock.advance(1);
  assert.equal(runs.length, 2);
  let isStopped = false;
  const stopped = scheduler.stop().then(() => {
    isStopped = true;
  });
  await turns();
  assert.equal(isStopped, false);
  runs[1]?.resolve();
  await stopped;
  clock.advance(10_000);
  assert.equal(runs.length, 2);
});

test('a task says when it runs next, and runs at once when it is asked before', async () => {
  const clock = new ManualClock();
  let runs = 0;
  const scheduler = new Scheduler(clock);
  const task = scheduler.add({
    run: async () => {
      runs += 1;
      return runs < 3 ? 50 : undefined;
    },
    onFailure: assert.ifError,
    retryMs: 1,
  });
  task.askAfter(10);
  clock.advance(10);
  await turns();
  assert.equal(runs, 1);
  task.ask();
  await turns();
  assert.equal(runs, 2);
  clock.advance(49);
  assert.equal(runs, 2);
  clock.advance(1);
  await turns();
  clock.advance(10_000);
  assert.equal(runs, 3);
  await scheduler.stop();
  task.ask();
  assert.equal(runs, 3);
});
