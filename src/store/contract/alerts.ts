/** The contract of notices: when settlement makes them, and how they wait to be delivered. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { idOf } from '../../domain/accounting/holder.ts';
import type { Budget } from '../../domain/budget.ts';

import { addAccount, addKey, addRecord, aKey, anAccount, type Suite } from './engine.ts';

/** Noon of a day. */
const noon = 1_800_014_400;
const day = 86_400;
const dayStart = noon - (noon % day);
const daily: Budget = { units: 1000, period: 'daily', timeZone: 'UTC', softPercent: 80 };

async function withBudgets(store: TestStore, ofKey: Budget | null, ofAccount: Budget | null) {
  const account = await addAccount(store, anAccount('ana', { unlimitedQuota: true, budget: ofAccount }));
  const key = await addKey(store, aKey(account.id, { name: 'website', budget: ofKey }));
  return {
    account,
    key,
    /** @returns what was told when this was charged */
    spend: async (units: number, createdAt = noon) => {
      const made = await addRecord(store, { accountId: account.id, keyId: key.id, units, createdAt });
      return made.map(({ kind, holders, used }) => [kind, idOf(holders, 'key'), used]);
    },
  };
}

export const alertsSuite: Suite = (engine, open) => {
  test(`${engine}: a budget's thresholds are told once a period, each when it is passed`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { key, spend } = await withBudgets(store, daily, null);
    assert.deepEqual(await spend(799), []);
    assert.deepEqual(await spend(1), [['budget.soft', key.id, 800]]);
    assert.deepEqual(await spend(100), []);
    assert.deepEqual(await spend(100), [['budget.hard', key.id, 1000]]);
    assert.deepEqual(await spend(5), []);
    assert.deepEqual(await spend(2000, noon + day), [
      ['budget.soft', key.id, 2000],
      ['budget.hard', key.id, 2000],
    ]);
  });

  test(`${engine}: with a soft threshold of 100 percent only the hard one is told`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { spend } = await withBudgets(store, null, { ...daily, softPercent: 100 });
    assert.deepEqual(await spend(1000), [['budget.hard', 0, 1000]]);
  });

  test(`${engine}: a notice says whose budget it is and waits, over a restart, until it is deleted`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const { account, key, spend } = await withBudgets(store, daily, { ...daily, period: 'weekly' });
    await spend(900);
    const listed = await store.listAlerts(noon, 10);
    assert.equal(listed.length, 2);
    const ofKey = listed.find(({ holders }) => idOf(holders, 'key') === key.id);
    const ofAccount = listed.find(({ holders }) => idOf(holders, 'key') === 0);
    assert.ok(ofKey && ofAccount);
    assert.deepEqual(ofKey, {
      id: ofKey.id,
      kind: 'budget.soft',
      holders: [
        { kind: 'key', id: key.id },
        { kind: 'account', id: account.id },
      ],
      name: 'website',
      period: 'daily',
      periodStart: dayStart,
      periodEnd: dayStart + day,
      used: 900,
      budgetUnits: 1000,
      thresholdUnits: 800,
      createdAt: noon,
      attempts: 0,
      nextAttemptAt: noon,
    });
    assert.deepEqual(
      [ofAccount.holders, ofAccount.name, ofAccount.period],
      [[{ kind: 'account', id: account.id }], 'ana', 'weekly'],
    );
    const again = await reopen();
    assert.deepEqual(await again.listAlerts(noon, 10), listed);
    await again.deleteAlert(ofKey.id);
    assert.deepEqual(await again.listAlerts(noon, 10), [ofAccount]);
    await again.deleteAlert(ofKey.id);
  });

  test(`${engine}: a deferred notice is due at its time and not before, the longest due first`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const { spend } = await withBudgets(store, daily, daily);
    await spend(1000);
    const all = await store.listAlerts(noon, 10);
    assert.equal(all.length, 4);
    const ids = async (from: TestStore, at: number, limit = 10) =>
      (await from.listAlerts(at, limit)).map(({ id }) => id);
    const [first = 0, second = 0, third = 0, fourth = 0] = all.map(({ id }) => id);
    assert.deepEqual(await ids(store, noon - 1), []);
    assert.deepEqual(await ids(store, noon, 2), [first, second]);
    await store.deferAlert(first, 1, noon + 60);
    await store.deferAlert(second, 3, noon + 30);
    assert.deepEqual(await ids(store, noon + 29), [third, fourth]);
    const again = await reopen();
    assert.deepEqual(await ids(again, noon + 60), [third, fourth, second, first]);
    const deferred = (await again.listAlerts(noon + 60, 10)).find(({ id }) => id === second);
    assert.deepEqual([deferred?.attempts, deferred?.nextAttemptAt], [3, noon + 30]);
  });

  test(`${engine}: a claimed notice is due to nobody else until its time, and otherwise as it was`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const { spend } = await withBudgets(store, daily, daily);
    await spend(1000);
    const [first, second, third, fourth] = await store.listAlerts(noon, 10);
    assert.ok(first && second && third && fourth);
    await store.deferAlert(first.id, 2, noon + 1);
    const held = (notice: typeof first, attempts = 0) => ({ ...notice, attempts, nextAttemptAt: noon + 60 });
    assert.deepEqual(await store.claimAlerts(noon - 1, 10, noon + 60), []);
    assert.deepEqual(await store.claimAlerts(noon + 1, 2, noon + 60), [held(second), held(third)]);
    assert.deepEqual(await store.claimAlerts(noon + 1, 10, noon + 60), [held(fourth), held(first, 2)]);
    const again = await reopen();
    assert.deepEqual(await again.claimAlerts(noon + 59, 10, noon + 90), []);
    assert.equal((await again.claimAlerts(noon + 60, 10, noon + 90)).length, 4);
  });

  test(`${engine}: of several that claim at once none gets what another has`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    for (let count = 0; count < 10; count += 1) {
      const account = await addAccount(store, anAccount(`a${count}`, { unlimitedQuota: true }));
      const key = await addKey(store, aKey(account.id, { budget: daily }));
      await addRecord(store, { accountId: account.id, keyId: key.id, units: 1000, createdAt: noon });
    }
    const claims = Array.from({ length: 8 }, () => store.claimAlerts(noon, 3, noon + 60));
    const claimed = (await Promise.all(claims)).flat().map(({ id }) => id);
    assert.equal(new Set(claimed).size, claimed.length);
    const rest = await store.claimAlerts(noon, 100, noon + 60);
    assert.equal(claimed.length + rest.length, 20);
  });

  test(`${engine}: what a budget counts is what was spent in its period`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const { account, key, spend } = await withBudgets(store, daily, { ...daily, period: 'monthly' });
    await spend(300);
    await spend(200, noon + day);
    assert.deepEqual(
      [
        (await store.getKey(account.id, key.id))?.budgetUsed,
        (await store.getAccount(account.id))?.budgetUsed,
      ],
      [200, 500],
    );
  });
};
