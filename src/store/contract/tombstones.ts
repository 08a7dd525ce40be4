/** The contract of tombstones: what is gone for good is known by its digest, and dies again after a restore. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { accountDigest, type Tombstone } from '../../domain/tombstone.ts';

import { reconcileTombstones } from '../tombstones/reconcile.ts';
import { aDigest, addAccount, addKey, aKey, anAccount, aSession, plain, type Suite } from './engine.ts';
import { heardBy, listen } from './heard.ts';

const page = { offset: 0, limit: 100 };
const everyKey = { since: 0, attempted: false };

function announced(store: TestStore): Tombstone[] {
  const heard: Tombstone[] = [];
  listen(store, ({ tombstone }) => tombstone && heard.push(tombstone));
  return heard;
}

const inOrder = (tombstones: readonly Tombstone[]) =>
  [...tombstones].sort((left, right) => Buffer.compare(left.digest, right.digest));

export const tombstonesSuite: Suite = (engine, open) => {
  test(`${engine}: a deleted key leaves whose it was, and is announced with that`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const key = await addKey(store, aKey(owner.id, { name: 'ключ', hint: 'sk-1234…5678' }));
    const other = await addKey(store, aKey(owner.id));
    const heard = announced(store);
    await store.updateKey(owner.id, other.id, { state: 'disabled' }, heardBy(store));
    await store.deleteKeys(owner.id, [key.id], heardBy(store));
    const expected = {
      kind: 'key',
      digest: key.digest,
      id: key.id,
      accountId: owner.id,
      name: 'ключ',
      hint: 'sk-1234…5678',
      deletedAt: 1_800_000_000,
    };
    assert.deepEqual(plain(heard), plain([expected]));
    assert.deepEqual(plain(await store.tombstones.ofKeys(owner.id, [key.id, other.id])), plain([expected]));
    assert.deepEqual(await store.tombstones.ofKeys(owner.id + 1, [key.id]), []);
    assert.deepEqual(await store.tombstones.ofKeys(owner.id, [1.5, Number.NaN, 2 ** 60]), []);
  });

  test(`${engine}: an access token leaves a tombstone when it is replaced or taken away, not when it stays`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [one, two] = [aDigest(), aDigest()];
    const account = await addAccount(store, anAccount('owner'));
    const heard = announced(store);
    await store.updateAccount(account.id, { accessTokenDigest: one }, 0, heardBy(store));
    await store.updateAccount(account.id, { accessTokenDigest: one, email: 'a@example' }, 0, heardBy(store));
    assert.deepEqual(heard, []);
    await store.updateAccount(account.id, { accessTokenDigest: two }, 0, heardBy(store));
    await store.updateAccount(account.id, { accessTokenDigest: null }, 0, heardBy(store));
    const seen = heard.map(({ kind, digest, accountId }) => ({ kind, digest, accountId }));
    const expected = [one, two].map((digest) => ({ kind: 'access_token', digest, accountId: account.id }));
    assert.deepEqual(plain(seen), plain(expected));
  });

  test(`${engine}: a deleted account leaves a tombstone of itself and of each of its keys`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    const before = await addKey(store, aKey(account.id));
    await store.deleteKeys(account.id, [before.id], heardBy(store));
    const key = await addKey(store, aKey(account.id));
    const heard = announced(store);
    await store.deleteAccount(account.id, heardBy(store));
    const digest = accountDigest(account.id, account.createdAt);
    assert.deepEqual(
      plain(inOrder(heard).map((each) => each.digest)),
      plain([digest, key.digest].sort(Buffer.compare)),
    );
    const found = await store.tombstones.ofAccount(account.id);
    assert.deepEqual(
      plain(inOrder(found)),
      plain(inOrder([...heard, ...(await store.tombstones.ofKeys(account.id, [before.id]))])),
    );
    assert.equal(found.find(({ kind }) => kind === 'account')?.name, 'owner');
    assert.deepEqual(await store.tombstones.ofAccount(account.id + 1), []);
  });

  test(`${engine}: all tombstones are read in pieces, none twice and none left out`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    const keys = [];
    for (let count = 0; count < 7; count += 1) keys.push(await addKey(store, aKey(account.id)));
    await store.deleteKeys(
      account.id,
      keys.map(({ id }) => id),
      heardBy(store),
    );
    const read: Tombstone[] = [];
    for (;;) {
      const piece = await store.tombstones.list(read.at(-1), 3);
      read.push(...piece);
      if (piece.length === 0) break;
      assert.ok(piece.length <= 3);
    }
    assert.deepEqual(
      plain(read.map(({ digest }) => digest)),
      plain(keys.map(({ digest }) => digest).sort(Buffer.compare)),
    );
  });

  test(`${engine}: what tombstones say is deleted again, with all sessions; what they do not name stays`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const token = aDigest();
    const owner = await addAccount(store, anAccount('owner', { accessTokenDigest: token }));
    const gone = await addAccount(store, anAccount('gone'));
    const [dead, alive] = [await addKey(store, aKey(owner.id)), await addKey(store, aKey(owner.id))];
    const withIt = await addKey(store, aKey(gone.id));
    const session = aSession(owner.id);
    await store.insertSession(session);
    const rest = { name: '', hint: '', deletedAt: 1_700_000_000 };
    const unknown = { ...rest, kind: 'key', digest: aDigest(), id: 900, accountId: 800 } as const;
    const tombstones: Tombstone[] = [
      { ...rest, kind: 'key', digest: dead.digest, id: dead.id, accountId: owner.id },
      { ...rest, kind: 'access_token', digest: token, id: 0, accountId: owner.id },
      {
        ...rest,
        kind: 'account',
        digest: accountDigest(gone.id, gone.createdAt),
        id: gone.id,
        accountId: gone.id,
      },
      // Another account had this id in a database that has lost it.
      { ...rest, kind: 'account', digest: accountDigest(owner.id, 1), id: owner.id, accountId: owner.id },
      { ...rest, kind: 'account', digest: accountDigest(700, 1), id: 700, accountId: 700 },
      unknown,
    ];
    assert.deepEqual(await store.tombstones.reapply(tombstones), { key: 2, account: 1, access_token: 1 });
    assert.deepEqual(await store.tombstones.reapply(tombstones), { key: 0, account: 0, access_token: 0 });
    const again = await reopen();
    for (const { digest } of [dead, withIt]) assert.equal(await again.findKeyByDigest(digest), undefined);
    assert.ok(await again.findKeyByDigest(alive.digest));
    assert.equal(await again.countKeys(owner.id), 1);
    assert.equal(await again.findAccountByAccessToken(token), undefined);
    assert.equal(await again.getAccount(gone.id), undefined);
    assert.equal(await again.findSession(session.digest), undefined);
    assert.equal(
      await again.insertKey(aKey(owner.id, { digest: unknown.digest }), 100, heardBy(again)),
      'digest_taken',
    );
    const [kept] = await again.tombstones.ofKeys(owner.id, [dead.id]);
    assert.equal(kept?.deletedAt, 1_700_000_000);
    assert.ok((await addKey(again, aKey(owner.id))).id > unknown.id, 'an id that the backup did not know');
    assert.ok((await addAccount(again, anAccount('new'))).id > 800, 'an account that only a key names');
  });

  test(`${engine}: sessions stay when tombstones bring nothing new`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const key = await addKey(store, aKey(owner.id));
    await store.deleteKeys(owner.id, [key.id], heardBy(store));
    const session = aSession(owner.id);
    await store.insertSession(session);
    const held = await store.tombstones.list(undefined, 10);
    const log = {
      where: 'memory',
      append: () => assert.fail('the log has them already'),
      async *read() {
        yield held;
      },
      close: async () => undefined,
    };
    const { restored, logged } = await reconcileTombstones(store.tombstones, log);
    assert.deepEqual([restored, logged], [0, 0]);
    assert.ok(await store.findSession(session.digest));
  });

  test(`${engine}: deleted keys are listed last deleted first, by account, by role, and by whether they were tried`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const user = await addAccount(store, anAccount('user'));
    const root = await addAccount(store, anAccount('root', { role: 100 }));
    const [one, two] = [await addKey(store, aKey(user.id)), await addKey(store, aKey(root.id))];
    await store.deleteKeys(user.id, [one.id], heardBy(store));
    await store.deleteKeys(root.id, [two.id], heardBy(store));
    const ids = async (query: Parameters<TestStore['tombstones']['listDeletedKeys']>[0]) =>
      (await store.tombstones.listDeletedKeys(query, page)).items.map(({ id }) => id).sort((a, b) => a - b);
    assert.deepEqual(await ids(everyKey), [one.id, two.id]);
    assert.deepEqual(await ids({ ...everyKey, accountId: user.id }), [one.id]);
    assert.deepEqual(await ids({ ...everyKey, belowRole: 100 }), [one.id]);
    assert.deepEqual(await ids({ ...everyKey, since: 1_800_000_001 }), []);
    assert.deepEqual(await ids({ ...everyKey, attempted: true }), []);
    const addresses = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}`);
    const tried = { digest: one.digest, attempts: 3, lastAt: 1_800_000_100, addresses: ['192.0.2.200'] };
    const never = { digest: aDigest(), attempts: 5, lastAt: 1_800_000_100, addresses: [] };
    assert.equal(await store.tombstones.addAttempts([tried, never]), 3);
    assert.equal(
      await store.tombstones.addAttempts([{ ...tried, attempts: 2, lastAt: 1_800_000_050, addresses }]),
      2,
    );
    const { items, total } = await store.tombstones.listDeletedKeys({ ...everyKey, attempted: true }, page);
    assert.equal(total, 1);
    assert.deepEqual(
      items.map(({ id, attempts, lastAttemptAt }) => ({ id, attempts, lastAttemptAt })),
      [{ id: one.id, attempts: 5, lastAttemptAt: 1_800_000_100 }],
    );
    assert.deepEqual(items[0]?.addresses, addresses.slice(0, 16));
    await store.deleteAccount(user.id, heardBy(store));
    assert.deepEqual(await ids({ ...everyKey, belowRole: 10 }), [one.id]);
  });
};
