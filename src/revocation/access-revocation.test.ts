import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tombstone } from '../domain/tombstone.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { addAccount, addKey, aKey, anAccount } from '../store/contract/engine.ts';
import { testDatabase } from '../store/sqlite/test-database.ts';
import type { AccessChange } from '../store/store.ts';
import { AccessRevocation } from './access-revocation.ts';
import type { Confirmation } from './barriers.ts';
import { PendingRevocations } from './pending-revocations.ts';
import type { ConfirmedDeletion } from './receipt-document.ts';

/** Creates a store with two keys, and changes whose enforcement ends when the test says so. */
async function rig(
  t: { after(run: () => Promise<void> | void): void },
  recording: (tombstones: readonly Tombstone[]) => Promise<void> = async () => undefined,
  clock: Pick<Clock, 'now' | 'monotonic'> = systemClock,
) {
  const { store } = testDatabase(t);
  const account = await addAccount(store, anAccount('owner'));
  const keys = [await addKey(store, aKey(account.id)), await addKey(store, aKey(account.id))] as const;
  const enforcing = new Map<number, PromiseWithResolvers<void>>();
  const confirmations: Confirmation[] = [];
  const deletions: ConfirmedDeletion[] = [];
  const idOf = (change: AccessChange) => (change.kind === 'key' ? change.keyId : -change.accountId);
  const evicting = new Map<number, () => void>();
  const pending = new PendingRevocations({
    access: {
      evict: (change) => evicting.get(idOf(change))?.(),
      enforce: async (change) => {
        const done = Promise.withResolvers<void>();
        enforcing.set(idOf(change), done);
        await done.promise;
        return { found: 1, ended: 1 };
      },
      lastAdmission: () => ({ at: null, knownSince: 0 }),
    },
    receipts: {
      begin: () => undefined,
      giveUp: () => undefined,
      complete: async (deletion) => void deletions.push(deletion),
    },
    ledger: { flush: async () => undefined },
    recorder: { record: recording },
    node: undefined,
    metrics: { revocationDone: () => undefined },
    clock,
  });
  const revocation = new AccessRevocation(store, pending, {
    confirmed: (confirmation) => confirmations.push(confirmation),
  });
  const end = (id: number) => enforcing.get(id) ?? assert.fail(`nothing is enforced for ${id}`);
  return { revocation, account, keys, end, evicting, enforcing, deletions };
}

