/** The contract of the notices that settlement and reservation make when a budget's threshold is passed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdersOf, idOf } from '../../domain/accounting/holder.ts';
import type { BudgetAlert } from '../../domain/accounting/terms.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import type { Budget } from '../../domain/budget.ts';
import { addRecord, aRecord, aRequestId, assertInvariants, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';
import { aPayer, asking, reserve, seconds } from './payer.ts';

const budget: Budget = { units: 100, period: 'daily', timeZone: 'Asia/Tokyo', softPercent: 80 };
const today = seconds('2027-03-10T15:00:00Z');
const tomorrow = today + 86_400;

const brief = (alerts: readonly BudgetAlert[]) =>
  alerts.map(({ kind, holders, used, periodStart }) => [kind, idOf(holders, 'key'), used, periodStart]);

export const budgetAlertsSuite: Suite = (engine, open) => {
  for (const owner of ['key', 'account'] as const) {
    test(`${engine}: each threshold of the ${owner}'s budget is told once a period`, async (t) => {
      const { store, dispose } = await open();
      t.after(dispose);
      const payer = await aPayer(store, { [owner]: { budget } });
      const keyId = owner === 'key' ? payer.keyId : 0;
      const charge = async (units: number, createdAt: number) =>
        brief(await addRecord(store, { ...payer, units, createdAt }));
      assert.deepEqual(await charge(79, today), []);
      assert.deepEqual(await charge(1, today + 1), [['budget.soft', keyId, 80, today]]);
      assert.deepEqual(await charge(0, today + 2), []);
      assert.deepEqual(await charge(19, today + 3), []);
      assert.deepEqual(await charge(1, today + 4), [['budget.hard', keyId, 100, today]]);
      assert.deepEqual(await charge(50, today + 5), []);
      assert.deepEqual(await charge(100, tomorrow), [
        ['budget.soft', keyId, 100, tomorrow],
        ['budget.hard', keyId, 100, tomorrow],
      ]);
      assert.deepEqual(await charge(1, tomorrow - 1), []);
      await assertInvariants(store);
    });
  }

  test(`${engine}: a notice says all that there is to say, and is kept until it is delivered`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { key: { budget, name: 'ключ' } });
    const [notice] = await addRecord(store, { ...payer, units: 85, createdAt: today + 7 });
    const expected: BudgetAlert = {
      id: notice?.id ?? 0,
      kind: 'budget.soft',
      holders: holdersOf(payer),
      name: 'ключ',
      period: 'daily',
      periodStart: today,
      periodEnd: tomorrow,
      used: 85,
      budgetUnits: 100,
      thresholdUnits: 80,
      createdAt: today + 7,
      attempts: 0,
      nextAttemptAt: today + 7,
    };
    assert.deepEqual(notice, expected);
    assert.deepEqual(
      (await (await reopen()).listAlerts(today + 7, 10)).map((each) => ({ ...each })),
      [expected],
    );
  });

  test(`${engine}: a budget that was changed is told again when it is used up in the same period`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { key: { budget }, account: { budget } });
    const { accountId, keyId } = payer;
    assert.equal((await addRecord(store, { ...payer, units: 100, createdAt: today })).length, 4);
    await store.updateKey(accountId, keyId, { name: 'renamed' }, heardBy(store));
    assert.deepEqual(await addRecord(store, { ...payer, units: 1, createdAt: today + 1 }), []);
    await store.updateKey(
      accountId,
      keyId,
      { budget: { ...budget, units: 150, softPercent: 100 } },
      heardBy(store),
    );
    await store.updateAccount(
      accountId,
      { budget: { ...budget, units: 150, softPercent: 100 } },
      0,
      heardBy(store),
    );
    assert.deepEqual(brief(await addRecord(store, { ...payer, units: 49, createdAt: today + 2 })), [
      ['budget.hard', keyId, 150, today],
      ['budget.hard', 0, 150, today],
    ]);
  });

  test(`${engine}: without a soft threshold only the hard one is told; what costs nothing tells nothing`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { account: { budget: { ...budget, softPercent: 100 } } });
    const error = aRecord({ ...payer, units: 1000, createdAt: today, type: recordTypes.error });
    assert.deepEqual(await store.settle([{ record: error, reserved: false }], true), []);
    assert.equal((await store.getAccount(payer.accountId))?.budgetUsed, 0);
    assert.deepEqual(brief(await addRecord(store, { ...payer, units: 101, createdAt: today })), [
      ['budget.hard', 0, 101, today],
    ]);
  });

  test(`${engine}: within one batch a threshold is told once, and for a duplicate not at all`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { key: { budget } });
    const records = [1, 2, 3].map(() => aRecord({ ...payer, units: 60, createdAt: today }));
    const settlements = records.map((record) => ({ record, reserved: false }));
    assert.deepEqual(brief(await store.settle(settlements, true)), [
      ['budget.soft', payer.keyId, 120, today],
      ['budget.hard', payer.keyId, 120, today],
    ]);
    assert.deepEqual(await store.settle(settlements, true), []);
    assert.equal((await store.listAlerts(tomorrow, 10)).length, 2);
  });

  test(`${engine}: a budget that refuses a request while nothing is held is told as used up`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    for (const owner of ['key', 'account'] as const) {
      const payer = await aPayer(store, { [owner]: { budget } });
      const keyId = owner === 'key' ? payer.keyId : 0;
      const ask = async (units: number, at: number) => {
        const requestId = aRequestId();
        const { outcomes, alerts } = await store.reserve([asking(payer, units, { requestId, at })]);
        return [outcomes[0] === 'reserved', brief(alerts)];
      };
      await addRecord(store, { ...payer, units: 60, createdAt: today });
      const requestId = aRequestId();
      assert.equal(await reserve(store, payer, 10, { requestId, at: today }), 'reserved');
      // The ten that are held may come free.
      assert.deepEqual(await ask(31, today), [false, []]);
      const record = aRecord({ ...payer, requestId, units: 0, createdAt: today });
      await store.settle([{ record, reserved: true }], true);
      assert.deepEqual(await ask(41, today), [false, [['budget.hard', keyId, 60, today]]]);
      assert.deepEqual(await ask(41, today), [false, []]);
      assert.deepEqual(brief(await addRecord(store, { ...payer, units: 40, createdAt: today })), [
        ['budget.soft', keyId, 100, today],
      ]);
      assert.deepEqual(await ask(101, tomorrow), [false, [['budget.hard', keyId, 0, tomorrow]]]);
      await assertInvariants(store);
    }
  });
};
