/** The contract of settlement: what a record changes, once, and what it leaves alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { recordTypes, type Shortfall } from '../../domain/accounting/terms.ts';
import type { Settlement } from '../ledger-store.ts';
import { emptyDetail } from '../record-detail.ts';

import {
  addAccount,
  addKey,
  addRecord,
  aKey,
  anAccount,
  announcements,
  aRecord,
  aRequestId,
  assertInvariants,
  plain,
  type Suite,
} from './engine.ts';
import { heardBy } from './heard.ts';
import { aPayer, keyLimitedTo, limitedTo, reserve } from './payer.ts';

async function totalsOf(store: TestStore, keyId: number): Promise<Readonly<Record<string, unknown>>> {
  const { key, account } = (await store.findKeyById(keyId)) ?? {};
  return {
    key: [key?.remainQuota, key?.usedQuota, key?.reserved],
    account: [account?.quota, account?.usedQuota, account?.reserved, account?.requestCount],
  };
}

const limits = { key: keyLimitedTo(50), account: limitedTo(100) };

export const settlementSuite: Suite = (engine, open) => {
  test(`${engine}: records are added up on key, account and hour, and are not announced`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const one = await aPayer(store, limits);
    const two = await aPayer(store, { key: { remainQuota: 50 }, account: { quota: 100 } });
    const [before, free] = [await store.findKeyById(one.keyId), await store.findKeyById(two.keyId)];
    const heard = announcements(store);
    const detail = { ...emptyDetail, inputTokens: 3, outputTokens: 4, cachedTokens: 2 };
    const createdAt = 1_800_003_599;
    const records = [
      aRecord({ ...one, units: 30, createdAt: createdAt + 20, detail }),
      aRecord({ ...one, units: 40, createdAt, detail }),
      aRecord({ ...one, units: 0, createdAt, model: 'o3', detail }),
      aRecord({ ...one, units: 1, createdAt, detail }),
      aRecord({ ...two, units: 7, createdAt: 5, detail }),
    ];
    assert.deepEqual(
      await store.settle(
        records.map((record) => ({ record, reserved: false })),
        true,
      ),
      [],
    );
    assert.deepEqual(await store.settle([], true), []);
    assert.deepEqual(heard, []);
    assert.ok(before && free);
    const expected = [
      {
        key: { ...before.key, remainQuota: -21, usedQuota: 71, accessedAt: createdAt + 20 },
        account: { ...before.account, quota: 29, usedQuota: 71, requestCount: 4 },
      },
      {
        key: { ...free.key, usedQuota: 7, accessedAt: 5 },
        account: { ...free.account, usedQuota: 7, requestCount: 1 },
      },
    ];
    const row = { ...one, errors: 0, model: 'gpt-4o', requests: 1, inputTokens: 3, outputTokens: 4 };
    const hours = [
      { ...row, hour: 1_800_000_000, requests: 2, units: 41, inputTokens: 6, outputTokens: 8 },
      { ...row, hour: 1_800_000_000, units: 0, model: 'o3' },
      { ...row, hour: 1_800_003_600, units: 30 },
    ];
    for (const opened of [async () => store, reopen]) {
      const current = await opened();
      const found = [await current.findKeyById(one.keyId), await current.findKeyById(two.keyId)];
      assert.deepEqual(plain(found), plain(expected));
      const by = ['hour', 'accountId', 'keyId', 'model'] as const;
      const hourly = await current.listHourly({ accountId: one.accountId, by });
      const sorted = hourly.toSorted((a, b) => a.hour - b.hour || a.model.localeCompare(b.model));
      assert.deepEqual(plain(sorted), plain(hours));
      await assertInvariants(current);
    }
  });

  test(`${engine}: a record ends its reservation, whatever it comes to`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    for (const [units, left] of [
      [0, 50],
      [3, 47],
      [10, 40],
      [60, -10],
    ] as const) {
      const payer = await aPayer(store, limits);
      const requestId = aRequestId();
      assert.equal(await reserve(store, payer, 10, { requestId }), 'reserved');
      assert.equal(await reserve(store, payer, 5), 'reserved');
      await store.settle([{ record: aRecord({ ...payer, requestId, units }), reserved: true }], true);
      assert.deepEqual(await totalsOf(store, payer.keyId), {
        key: [left, units, 5],
        account: [left + 50, units, 5, 1],
      });
      await assertInvariants(store);
    }
  });

  test(`${engine}: a record counts once, in one batch, in a later one, and after a restart`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, limits);
    const requestId = aRequestId();
    await reserve(store, payer, 10, { requestId });
    const settlement = { record: aRecord({ ...payer, requestId, units: 4 }), reserved: true };
    const other = { ...settlement, record: { ...settlement.record, units: 9, type: recordTypes.error } };
    const expected = { key: [46, 4, 0], account: [96, 4, 0, 1] };
    await store.settle([settlement, settlement, other], true);
    assert.deepEqual(await totalsOf(store, payer.keyId), expected);
    await store.settle([other, settlement], false);
    assert.deepEqual(await totalsOf(store, payer.keyId), expected);
    const again = await reopen();
    await again.settle([settlement], true);
    assert.deepEqual(await totalsOf(again, payer.keyId), expected);
    const { total, items } = await again.listRecords({}, { offset: 0, limit: 10 }, 10);
    assert.deepEqual(
      [total, items.map((item) => ({ ...item, id: 0 }))],
      [1, [{ ...settlement.record, id: 0 }]],
    );
    await assertInvariants(again);
  });

  test(`${engine}: of what is written twice, the second still ends a reservation of that id`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, limits);
    const requestId = aRequestId();
    await addRecord(store, { ...payer, requestId, units: 1 });
    await reserve(store, payer, 10, { requestId });
    await store.settle([{ record: aRecord({ ...payer, requestId, units: 4 }), reserved: true }], true);
    assert.deepEqual(await totalsOf(store, payer.keyId), { key: [49, 1, 0], account: [99, 1, 0, 1] });
    await assertInvariants(store);
  });

  test(`${engine}: what is drawn is drawn from limited balances only, as they are at that moment`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { accountId, keyId } = await aPayer(store, limits);
    const charge = () => addRecord(store, { accountId, keyId, units: 5 });
    const left = async () => {
      const found = await store.findKeyById(keyId);
      return [found?.key.remainQuota, found?.account.quota];
    };
    await charge();
    assert.deepEqual(await left(), [45, 95]);
    await store.updateKey(accountId, keyId, { unlimitedQuota: true }, heardBy(store));
    await charge();
    assert.deepEqual(await left(), [45, 90]);
    await store.updateAccount(accountId, { unlimitedQuota: true }, 1, heardBy(store));
    await charge();
    assert.deepEqual(await left(), [45, 90]);
    await store.updateKey(accountId, keyId, { unlimitedQuota: false }, heardBy(store));
    await charge();
    assert.deepEqual(await left(), [40, 90]);
    assert.equal((await store.getAccount(accountId))?.usedQuota, 20);
    await assertInvariants(store);
  });

  test(`${engine}: records that are no consumption cost nothing, whatever units they have`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, limits);
    const detail = { ...emptyDetail, inputTokens: 3, outputTokens: 4 };
    for (const type of [recordTypes.error, recordTypes.manage, recordTypes.system]) {
      const requestId = aRequestId();
      await reserve(store, payer, 10, { requestId });
      const record = aRecord({ ...payer, requestId, type, units: 9, detail });
      await store.settle([{ record, reserved: true }], true);
    }
    assert.deepEqual(await totalsOf(store, payer.keyId), { key: [50, 0, 0], account: [100, 0, 0, 0] });
    const [hour, ...more] = await store.listHourly({ accountId: payer.accountId, by: [] });
    assert.deepEqual(more, []);
    const { requests, errors, units, inputTokens, outputTokens } = hour ?? {};
    assert.deepEqual([requests, errors, units, inputTokens, outputTokens], [0, 1, 0, 0, 0]);
    await assertInvariants(store);
  });

  test(`${engine}: a deleted key's charge still reaches its account, a deleted account's nobody`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const one = await addAccount(store, anAccount('one'));
    const gone = await addAccount(store, anAccount('gone'));
    const [key, orphan] = [await addKey(store, aKey(one.id)), await addKey(store, aKey(gone.id))];
    await store.deleteKeys(one.id, [key.id], heardBy(store));
    await store.deleteAccount(gone.id, heardBy(store));
    const requestId = aRequestId();
    await addRecord(store, { keyId: orphan.id, accountId: gone.id, units: 5, requestId });
    await addRecord(store, { keyId: key.id, accountId: one.id, units: 5 });
    assert.deepEqual(
      plain(await store.getAccount(one.id)),
      plain({ ...one, quota: 995, usedQuota: 5, requestCount: 1 }),
    );
    assert.equal(await store.findKeyById(key.id), undefined);
    assert.equal(await store.getAccount(gone.id), undefined);
    const { total } = await store.listRecords({ requestId }, { offset: 0, limit: 1 }, 1);
    assert.equal(total, 1);
    await assertInvariants(store);
  });

  test(`${engine}: absurd charges stop at what can be read back`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const budget = { units: 5, period: 'daily', timeZone: 'UTC', softPercent: 100 } as const;
    const payer = await aPayer(store, {
      key: { ...limits.key, budget },
      account: { ...limits.account, budget },
    });
    const absurd = (): Settlement => ({
      record: aRecord({ ...payer, units: Number.MAX_SAFE_INTEGER }),
      reserved: false,
    });
    const hourUnits = async () => {
      const [hour] = await store.listHourly({ accountId: payer.accountId, by: ['hour'] });
      return hour?.units;
    };
    await store.settle([absurd(), absurd()], true);
    assert.equal(await hourUnits(), Number.MAX_SAFE_INTEGER);
    await store.settle([absurd()], true);
    const { key, account } = (await store.findKeyById(payer.keyId)) ?? {};
    for (const holder of [key, account]) {
      assert.equal(holder?.usedQuota, Number.MAX_SAFE_INTEGER);
      assert.equal(holder?.budgetUsed, Number.MAX_SAFE_INTEGER);
    }
    assert.equal(key?.remainQuota, Number.MIN_SAFE_INTEGER);
    assert.equal(account?.quota, Number.MIN_SAFE_INTEGER);
    assert.equal(await hourUnits(), Number.MAX_SAFE_INTEGER);
    const { holder, limit } = (await reserve(store, payer, 0)) as Shortfall;
    assert.deepEqual([holder.kind, limit], ['account', 'quota']);
  });

  test(`${engine}: a batch with a record that cannot be written leaves nothing of itself behind`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, limits);
    const requestId = aRequestId();
    await reserve(store, payer, 10, { requestId });
    const good = { record: aRecord({ ...payer, requestId, units: 4 }), reserved: true };
    const bad = { record: aRecord({ ...payer, units: 0.5 }), reserved: false };
    await assert.rejects(
      store.settle([good, bad], true),
      (error) => error instanceof Error && !('code' in error && error.code === 'store_unavailable'),
    );
    assert.deepEqual(await totalsOf(store, payer.keyId), { key: [50, 0, 10], account: [100, 0, 10, 0] });
    await store.settle([good], true);
    assert.deepEqual(await totalsOf(store, payer.keyId), { key: [46, 4, 0], account: [96, 4, 0, 1] });
    await assertInvariants(store);
  });

  test(`${engine}: contents are kept for keys that exist, and go with their key`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('one'));
    const keys = [await addKey(store, aKey(account.id)), await addKey(store, aKey(account.id))];
    const sealed = new Uint8Array([0, 1, 255]);
    const requestIds: string[] = [];
    const keep = async (keyId: number) => {
      const record = aRecord({ accountId: account.id, keyId });
      requestIds.push(record.requestId);
      await store.settle([{ record, reserved: false, content: { sealed, expiresAt: 9e9 } }], true);
    };
    for (const { id } of keys) await keep(id);
    const kept = async () => {
      const found = await Promise.all(requestIds.map((requestId) => store.getContent(requestId)));
      return found.map((content) => plain(content));
    };
    assert.deepEqual(await kept(), ['0001ff', '0001ff']);
    await store.deleteKeys(account.id, [keys[0]?.id ?? 0], heardBy(store));
    await keep(keys[0]?.id ?? 0);
    assert.deepEqual(await kept(), [undefined, '0001ff', undefined]);
    await store.deleteAccount(account.id, heardBy(store));
    assert.deepEqual(await kept(), [undefined, undefined, undefined]);
    await assertInvariants(store);
  });
};
