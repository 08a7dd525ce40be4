/** The contract of what replaces the server secret. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { openSealed, seal, sealPrefix } from '../../domain/seal.ts';
import {
  channelKeysContext,
  channelProxyContext,
  contentContext,
  jobContext,
  receiptKeyContext,
} from '../../domain/seal-contexts.ts';
import { SecretRing } from '../../domain/secret-ring.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { Resealing } from '../resealing.ts';
import { beforeFirst, type SealedId, type SealedKind, type SealedRow, sealedKinds } from '../sealed-store.ts';
import { isSame } from '../secret-order.ts';

import { aJob } from './a-job.ts';
import { aChannel, aDigest, addAccount, addKey, aKey, anAccount, aRecord, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';

const [older, newer] = [systemRandom(32), systemRandom(32)];
const before = new SecretRing(older);
const during = new SecretRing(newer, [older]);
const after = new SecretRing(newer);

/** Something of each kind, sealed under a ring, and rows with nothing sealed between them. */
async function fill(store: TestStore, ring: SecretRing, many = 1) {
  const account = await addAccount(store, anAccount(`one of ${Buffer.from(aDigest()).toString('hex')}`));
  const values = new Map<number, string>();
  for (let at = 0; at < many; at += 1) {
    const digest = aDigest();
    const text = `value ${at}`;
    const key = await addKey(
      store,
      aKey(account.id, { digest, sealed: seal(ring, systemRandom, text, digest) }),
    );
    values.set(key.id, text);
  }
  await addKey(store, aKey(account.id, { sealed: null }));
  const sealedKeys = seal(ring, systemRandom, '["upstream"]', channelKeysContext);
  const sealedProxyAuth = seal(ring, systemRandom, 'user:password', channelProxyContext);
  const channel = await store.insertChannel({ ...aChannel({ sealedKeys, sealedProxyAuth }), createdAt: 1 });
  await store.insertChannel({ ...aChannel({ sealedKeys: null, sealedProxyAuth: null }), createdAt: 1 });
  await addReceiptKey(store, ring);
  const requests: string[] = [];
  const [keyId = 0] = values.keys();
  for (let at = 0; at < many; at += 1) {
    const record = aRecord({ accountId: account.id, keyId });
    const sealed = seal(ring, systemRandom, 'said', contentContext(record.requestId));
    await store.settle([{ record, reserved: false, content: { sealed, expiresAt: 9e9 } }], true);
    requests.push(record.requestId);
  }
  const jobs = [aJob({ accountId: account.id, keyId }), aJob({ accountId: account.id, keyId })];
  for (const job of jobs) {
    const sealed = seal(ring, systemRandom, 'answered', jobContext(job.publicId));
    await store.jobs.insert({ ...job, sealed });
  }
  await store.jobs.insert(aJob({ accountId: account.id, keyId }));
  return { account, values, channel, requests, jobs: jobs.map(({ publicId }) => publicId) };
}

/** The key before it signs no more, and has nothing sealed. */
async function addReceiptKey(store: TestStore, ring: SecretRing): Promise<void> {
  const former = (await store.receipts.listKeys()).at(-1);
  const name = Buffer.from(aDigest()).toString('hex');
  const sealed = seal(ring, systemRandom, 'private part', receiptKeyContext);
  const key = { name, publicKey: aDigest(), sealed, createdAt: 1 };
  const isAdded = former ? store.replaceReceiptKey(key, former) : store.receipts.addKey(key);
  assert.equal(await isAdded, true);
}

type Filled = Awaited<ReturnType<typeof fill>>;

async function assertOpens(store: TestStore, ring: SecretRing, { values, channel, requests, jobs }: Filled) {
  for (const [id, text] of nonEmpty(values)) {
    const key = (await store.findKeyById(id))?.key;
    assert.ok(key?.sealed);
    assert.equal(openSealed(ring, key.sealed, key.digest), text);
  }
  const { sealedKeys, sealedProxyAuth } = (await store.getChannel(channel.id)) ?? {};
  assert.ok(sealedKeys && sealedProxyAuth);
  assert.equal(openSealed(ring, sealedKeys, channelKeysContext), '["upstream"]');
  assert.equal(openSealed(ring, sealedProxyAuth, channelProxyContext), 'user:password');
  const signer = (await store.receipts.listKeys()).at(-1);
  assert.ok(signer?.sealed);
  assert.equal(openSealed(ring, signer.sealed, receiptKeyContext), 'private part');
  for (const requestId of nonEmpty(requests)) {
    const sealed = await store.getContent(requestId);
    assert.ok(sealed);
    assert.equal(openSealed(ring, sealed, contentContext(requestId)), 'said');
  }
  for (const publicId of nonEmpty(jobs)) {
    const { sealed } = (await store.jobs.find(publicId)) ?? {};
    assert.ok(sealed);
    assert.equal(openSealed(ring, sealed, jobContext(publicId)), 'answered');
  }
}

