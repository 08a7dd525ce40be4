/** The contract of receipts: one for each deleted key, written with the deletion and completed once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { type TestStore, testOrigin } from '../../../tests/support/test-store.ts';
import type { ClosedReceipt, ReceiptRow } from '../receipt-store.ts';
import { roles } from '../store.ts';
import { aDigest, addAccount, addKey, aKey, anAccount, type Suite } from './engine.ts';
import { heardBy, listen } from './heard.ts';

const root = { id: 0, role: roles.root };
const all = { offset: 0, limit: 100 };
const listAll = async (store: TestStore) => (await store.receipts.list({ scope: root }, all)).items;

const closed = (
  row: Pick<ReceiptRow, 'id' | 'keyId'>,
  fields: Partial<ClosedReceipt> = {},
): ClosedReceipt => ({
  id: row.id,
  keyId: row.keyId,
  state: 'complete',
  document: '{"a":"ключ"}',
  signature: new Uint8Array(64).fill(7),
  signedBy: 'a-key',
  ...fields,
});

export const receiptsSuite: Suite = (engine, open) => {
  test(`${engine}: every way of deleting a key leaves its receipt, and announces it`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const announced: (number | undefined)[] = [];
    listen(store, ({ receipt }) => announced.push(receipt?.id));
    const [one, two, three] = [
      await addAccount(store, anAccount('one')),
      await addAccount(store, anAccount('two')),
      await addAccount(store, anAccount('three')),
    ];
    const keys = [
      await addKey(store, aKey(one.id, { name: 'ключ 🗝' })),
      await addKey(store, aKey(one.id)),
      await addKey(store, aKey(two.id)),
      await addKey(store, aKey(three.id)),
    ];
    announced.length = 0;
    await store.deleteKeys(one.id, [keys[0]?.id ?? 0, keys[1]?.id ?? 0, 999], heardBy(store));
    await store.deleteAccount(two.id, heardBy(store));
    await store.revokeCredentials(three.id, heardBy(store));
    const rows = await listAll(store);
    assert.deepEqual(
      rows.map(({ keyId, accountId, name, state, document }) => [keyId, accountId, name, state, document]),
      keys.toReversed().map(({ id, accountId, name }) => [id, accountId, name, 'open', '']),
    );
    for (const [index, row] of nonEmpty(rows.toReversed()).entries()) {
      assert.deepEqual(new Uint8Array(row.digest), keys[index]?.digest);
      assert.deepEqual(row.origin, testOrigin);
    }
    assert.deepEqual(
      announced.filter((id) => id !== undefined),
      rows.map(({ id }) => id).toReversed(),
    );
    await store.deleteKeys(one.id, [keys[0]?.id ?? 0], heardBy(store));
    assert.equal((await listAll(store)).length, 4, 'a repetition leaves no other one');
  });

  test(`${engine}: a receipt is completed once: nobody changes it afterwards`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    const ids = [(await addKey(store, aKey(owner.id))).id, (await addKey(store, aKey(owner.id))).id];
    await store.deleteKeys(owner.id, ids, heardBy(store));
    const opened = await store.receipts.listOpen(10);
    assert.deepEqual(
      opened.map(({ keyId }) => keyId),
      ids,
    );
    assert.equal((await store.receipts.listOpen(1)).length, 1);
    const [first = assert.fail(), second = assert.fail()] = opened;
    await store.receipts.close([closed(first)]);
    await store.receipts.close([closed(first, { document: 'other' }), closed(second, { state: 'partial' })]);
    const found = await store.receipts.find(first.id, root);
    assert.deepEqual(
      [found?.state, found?.document, [...(found?.signature ?? [])].length, found?.signedBy],
      ['complete', '{"a":"ключ"}', 64, 'a-key'],
    );
    assert.equal((await store.receipts.ofKey(second.keyId, root))?.state, 'partial');
    assert.deepEqual(await store.receipts.listOpen(10), []);
  });

  test(`${engine}: receipts are those of own keys, or of accounts that somebody manages`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const user = await addAccount(store, anAccount('user'));
    const admin = await addAccount(store, anAccount('admin', { role: roles.admin }));
    const gone = await addAccount(store, anAccount('gone'));
    for (const { id } of [user, admin, gone]) {
      const key = await addKey(store, aKey(id, { name: `of ${id}` }));
      await store.deleteKeys(id, [key.id], heardBy(store));
    }
    await store.deleteAccount(gone.id, heardBy(store));
    const seenBy = async (scope: { id: number; role: 1 | 10 | 100 }) =>
      (await store.receipts.list({ scope }, all)).items.map(({ accountId }) => accountId);
    assert.deepEqual(await seenBy(user), [user.id]);
    assert.deepEqual(await seenBy(admin), [gone.id, admin.id, user.id]);
    const other = await addAccount(store, anAccount('other', { role: roles.admin }));
    assert.deepEqual(await seenBy(other), [gone.id, user.id]);
    for (const row of nonEmpty(await listAll(store))) {
      const may = row.accountId !== admin.id;
      assert.equal((await store.receipts.find(row.id, other)) !== undefined, may);
      assert.equal((await store.receipts.ofKey(row.keyId, other)) !== undefined, may);
    }
    const filtered = async (query: object) =>
      (await store.receipts.list({ scope: root, ...query }, all)).items.map(({ accountId }) => accountId);
    assert.deepEqual(await filtered({ accountId: user.id }), [user.id]);
    assert.deepEqual(await filtered({ name: `of ${gone.id}` }), [gone.id]);
    assert.deepEqual(await filtered({ state: 'partial' }), []);
    assert.deepEqual(await filtered({ name: 'a\0b' }), []);
    assert.deepEqual(await filtered({ keyId: 2 ** 60 }), []);
    const { items, total } = await store.receipts.list({ scope: root }, { offset: 1, limit: 1 });
    assert.deepEqual([items[0]?.accountId, total], [admin.id, 3]);
    const [newest = assert.fail()] = await listAll(store);
    const before = await store.receipts.list({ scope: root }, { ...all, beforeId: newest.id });
    assert.equal(before.items.length, 2);
  });

  test(`${engine}: one key signs at a time; what it replaces keeps its public part alone`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { receipts } = store;
    const key = (name: string, createdAt: number) => {
      return { name, publicKey: aDigest(), sealed: new Uint8Array([1, 2]), createdAt };
    };
    assert.deepEqual(await receipts.listKeys(), []);
    const firsts = await Promise.all([receipts.addKey(key('a', 1)), receipts.addKey(key('b', 1))]);
    assert.deepEqual(firsts.toSorted(), [false, true], 'two nodes that start at once make one');
    const [first = assert.fail()] = await receipts.listKeys();
    assert.equal(await store.replaceReceiptKey(key('c', 5), first), true);
    assert.equal(await store.replaceReceiptKey(key('d', 6), first), false, 'another rotation was faster');
    assert.deepEqual(
      (await receipts.listKeys()).map(({ name, sealed, retiredAt }) => [name, sealed?.length, retiredAt]),
      [
        [first.name, undefined, 5],
        ['c', 2, null],
      ],
    );
  });
};
