import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { LoggedTombstone } from '../store/tombstones/tombstone-log.ts';
import { TombstoneRecorder } from './tombstone-recorder.ts';

const tombstone = (id: number): LoggedTombstone => ({
  kind: 'key',
  digest: new Uint8Array(32).fill(id),
  id,
  accountId: 1,
  deletedAt: 1_800_000_000,
});

/** A disk whose writes end when the test says so. */
function rig() {
  const clock = new ManualClock();
  const writes: { readonly ids: readonly number[]; readonly done: PromiseWithResolvers<void> }[] = [];
  const failures: unknown[] = [];
  const recorder = new TombstoneRecorder({
    clock,
    log: {
      append(tombstones) {
        const done = Promise.withResolvers<void>();
        writes.push({ ids: tombstones.map(({ id }) => id), done });
        return done.promise;
      },
    },
    onFailure: (error) => failures.push(error),
  });
  return { clock, recorder, writes, failures };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('tombstones that arrive during a write are written together next, and none twice', async () => {
  const { recorder, writes } = rig();
  const first = recorder.record([tombstone(1)]);
  await turn();
  const others = [recorder.record([tombstone(2)]), recorder.record([tombstone(3), tombstone(1)])];
  await turn();
  assert.deepEqual(
    writes.map(({ ids }) => ids),
    [[1]],
  );
  writes[0]?.done.resolve();
  await first;
  await turn();
  assert.deepEqual(
    writes.map(({ ids }) => ids),
    [[1], [2, 3]],
  );
  writes[1]?.done.resolve();
  await Promise.all(others);
  await recorder.record([tombstone(2)]);
  assert.equal(writes.length, 2);
  assert.equal(recorder.queued, 0);
});

test('a failed write rejects its callers, not those that came after it began', async () => {
  const { recorder, writes, failures } = rig();
  const first = recorder.record([tombstone(1)]);
  await turn();
  const second = recorder.record([tombstone(2)]);
  writes[0]?.done.reject(new Error('no space left on device'));
  await assert.rejects(first, /no space left/);
  await turn();
  assert.deepEqual(writes[1]?.ids, [1, 2]);
  writes[1]?.done.resolve();
  await second;
  assert.equal(failures.length, 1);
  assert.equal(recorder.queued, 0);
});

test('retries failed writes automatically', async () => {
  const { clock, recorder, writes } = rig();
  const first = recorder.record([tombstone(1)]);
  await turn();
  writes[0]?.done.reject(new Error('no space left on device'));
  await assert.rejects(first);
  assert.equal(recorder.queued, 1);
  clock.advance(limits.tombstone_retry_every_ms);
  await turn();
  writes[1]?.done.resolve();
  await turn();
  assert.equal(recorder.queued, 0);
  assert.equal(await recorder.close(), 0);
});

test('close makes a last attempt, and returns the number of lost tombstones', async () => {
  const { recorder, writes } = rig();
  const first = recorder.record([tombstone(1)]);
  await turn();
  writes[0]?.done.reject(new Error('no space left on device'));
  await assert.rejects(first);
  const closing = recorder.close();
  await turn();
  writes[1]?.done.reject(new Error('no space left on device'));
  assert.equal(await closing, 1);
});