/** Looks are far apart, and pauses long, for a test. */
const hastyClock: Clock = {
  ...systemClock,
  after: (ms, run) => systemClock.after(ms / 20, run),
};

/** @returns what was logged until it was done */
async function rotate(
  store: TestStore,
  ring: SecretRing,
  isDone: () => boolean | Promise<boolean>,
  clock: Clock = hastyClock,
): Promise<string[]> {
  const lines: string[] = [];
  const say = (_: object, message: string) => void lines.push(message);
  const resealing = new Resealing({
    sealed: store.sealed,
    secrets: ring,
    reloadSecrets: async () => false,
    ledger: { flush: async () => undefined, overdue: false },
    clock,
    random: systemRandom,
    log: { info: say, warn: say, error: say },
  });
  resealing.start();
  while (!(await isDone())) await new Promise((resolve) => setImmediate(resolve));
  await resealing.stop();
  return lines;
}

/** What there is to do under the newer secret, with the rows where there is nothing. */
async function listAll({ sealed }: TestStore, kind: SealedKind): Promise<readonly SealedRow[]> {
  const upTo = (await sealed.last(kind)) ?? beforeFirst[kind];
  return sealed.list(kind, { after: beforeFirst[kind], upTo, limit: 1000 }, sealPrefix(after.current));
}

const isFinished = async (store: TestStore) => (await store.sealed.state())?.previous === null;

