/** The contract of listing and counting keys for people: filters, orders, pages, risks, and the bound of a look. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { type KeyFields, keyStatus, statusOf } from '../../domain/key.ts';
import { idleDays, keyRisks, removableDays } from '../../domain/key-risk.ts';
import { type KeyCounts, type KeyFilter, type KeySort, keySorts } from '../key-list.ts';
import { roles, type Store } from '../store.ts';
import { addAccount, addKey, addRecord, aKey, anAccount, nothingUsed, type Suite } from './engine.ts';

const now = 1_800_000_000;
const day = 86_400;
const look = { now, keysMax: 1000 } as const;
const everything = { offset: 0, limit: 100 } as const;
const newest = { by: 'created', descending: true } as const;

const budget = { units: 5, period: 'daily', timeZone: 'UTC', softPercent: 100 } as const;
const limited = (remainQuota: number) => ({ unlimitedQuota: false, remainQuota });

/** By their names; the number is the age in days. */
const made: readonly (readonly [name: string, age: number, fields: Partial<KeyFields>])[] = [
  ['plain', 0, {}],
  ['old', idleDays + 1, {}],
  ['at the edge', idleDays, limited(5)],
  ['budget', 1, { budget, expiresAt: now + 1 }],
  ['disabled', removableDays + 1, { state: 'disabled' }],
  ['disabled and expired', 1, { state: 'disabled', expiresAt: now - 1 }],
  ['expires now', removableDays, { expiresAt: now }],
  ['expired and empty', removableDays + 1, { expiresAt: 1, ...limited(0) }],
  ['empty', 1, limited(0)],
  ['overdrawn', idleDays + 1, limited(-7)],
  ['unlimited and empty', 1, { remainQuota: 0, expiresAt: now + day }],
];

async function fill(store: TestStore, accountId: number): Promise<void> {
  for (const [name, age, fields] of made) {
    await addKey(store, aKey(accountId, { createdAt: now - age * day, ...fields, name }));
  }
}

async function namesOf(store: Store, filter: KeyFilter, order = newest): Promise<readonly string[]> {
  const { total, items, complete } = await store.listKeysBy(filter, order, everything, look);
  assert.deepEqual([total, complete], [items.length, true]);
  return items.map(({ key }) => key.name);
}

