import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { KeyAttempts } from '../store/store.ts';
import { DeletedKeyAttempts } from './deleted-key-attempts.ts';

function digestOf(number: number): Uint8Array {
  const digest = Buffer.alloc(32);
  digest.writeUInt32BE(number);
  return new Uint8Array(digest);
}

function rig(options: { failing?: boolean } = {}) {
  const clock = new ManualClock();
  const written: KeyAttempts[] = [];
  const state = { failing: options.failing ?? false };
  const counted: number[] = [];
  const attempts = new DeletedKeyAttempts({
    clock,
    store: {
      async addAttempts(all) {
        if (state.failing) throw new Error('locked');
        written.push(...all);
        return all.reduce((sum, each) => sum + each.attempts, 0);
      },
    },
    onAttempts: (count) => counted.push(count),
    onFailure: () => undefined,
  });
  return { attempts, written, counted, state };
}

test('writes the attempts with one key together, with their addresses, latest first', async () => {
  const { attempts, written, counted } = rig();
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) attempts.note(digestOf(1), address);
  attempts.note(digestOf(2), '192.0.2.3');
  await attempts.write();
  assert.deepEqual(
    written.map((each) => [each.attempts, each.addresses]),
    [
      [3, ['192.0.2.1', '192.0.2.2']],
      [1, ['192.0.2.3']],
    ],
  );
  assert.deepEqual(counted, [4]);
  await attempts.write();
  assert.equal(written.length, 2);
});

test('retries failed writes together with later attempts', async () => {
  const { attempts, written, state } = rig({ failing: true });
  attempts.note(digestOf(1), '192.0.2.1');
  await assert.rejects(attempts.write());
  attempts.note(digestOf(1), '192.0.2.2');
  state.failing = false;
  await attempts.stop();
  assert.deepEqual(
    written.map((each) => [each.attempts, each.addresses]),
    [[2, ['192.0.2.2', '192.0.2.1']]],
  );
});

test('a flood of invented keys takes bounded memory, and keys noted before are still counted', async () => {
  const { attempts, written } = rig();
  for (let number = 0; number < 2 * limits.attempted_keys_max; number += 1) {
    attempts.note(digestOf(number), '192.0.2.1');
  }
  attempts.note(digestOf(0), '192.0.2.9');
  await attempts.write();
  assert.equal(written.length, limits.attempted_keys_max);
  assert.deepEqual(written[0]?.addresses, ['192.0.2.9', '192.0.2.1']);
});