export const sealedSuite: Suite = (engineName, open) => {
  describe(`server secret on ${engineName}`, () => {
    it('notes what the database is written under, and refuses those who could not open everything', async (t) => {
      const { store, dispose } = await open();
      t.after(dispose);
      const { sealed } = store;
      assert.equal(await sealed.state(), undefined);
      for (const kind of nonEmpty(sealedKinds)) assert.equal(await sealed.last(kind), undefined);
      assert.deepEqual(await sealed.admit(before), []);
      await assert.rejects(sealed.admit(after), /written under another server secret/);
      assert.equal(isSame((await sealed.state())?.current ?? null, before.current.fingerprint), true);
      assert.deepEqual(await sealed.admit(new SecretRing(older, [newer])), []);
      assert.equal((await sealed.state())?.previous, null);

      assert.deepEqual(await sealed.admit(during), []);
      const state = await sealed.state();
      assert.ok(state?.previous);
      assert.deepEqual(
        [
          isSame(state.current, after.current.fingerprint),
          isSame(state.previous, before.current.fingerprint),
        ],
        [true, true],
      );
      assert.deepEqual(await sealed.admit(new SecretRing(older, [newer])), []);
      await assert.rejects(sealed.admit(after), /is not finished/);
      await assert.rejects(sealed.admit(before), /does not know the new one/);
      await assert.rejects(
        sealed.admit(new SecretRing(systemRandom(32), [older, newer])),
        /neither the new one nor the old one/,
      );

      assert.equal(await sealed.finish(before, await sealed.mark()), false);
      assert.equal(await sealed.finish(during, await sealed.mark()), true);
      assert.equal(await sealed.finish(during, await sealed.mark()), false);
      assert.deepEqual(await sealed.admit(after), []);
      await assert.rejects(sealed.admit(new SecretRing(older, [newer])), /rotated away from/);
      const third = systemRandom(32);
      assert.deepEqual(await sealed.admit(new SecretRing(third, [newer])), []);
      assert.equal(await sealed.finish(new SecretRing(third), await sealed.mark()), true);
      assert.equal((await sealed.state())?.retired.length, 2);
      await assert.rejects(sealed.admit(new SecretRing(older, [third])), /rotated away from/);
    });

    it('lists what is sealed under another secret, a bounded number of rows at a time', async (t) => {
      const { store, dispose } = await open();
      t.after(dispose);
      const old = await fill(store, before, 3);
      await fill(store, after, 3);
      const prefix = sealPrefix(after.current);
      for (const kind of nonEmpty(sealedKinds)) {
        const upTo = await store.sealed.last(kind);
        assert.ok(upTo !== undefined);
        const range = { after: beforeFirst[kind], upTo, limit: 100 };
        const all = await store.sealed.list(kind, range, prefix);
        assert.equal(all.at(-1)?.id, upTo);
        const [start] = all;
        assert.ok(start);
        const bounded = await store.sealed.list(kind, { ...range, upTo: start.id }, prefix);
        assert.deepEqual(bounded, [start]);
        const seen: unknown[] = [];
        for (let id: SealedId | undefined = beforeFirst[kind]; id !== undefined; ) {
          const part = { after: id, upTo, limit: 2 };
          const rows: readonly SealedRow[] = await store.sealed.list(kind, part, prefix);
          assert.ok(rows.length <= 2);
          seen.push(...rows);
          id = rows.at(-1)?.id;
        }
        assert.deepEqual(seen, all, kind);
      }
      const left = async (kind: SealedKind) => {
        const rows = await listAll(store, kind);
        return rows.filter(({ sealed }) => sealed !== null).map(({ id }) => id);
      };
      assert.deepEqual(await left('keys'), [...old.values.keys()]);
      for (const kind of ['channels', 'proxies'] as const)
        assert.deepEqual(await left(kind), [old.channel.id]);
      assert.deepEqual(await left('contents'), old.requests.toSorted());
      assert.deepEqual(await left('jobs'), old.jobs.toSorted());
    });

    it('replaces only what is still as it was: a change made meanwhile, or a deletion, is kept', async (t) => {
      const { store, dispose } = await open();
      t.after(dispose);
      const { account, values, channel } = await fill(store, before, 2);
      const [row] = await listAll(store, 'channels');
      assert.ok(row?.sealed);
      const changed = seal(before, systemRandom, '["changed"]', channelKeysContext);
      await store.updateChannel(channel.id, { sealedKeys: changed });
      const late = seal(after, systemRandom, '["upstream"]', channelKeysContext);
      const change = { id: channel.id, before: row.sealed, after: late };
      assert.equal(await store.sealed.replace('channels', [change]), 0);
      const { sealedKeys } = (await store.getChannel(channel.id)) ?? {};
      assert.equal(openSealed(before, sealedKeys ?? new Uint8Array(), channelKeysContext), '["changed"]');

      const rows = await listAll(store, 'keys');
      const changes = rows.flatMap(({ id, sealed }) =>
        sealed ? [{ id, before: sealed, after: new Uint8Array([Number(id)]) }] : [],
      );
      const [gone = 0, kept = 0] = values.keys();
      await store.deleteKeys(account.id, [gone], heardBy(store));
      assert.equal(await store.sealed.replace('keys', changes), 1);
      assert.equal(await store.findKeyById(gone), undefined);
      assert.deepEqual([...((await store.findKeyById(kept))?.key.sealed ?? [])], [kept]);
      assert.equal(await store.sealed.replace('keys', []), 0);
    });

    it('re-seals everything in the background, and only then the old secret is not needed', async (t) => {
      const { store, dispose, reopen } = await open();
      t.after(dispose);
      await store.sealed.admit(before);
      const filled = await fill(store, before, 230);
      // What nobody can open must not keep a rotation from its end.
      await addKey(store, aKey(filled.account.id));
      await store.sealed.admit(during);
      const lines = await rotate(store, during, () => isFinished(store));
      await assertOpens(store, after, filled);
      assert.ok(lines.some((line) => line.includes('cannot be re-sealed')));
      assert.ok(lines.some((line) => line.includes('is finished')));
      const reopened = await reopen();
      assert.deepEqual(await reopened.sealed.admit(after), []);
      await assertOpens(reopened, after, filled);
    });

    it('goes on after an interruption, and re-seals what was added under the old secret', async (t) => {
      const { store, dispose, reopen } = await open();
      t.after(dispose);
      await store.sealed.admit(before);
      const filled = await fill(store, before, 250);
      await store.sealed.admit(during);
      let waits = 0;
      /** Goes no further than to the first pause. */
      const clock: Clock = {
        ...systemClock,
        after(_, run) {
          waits += 1;
          return waits === 1 ? systemClock.after(0, run) : { cancel: () => undefined };
        },
      };
      await rotate(store, during, () => waits === 2, clock);
      assert.equal(await isFinished(store), false);
      const rows = await listAll(store, 'keys');
      const done = rows.filter(({ sealed, id }) => sealed === null && filled.values.has(Number(id)));
      assert.ok(done.length > 0 && done.length < filled.values.size, `${done.length} were done`);
      const reopened = await reopen();
      const more = await fill(reopened, before);
      await rotate(reopened, during, () => isFinished(reopened));
      for (const each of [filled, more]) await assertOpens(reopened, after, each);
    });
  });
};