export const keyListSuite: Suite = (engine, open) => {
  test(`${engine}: keys are listed and counted by the status that the domain works out`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { id: accountId } = await addAccount(store, anAccount('owner'));
    await fill(store, accountId);
    const { items } = await store.listKeysBy({ accountId }, newest, everything, look);
    const counts = await store.countKeysBy({ accountId }, look);
    for (const [name, status] of nonEmpty(
      Object.entries(keyStatus) as [keyof typeof keyStatus, 1 | 2 | 3 | 4][],
    )) {
      const expected = items.filter(({ key }) => statusOf(key, now) === status).map(({ key }) => key.name);
      assert.ok(expected.length > 0, name);
      assert.deepEqual(await namesOf(store, { accountId, statuses: [status, status] }), expected, name);
      assert.equal(counts[name], expected.length, name);
    }
    assert.deepEqual([counts.total, counts.complete], [made.length, true]);
    const both = await namesOf(store, { accountId, statuses: [keyStatus.disabled, keyStatus.exhausted] });
    assert.deepEqual(both, ['overdrawn', 'empty', 'disabled and expired', 'disabled']);
    assert.deepEqual(await namesOf(store, { accountId, statuses: [] }), []);
  });

  test(`${engine}: each risk lists as many keys as it counts, and those that it means`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { id: accountId } = await addAccount(store, anAccount('owner'));
    await fill(store, accountId);
    const used = await addKey(store, aKey(accountId, { name: 'used of late', createdAt: 1 }));
    await addRecord(store, { accountId, keyId: used.id, createdAt: now - day });
    const expected = {
      no_limit: ['used of late', 'unlimited and empty', 'old', 'plain'],
      never_expires: ['used of late', 'at the edge', 'old', 'plain'],
      idle: ['old'],
      removable: ['overdrawn', 'expired and empty', 'disabled'],
    };
    const counts = await store.countKeysBy({ accountId }, look);
    for (const risk of nonEmpty(keyRisks)) {
      assert.deepEqual(await namesOf(store, { accountId, risk }), expected[risk], risk);
      assert.equal(counts[risk], expected[risk].length, risk);
    }
    const combined = { accountId, risk: 'never_expires', text: 'L', statuses: [keyStatus.enabled] } as const;
    assert.deepEqual(await namesOf(store, combined), ['used of late', 'old', 'plain']);
  });

  test(`${engine}: a text is part of the name or of the hint, and no pattern`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { id: accountId } = await addAccount(store, anAccount('owner'));
    for (const name of ['Prod', 'my-prod-eu', 'a%b', 'a_b', 'a\\b', "o'b", 'КЛЮЧ 🗝', '<b>x</b>', '']) {
      await addKey(store, aKey(accountId, { name, hint: `sk-${name.length}bcd…wxyZ` }));
    }
    const found = (text: string) => namesOf(store, { accountId, text });
    assert.deepEqual(await found('pROD'), ['my-prod-eu', 'Prod']);
    for (const name of ['a%b', 'a_b', 'a\\b', "o'b", 'КЛЮЧ', '🗝', '<b>']) {
      assert.equal((await found(name)).length, 1, name);
    }
    assert.deepEqual(await found('ключ'), []);
    assert.deepEqual(await found('sk-4bcd…wxyZ'), ['Prod']);
    assert.deepEqual(await found('wxyz'), []);
    for (const nothing of ['%', '*', '%%', '?', '\0', '\ud800', 'x'.repeat(100_000)]) {
      assert.equal((await found(nothing)).length, nothing === '%' ? 1 : 0, nothing.slice(0, 9));
    }
    assert.equal((await found('')).length, 9);
  });

  test(`${engine}: a group is that of the key or of its account, a model is one that the key may use`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { id: accountId } = await addAccount(store, anAccount('owner', { group: 'vip' }));
    const add = (name: string, fields: Partial<KeyFields>) =>
      addKey(store, aKey(accountId, { name, ...fields }));
    await add('any', {});
    await add('vip', { group: 'vip', modelLimitsEnabled: true, modelLimits: 'gpt-4o,o3' });
    await add('other', { group: 'default', modelLimitsEnabled: true, modelLimits: 'gpt-4o-mini' });
    await add('none', { group: 'auto', modelLimitsEnabled: true, modelLimits: '' });
    await add('off', { modelLimitsEnabled: false, modelLimits: 'o3' });
    const inGroup = (group: string) => namesOf(store, { accountId, group });
    assert.deepEqual(await inGroup('vip'), ['off', 'vip', 'any']);
    assert.deepEqual(await inGroup('default'), ['other']);
    assert.deepEqual(await inGroup('auto'), ['none']);
    assert.deepEqual(await inGroup('nothing'), []);
    const withModel = (model: string) => namesOf(store, { accountId, model });
    assert.deepEqual(await withModel('gpt-4o'), ['off', 'vip', 'any']);
    assert.deepEqual(await withModel('gpt-4o-mini'), ['off', 'other', 'any']);
    assert.deepEqual(await withModel('o3'), ['off', 'vip', 'any']);
    assert.deepEqual(await withModel('4o'), ['off', 'any']);
  });

  test(`${engine}: every order is complete in both directions, whatever the page`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { id: accountId } = await addAccount(store, anAccount('owner'));
    const names = ['b', 'B', 'a', '🗝', 'ﬀ', 'Z', '', 'ä', 'ab', 'a b', 'a'];
    for (const [index, name] of names.entries()) {
      const fields = { ...limited((index * 7) % 5), expiresAt: index % 3 === 0 ? -1 : now + (index % 4) };
      const key = await addKey(store, aKey(accountId, { name, ...fields, ...(index === 4 && limited(-3)) }));
      const units = (index * 5) % 3;
      if (index % 2) await addRecord(store, { accountId, keyId: key.id, createdAt: now + units, units });
    }
    await addKey(store, aKey(accountId, { name: 'c' }));
    const all = (await store.listKeysBy({ accountId }, newest, everything, look)).items.map(({ key }) => key);
    const lower = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
    const place: Readonly<Record<KeySort, (key: (typeof all)[number]) => number | Buffer>> = {
      created: ({ id }) => id,
      name: ({ name }) => Buffer.from(lower(name)),
      last_used: ({ accessedAt }) => accessedAt,
      used: ({ usedQuota }) => usedQuota,
      remaining: (key) => (key.unlimitedQuota ? Number.POSITIVE_INFINITY : key.remainQuota),
      expires: (key) => (key.expiresAt === -1 ? Number.POSITIVE_INFINITY : key.expiresAt),
    };
    const compared = (one: number | Buffer, other: number | Buffer) =>
      typeof one === 'number' ? one - Number(other) || 0 : Buffer.compare(one, other as Buffer);
    for (const by of nonEmpty(keySorts)) {
      const sorted = all.toSorted(
        (one, other) => compared(place[by](one), place[by](other)) || one.id - other.id,
      );
      for (const descending of [false, true]) {
        const expected = (descending ? sorted.toReversed() : sorted).map(({ id }) => id);
        const listed: number[] = [];
        for (let offset = 0; offset < all.length + 3; offset += 3) {
          const page = { offset, limit: 3 };
          const { items, total } = await store.listKeysBy({ accountId }, { by, descending }, page, look);
          assert.equal(total, all.length);
          listed.push(...items.map(({ key }) => key.id));
        }
        assert.deepEqual(listed, expected, `${by} ${descending}`);
      }
    }
  });

  test(`${engine}: an administrator lists and counts keys of lower roles and its own, with their accounts`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const admin = await addAccount(store, anAccount('admin', { role: roles.admin }));
    const peer = await addAccount(store, anAccount('peer', { role: roles.admin }));
    const ana = await addAccount(store, anAccount('ana'));
    for (const { id, username } of [admin, peer, ana, ana]) await addKey(store, aKey(id, { name: username }));
    const listed = async (filter: KeyFilter) => {
      const { items } = await store.listKeysBy(filter, newest, everything, look);
      const { total } = await store.countKeysBy(filter, look);
      assert.equal(total, items.length);
      return items.map(({ key, account }) => `${key.name} ${account.username}`);
    };
    assert.deepEqual(await listed({ scope: admin }), ['ana ana', 'ana ana', 'admin admin']);
    assert.deepEqual(await listed({ scope: admin, accountId: ana.id }), ['ana ana', 'ana ana']);
    assert.deepEqual(await listed({ scope: admin, accountId: peer.id }), []);
    for (const accountId of [999, 1.5, -1, 2 ** 60]) {
      assert.deepEqual(await listed({ accountId }), [], String(accountId));
    }
  });

  test(`${engine}: a look ends at its bound, and says so`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const owner = await addAccount(store, anAccount('owner'));
    for (const name of ['a', 'b', 'c']) await addKey(store, aKey(owner.id, { name }));
    const few = { now, keysMax: 2 };
    const order = { by: 'name', descending: false } as const;
    const filters = [{ accountId: owner.id }, { scope: { ...owner, role: roles.root } }];
    for (const filter of nonEmpty(filters)) {
      const { items, ...rest } = await store.listKeysBy(filter, order, everything, few);
      assert.deepEqual(
        items.map(({ key }) => key.name),
        ['b', 'c'],
      );
      assert.deepEqual(rest, { total: 2, complete: false });
      const { total, complete }: KeyCounts = await store.countKeysBy(filter, few);
      assert.deepEqual([total, complete], [2, false]);
    }
    // An index knows all of them.
    const { items, ...rest } = await store.listKeysBy({ accountId: owner.id }, newest, everything, few);
    assert.deepEqual([items.length, rest], [3, { total: 3, complete: true }]);
    assert.equal(items[0]?.key.budgetUsed, nothingUsed.budgetUsed);
  });
};
