/** The contract of a store's keys: finding, paging, searching, adding and changing them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { KeyFields } from '../../domain/key.ts';
import type { KeyWithAccount } from '../store.ts';
import {
  aDigest,
  addAccount,
  addKey,
  aKey,
  anAccount,
  announcements,
  nothingUsed,
  otherKeyFields,
  plain,
  type Suite,
} from './engine.ts';
import { heardBy } from './heard.ts';

export const keysSuite: Suite = (engine, open) => {
  test(`${engine}: a key is found as it was written, with its account, by digest and by id`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    for (const fields of [{}, otherKeyFields, { sealed: null, allowIps: '' }]) {
      const given = aKey(account.id, fields);
      const key = await addKey(store, given);
      assert.deepEqual(plain(key), plain({ ...given, ...nothingUsed, id: key.id, accessedAt: 0 }));
      for (const found of [await store.findKeyByDigest(given.digest), await store.findKeyById(key.id)]) {
        assert.deepEqual(plain(found), plain({ key, account }));
      }
      assert.deepEqual(plain(await store.getKey(account.id, key.id)), plain(key));
    }
  });

  test(`${engine}: many keys are found at once, in the order of their digests`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const accounts = [
      await addAccount(store, anAccount('owner')),
      await addAccount(store, anAccount('other')),
    ] as const;
    const keys: KeyWithAccount[] = [];
    for (const account of [...accounts, accounts[0]]) {
      keys.push({ account, key: await addKey(store, aKey(account.id)) });
    }
    const [one, two, three] = keys;
    const deleted = await addKey(store, aKey(accounts[0].id));
    await store.deleteKeys(accounts[0].id, [deleted.id], heardBy(store));
    const digestOf = (found: KeyWithAccount | undefined) => found?.key.digest ?? aDigest();
    const asked = [three, undefined, one, two, one].map(digestOf);
    const found = await store.findKeysByDigests([...asked, deleted.digest, new Uint8Array()]);
    assert.deepEqual(plain(found), plain([three, undefined, one, two, one, undefined, undefined]));
    assert.deepEqual(await store.findKeysByDigests([]), []);
  });

  test(`${engine}: what does not exist is not found, whatever the id or digest`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    await addKey(store, aKey(account.id));
    for (const id of [0, -1, 1.5, 2 ** 53, 2 ** 63, 1e300]) {
      assert.equal(await store.getKey(account.id, id), undefined, String(id));
      assert.equal(await store.findKeyById(id), undefined, String(id));
      assert.deepEqual(await store.deleteKeys(account.id, [id], heardBy(store)), [], String(id));
      assert.equal(await store.getAccount(id), undefined, String(id));
    }
    assert.equal(await store.findKeyByDigest(aDigest()), undefined);
    assert.equal(await store.findKeyByDigest(new Uint8Array()), undefined);
  });

  test(`${engine}: a key can neither be read, changed nor deleted by another account`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const other = await addAccount(store, anAccount('other'));
    const key = await addKey(store, aKey(owner.id));
    const heard = announcements(store);
    assert.equal(await store.getKey(other.id, key.id), undefined);
    assert.equal(await store.updateKey(other.id, key.id, { name: 'mine' }, heardBy(store)), undefined);
    assert.deepEqual(await store.deleteKeys(other.id, [key.id], heardBy(store)), []);
    assert.deepEqual(
      (await store.searchKeys(other.id, { digest: key.digest }, { offset: 0, limit: 9 })).items,
      [],
    );
    assert.deepEqual(heard, []);
    assert.deepEqual(plain(await store.getKey(owner.id, key.id)), plain(key));
  });

  test(`${engine}: pages are newest first, end where the keys end, and know the total`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const other = await addAccount(store, anAccount('other'));
    const ids: number[] = [];
    for (let index = 0; index < 7; index += 1) {
      ids.unshift((await addKey(store, aKey(owner.id))).id);
      await addKey(store, aKey(other.id));
    }
    const page = async (offset: number, limit: number) => {
      const { total, items } = await store.listKeys(owner.id, { offset, limit });
      return { total, ids: items.map((key) => key.id) };
    };
    assert.deepEqual(await page(0, 3), { total: 7, ids: ids.slice(0, 3) });
    assert.deepEqual(await page(6, 3), { total: 7, ids: ids.slice(6) });
    assert.deepEqual(await page(7, 3), { total: 7, ids: [] });
    assert.deepEqual(await page(1_000_000_000, 100), { total: 7, ids: [] });
    assert.deepEqual((await store.listKeys(999, { offset: 0, limit: 3 })).total, 0);
    const [, second = 0, third = 0, , , sixth = 0] = ids;
    await store.deleteKeys(owner.id, [second], heardBy(store));
    const after = { offset: 0, limit: 3, beforeId: third };
    for (const page of [await store.listKeys(owner.id, after), await store.searchKeys(owner.id, {}, after)]) {
      const listed = page.items.map((key) => key.id);
      assert.deepEqual([page.total, listed], [6, ids.slice(3, 6)]);
    }
    const last = { offset: 0, limit: 3, beforeId: sixth };
    assert.deepEqual(
      (await store.listKeys(owner.id, last)).items.map(({ id }) => id),
      ids.slice(6),
    );
  });

  test(`${engine}: the count of keys follows every insertion and deletion`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const keys = [];
    for (let index = 0; index < 5; index += 1) keys.push(await addKey(store, aKey(owner.id)));
    await store.insertKey(aKey(owner.id, { digest: keys[0]?.digest ?? aDigest() }), 100, heardBy(store));
    await store.insertKey(aKey(owner.id), 5, heardBy(store));
    const [first = 0, second = 0] = keys.map((key) => key.id);
    await store.deleteKeys(owner.id, [first, second, first, 999], heardBy(store));
    await store.deleteKeys(owner.id, [first], heardBy(store));
    assert.equal(await store.countKeys(owner.id), 3);
    assert.equal((await store.listKeys(owner.id, { offset: 0, limit: 100 })).items.length, 3);
    assert.equal(await store.countKeys(999), 0);
  });

  test(`${engine}: search by name is exact without a percent sign, which stands for any characters`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const names = [
      'prod',
      'Prod',
      'prod-eu',
      'a_b',
      'axb',
      'a\\b',
      'a*b',
      'a?b',
      'a[x]b',
      'ключ 🗝',
      "o'b",
      '',
    ];
    for (const name of names) await addKey(store, aKey(owner.id, { name }));
    const found = async (name: string) => {
      const { total, items } = await store.searchKeys(owner.id, { name }, { offset: 0, limit: 100 });
      assert.equal(total, items.length);
      return items.map((key) => key.name).reverse();
    };
    for (const name of names) assert.deepEqual(await found(name), [name]);
    assert.deepEqual(await found('prod%'), ['prod', 'prod-eu']);
    assert.deepEqual(await found('%rod'), ['prod', 'Prod']);
    assert.deepEqual(await found('a_%'), ['a_b']);
    assert.deepEqual(await found('a\\%'), ['a\\b']);
    assert.deepEqual(await found('a*%'), ['a*b']);
    assert.deepEqual(await found('a?%'), ['a?b']);
    assert.deepEqual(await found('%[x]%'), ['a[x]b']);
    assert.deepEqual(await found('a%b'), ['a_b', 'axb', 'a\\b', 'a*b', 'a?b', 'a[x]b']);
    assert.deepEqual(await found('%юч%🗝'), ['ключ 🗝']);
    assert.deepEqual(await found('%'), names);
    assert.deepEqual(await found('%%%'), names);
    assert.deepEqual(await found('nothing%'), []);
  });

  test(`${engine}: patterns made to be slow or long are answered like any other`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    await addKey(store, aKey(owner.id, { name: 'a'.repeat(50) }));
    const total = async (name: string) =>
      (await store.searchKeys(owner.id, { name }, { offset: 0, limit: 1 })).total;
    assert.equal(await total(`${'%a'.repeat(25)}b`), 0);
    assert.equal(await total(`${'%a'.repeat(25)}%`), 1);
    assert.equal(await total('x'.repeat(1_000_000)), 0);
    assert.equal(await total(`%${'?'.repeat(1_000_000)}`), 0);
    assert.equal(await total('%'.repeat(100_000)), 1);
  });

  test(`${engine}: search by value, by value and name, and by neither`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const one = await addKey(store, aKey(owner.id, { name: 'one' }));
    const two = await addKey(store, aKey(owner.id, { name: 'two' }));
    const ids = async (query: { name?: string; digest?: Uint8Array }) =>
      (await store.searchKeys(owner.id, query, { offset: 0, limit: 9 })).items.map((key) => key.id);
    assert.deepEqual(await ids({ digest: one.digest }), [one.id]);
    assert.deepEqual(await ids({ digest: one.digest, name: 'o%' }), [one.id]);
    assert.deepEqual(await ids({ digest: one.digest, name: 'two' }), []);
    assert.deepEqual(await ids({ digest: aDigest() }), []);
    assert.deepEqual(await ids({}), [two.id, one.id]);
    const second = await store.searchKeys(owner.id, {}, { offset: 1, limit: 1 });
    assert.deepEqual([second.total, second.items[0]?.id], [2, one.id]);
    assert.deepEqual(await store.searchKeys(owner.id, {}, { offset: 2, limit: 1 }), { total: 2, items: [] });
  });

  test(`${engine}: a key is refused when its account is gone or full, or its value is taken`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const other = await addAccount(store, anAccount('other'));
    const heard = announcements(store);
    assert.equal(await store.insertKey(aKey(999), 5, heardBy(store)), 'no_account');
    assert.equal(await store.insertKey(aKey(owner.id), 0, heardBy(store)), 'account_full');
    assert.deepEqual(heard, []);
    const key = await addKey(store, aKey(owner.id));
    assert.equal(await store.insertKey(aKey(owner.id), 1, heardBy(store)), 'account_full');
    assert.equal(
      await store.insertKey(aKey(other.id, { digest: key.digest }), 5, heardBy(store)),
      'digest_taken',
    );
    assert.deepEqual(plain(heard), plain([{ kind: 'key', keyId: key.id, digest: key.digest }]));
  });

  test(`${engine}: an update changes the given fields and no others, and is announced`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const key = await addKey(store, aKey(owner.id));
    const heard = announcements(store);
    let expected = { ...key };
    for (const [name, value] of nonEmpty(Object.entries(otherKeyFields) as [keyof KeyFields, never][])) {
      expected = { ...expected, [name]: value };
      assert.deepEqual(
        plain(await store.updateKey(owner.id, key.id, { [name]: value }, heardBy(store))),
        plain(expected),
        name,
      );
      assert.deepEqual(plain(await store.getKey(owner.id, key.id)), plain(expected), name);
      assert.deepEqual(plain(heard.splice(0)), plain([{ kind: 'key', keyId: key.id, digest: key.digest }]));
    }
    const cleared = await store.updateKey(
      owner.id,
      key.id,
      { allowIps: null, remainQuota: 0 },
      heardBy(store),
    );
    assert.deepEqual(plain(cleared), plain({ ...expected, allowIps: null, remainQuota: 0 }));
  });
};
