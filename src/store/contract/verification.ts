/** The contract of recomputing the totals, as far as it can be seen through the store. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdersOf } from '../../domain/accounting/holder.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { addAccount, addKey, aKey, anAccount, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';
import { aRecord, settleAll } from './records.ts';

const at = 1_800_000_000;

export const verificationSuite: Suite = (engine, open) => {
  test(`${engine}: whatever was done through the store, every total is what its records come to`, async (t) => {
    const opened = await open();
    t.after(() => opened.dispose());
    const { store } = opened;
    const check = async () => assert.deepEqual(await store.findLedgerDifferences(100), []);
    await check();
    const account = await addAccount(store, anAccount('one', { quota: 5000 }));
    const rich = await addAccount(store, anAccount('two', { unlimitedQuota: true }));
    const key = await addKey(store, aKey(account.id, { unlimitedQuota: false, remainQuota: 900 }));
    const free = await addKey(store, aKey(account.id));
    const richKey = await addKey(store, aKey(rich.id, { unlimitedQuota: false, remainQuota: 70 }));
    await check();
    const record = (accountId: number, keyId: number, units: number) =>
      aRecord({ accountId, keyId, units, createdAt: at + units * 60 });
    const all = [
      record(account.id, key.id, 100),
      record(account.id, free.id, 20),
      record(rich.id, richKey.id, 90),
    ];
    await settleAll(store, all);
    await settleAll(store, all);
    await settleAll(store, [{ ...record(account.id, key.id, 0), type: recordTypes.error }]);
    const topup = { accountId: account.id, units: 17, reason: 'why', actorId: 1, reference: null };
    await store.topUp({ ...topup, createdAt: at, requestId: 'topup' }, heardBy(store));
    await check();
    const holders = holdersOf({ accountId: account.id, keyId: key.id });
    await store.reserve([
      { requestId: 'reserved', holders, units: 40, at },
      { requestId: 'too much', holders, units: 4000, at },
    ]);
    await check();
    await store.updateKey(account.id, key.id, { remainQuota: 33 }, heardBy(store));
    await store.updateKey(account.id, key.id, { unlimitedQuota: true }, heardBy(store));
    await settleAll(store, [record(account.id, key.id, 5)]);
    await store.updateAccount(account.id, { quota: 1 }, 1, heardBy(store));
    await check();
    await store.deleteKeys(account.id, [free.id], heardBy(store));
    await settleAll(store, [record(account.id, free.id, 8)]);
    await check();
    await store.deleteRecordsBefore(at + 30 * 60, 100);
    await check();
    await store.releaseReservations();
    await store.deleteAccount(rich.id, heardBy(store));
    await check();
  });
};