/** Whether a promise is settled after all runnable work has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test('a slow revocation does not delay the response to another one', async (t) => {
  const { revocation, account, keys, end } = await rig(t);
  const [slow, quick] = keys;
  const first = revocation.deleteKeys(account.id, [slow.id]);
  const second = revocation.deleteKeys(account.id, [quick.id]);
  assert.equal(await isSettled(second), false);
  end(quick.id).resolve();
  assert.equal(await isSettled(second), true);
  assert.deepEqual(await second, [quick.id]);
  assert.equal(await isSettled(first), false);
  end(slow.id).resolve();
  assert.deepEqual(await first, [slow.id]);
});

test('a wall clock that is set back meanwhile does not end a deletion before its commit', async (t) => {
  const time = { wall: 1_800_000_000_000, monotonic: 0 };
  const clock = { now: () => time.wall, monotonic: () => time.monotonic };
  const { revocation, account, keys, end, deletions } = await rig(t, undefined, clock);
  const [key] = keys;
  const deleting = revocation.deleteKeys(account.id, [key.id]);
  await isSettled(deleting);
  time.wall -= 3_600_000;
  time.monotonic += 7.2;
  end(key.id).resolve();
  await deleting;
  const [deletion] = deletions;
  assert.ok(deletion);
  const { committedAt, confirmedAt, own } = deletion;
  assert.deepEqual(
    [committedAt, own.appliedAt - committedAt, confirmedAt - committedAt],
    [1_800_000_000_000, 8, 8],
  );
});

test('a failed eviction does not prevent other changes of its commit from being applied', async (t) => {
  const { revocation, account, keys, end, evicting, enforcing } = await rig(t);
  const [broken, sound] = keys;
  evicting.set(broken.id, () => {
    throw new Error('this eviction fails');
  });
  const deletion = revocation.deleteKeys(account.id, [broken.id, sound.id]);
  assert.equal(await isSettled(deletion), false);
  assert.deepEqual([...enforcing.keys()], [sound.id]);
  end(sound.id).resolve();
  await assert.rejects(deletion, { code: 'store_unavailable' });
});

test('a failed revocation does not fail another one', async (t) => {
  const { revocation, account, keys, end } = await rig(t);
  const [broken, sound] = keys;
  const first = revocation.deleteKeys(account.id, [broken.id]);
  const second = revocation.updateKey(account.id, sound.id, { state: 'disabled' });
  assert.equal(await isSettled(second), false);
  end(broken.id).reject(new Error('the requests could not be ended'));
  await assert.rejects(first, { code: 'store_unavailable' });
  end(sound.id).resolve();
  assert.equal(await isSettled(second), true);
  assert.equal((await second)?.state, 'disabled');
});

test('a repeated deletion waits for the first one', async (t) => {
  const { revocation, account, keys, end } = await rig(t);
  const [key] = keys;
  const first = revocation.deleteKeys(account.id, [key.id]);
  const again = revocation.deleteKeys(account.id, [key.id]);
  assert.equal(await isSettled(again), false);
  end(key.id).resolve();
  assert.deepEqual(await first, [key.id]);
  assert.deepEqual(await again, []);
});

test('a change of an account waits for its own enforcement, not for that of a key', async (t) => {
  const { revocation, account, keys, end } = await rig(t);
  const [key] = keys;
  const deletion = revocation.deleteKeys(account.id, [key.id]);
  const disabling = revocation.updateAccount(account.id, { state: 'disabled' }, 0);
  assert.equal(await isSettled(disabling), false);
  end(-account.id).resolve();
  assert.equal(await isSettled(disabling), true);
  await disabling;
  assert.equal(await isSettled(deletion), false);
  end(key.id).resolve();
  await deletion;
});

test('confirms a deletion only after its tombstone is recorded outside the database', async (t) => {
  const recorded = Promise.withResolvers<void>();
  const heard: Tombstone[] = [];
  const { revocation, account, keys, end } = await rig(t, (tombstones) => {
    heard.push(...tombstones);
    return recorded.promise;
  });
  const deletion = revocation.deleteKeys(account.id, [keys[0].id]);
  assert.equal(await isSettled(deletion), false);
  end(keys[0].id).resolve();
  assert.equal(await isSettled(deletion), false);
  assert.deepEqual(
    heard.map(({ kind, id }) => ({ kind, id })),
    [{ kind: 'key', id: keys[0].id }],
  );
  recorded.resolve();
  assert.deepEqual(await deletion, [keys[0].id]);
});

test('does not confirm a deletion whose tombstone cannot be recorded, nor its repetition', async (t) => {
  let canWrite = false;
  const { revocation, account, keys, end } = await rig(t, async () => {
    if (!canWrite) throw new Error('no space left on device');
  });
  const [key] = keys;
  const first = revocation.deleteKeys(account.id, [key.id]);
  await isSettled(first);
  end(key.id).resolve();
  const unconfirmed = (error: unknown) => error instanceof HalleyError && error.code === 'store_unavailable';
  await assert.rejects(first, unconfirmed);
  await assert.rejects(revocation.deleteKeys(account.id, [key.id]), unconfirmed);
  canWrite = true;
  assert.deepEqual(await revocation.deleteKeys(account.id, [key.id]), []);
});

test('records a replaced access token before it returns the new one', async (t) => {
  const heard: string[] = [];
  const { revocation, account, end } = await rig(t, async (tombstones) => {
    heard.push(...tombstones.map(({ kind }) => kind));
  });
  for (const byte of [1, 2]) {
    const change = revocation.updateAccount(
      account.id,
      { accessTokenDigest: new Uint8Array(32).fill(byte) },
      0,
    );
    await isSettled(change);
    end(-account.id).resolve();
    await change;
  }
  assert.deepEqual(heard, ['access_token']);
});

test('records revoked credentials outside the database before the response, also on a repetition', async (t) => {
  let canWrite = false;
  const recorded = new Set<number>();
  const { revocation, account, keys, end } = await rig(t, async (tombstones) => {
    // While the disk is full, only the tombstone of the access token fits.
    if (!canWrite && tombstones.some(({ kind }) => kind === 'key'))
      throw new Error('no space left on device');
    for (const { id } of tombstones) recorded.add(id);
  });
  const revoke = async () => {
    const revoking = revocation.revokeCredentials(account.id);
    await isSettled(revoking);
    for (const id of [-account.id, ...keys.map((key) => key.id)]) end(id).resolve();
    return revoking;
  };
  for (let tries = 0; tries < 2; tries += 1) await assert.rejects(revoke(), { code: 'store_unavailable' });
  canWrite = true;
  assert.deepEqual(await revoke(), { keyIds: [], accessToken: false, sessions: 0 });
  assert.deepEqual(
    [...recorded].sort(),
    keys.map(({ id }) => id),
  );
});
