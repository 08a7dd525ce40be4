/** The contract of searching the keys of other accounts: those of lower roles and one's own, and no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyQuery } from '../store.ts';
import { roles } from '../store.ts';
import { aDigest, addAccount, addKey, aKey, anAccount, plain, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';

export const managedKeysSuite: Suite = (engine, open) => {
  test(`${engine}: an administrator finds keys of lower roles and its own, by value, name, account and id`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const add = (username: string, role: 1 | 10 | 100) => addAccount(store, anAccount(username, { role }));
    const root = await add('root', roles.root);
    const [admin, peer] = [await add('admin', roles.admin), await add('peer', roles.admin)];
    const [ana, bob] = [await add('ana', roles.user), await add('bob', roles.user)];
    const named = (accountId: number, name: string) => addKey(store, aKey(accountId, { name }));
    const ofRoot = await named(root.id, 'prod');
    const own = await named(admin.id, 'prod');
    const ofPeer = await named(peer.id, 'prod');
    const one = await named(ana.id, 'prod');
    const two = await named(ana.id, 'prod-eu');
    const three = await named(bob.id, 'a_b');
    const all = [three, two, one, ofPeer, own, ofRoot];
    const found = async (scope: typeof admin, query: KeyQuery, offset = 0, limit = 100) => {
      const { total, items } = await store.searchManagedKeys(scope, query, { offset, limit });
      return [total, ...items.map(({ key }) => key.id)];
    };
    assert.deepEqual(await found(admin, {}), [4, three.id, two.id, one.id, own.id]);
    assert.deepEqual(await found(root, {}), [6, ...all.map(({ id }) => id)]);
    assert.deepEqual(await found(ana, {}), [2, two.id, one.id]);
    assert.deepEqual(await found(admin, {}, 1, 2), [4, two.id, one.id]);
    assert.deepEqual(await found(admin, { name: 'prod' }), [2, one.id, own.id]);
    assert.deepEqual(await found(admin, { name: 'prod%', accountId: ana.id }), [2, two.id, one.id]);
    assert.deepEqual(await found(admin, { name: 'a_%' }), [1, three.id]);
    assert.deepEqual(await found(admin, { accountId: peer.id }), [0]);
    assert.deepEqual(await found(admin, { accountId: 1.5 }), [0]);
    assert.deepEqual(await found(admin, { digest: two.digest }), [1, two.id]);
    assert.deepEqual(await found(admin, { digest: two.digest, accountId: bob.id }), [0]);
    for (const digest of [ofPeer.digest, ofRoot.digest, aDigest()]) {
      assert.deepEqual(await found(admin, { digest }), [0]);
    }
    const ids = [ofRoot.id, ofPeer.id, own.id, one.id, 999, 2 ** 60];
    const among = async (asked: readonly number[]) =>
      (await store.findManagedKeys(admin, asked)).map(({ key }) => key.id);
    assert.deepEqual(await among(ids), [one.id, own.id]);
    assert.deepEqual(await among([]), []);
    assert.deepEqual(
      plain(await store.findManagedKeys(admin, [two.id])),
      plain([{ key: two, account: await store.getAccount(ana.id) }]),
    );
    await store.deleteKeys(ana.id, [one.id], heardBy(store));
    assert.deepEqual(await among([one.id, two.id]), [two.id]);
  });

  test(`${engine}: an administrator finds the tombstones of keys that it managed, and anybody that of a digest`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const token = aDigest();
    const admin = await addAccount(store, anAccount('admin', { role: roles.admin }));
    const peer = await addAccount(store, anAccount('peer', { role: roles.admin }));
    const user = await addAccount(store, anAccount('user', { accessTokenDigest: token }));
    const keys = [];
    for (const { id } of [admin, peer, user]) {
      const key = await addKey(store, aKey(id));
      await store.deleteKeys(id, [key.id], heardBy(store));
      keys.push(key);
    }
    const [own, ofPeer, ofUser] = keys.map(({ id }) => id);
    const alive = await addKey(store, aKey(user.id));
    await store.updateAccount(user.id, { accessTokenDigest: null }, 0, heardBy(store));
    const ids = [alive.id, ...keys.map(({ id }) => id), 0, 2 ** 60, 1.5];
    const managed = await store.tombstones.ofManagedKeys(admin, ids);
    assert.deepEqual(
      managed.map(({ id, accountId }) => [id, accountId]),
      [
        [own, admin.id],
        [ofUser, user.id],
      ],
    );
    assert.deepEqual(await store.tombstones.ofManagedKeys(admin, [ofPeer ?? 0]), []);
    assert.deepEqual(plain(await store.tombstones.ofKey(keys[2]?.digest ?? token)), plain(managed[1]));
    for (const digest of [token, alive.digest]) assert.equal(await store.tombstones.ofKey(digest), undefined);
  });
};
