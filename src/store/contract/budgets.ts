/** The contract of reservations against budgets: their periods, and what comes late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReservationOutcome, Shortfall } from '../../domain/accounting/terms.ts';
import type { Budget, BudgetChange, BudgetState } from '../../domain/budget.ts';
import { addRecord, assertInvariants, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';
import { aPayer, keyLimitedTo, limitedTo, reserve, seconds, shortfall } from './payer.ts';

const inZones: readonly (readonly [Budget['period'], string, string, string])[] = [
  ['daily', 'UTC', '2027-03-10T23:59:59Z', '2027-03-11T00:00:00Z'],
  ['daily', 'Asia/Tokyo', '2027-03-10T14:59:59Z', '2027-03-10T15:00:00Z'],
  ['weekly', 'America/New_York', '2027-03-15T03:59:59Z', '2027-03-15T04:00:00Z'],
  // The week in which Berlin's clocks are set forward.
  ['weekly', 'Europe/Berlin', '2027-03-28T21:59:59Z', '2027-03-28T22:00:00Z'],
  ['monthly', 'Asia/Kolkata', '2027-04-30T18:29:59Z', '2027-04-30T18:30:00Z'],
];

function limitOf(outcome: ReservationOutcome): string {
  const { holder, limit } = outcome as Shortfall;
  return `${holder.kind}_${limit}`;
}

export const budgetsSuite: Suite = (engine, open) => {
  for (const [period, timeZone, last, next] of inZones) {
    test(`${engine}: a ${period} budget in ${timeZone} is full until its period ends`, async (t) => {
      const { store, dispose } = await open();
      t.after(dispose);
      const budget: Budget = { units: 10, period, timeZone, softPercent: 100 };
      for (const owner of ['key', 'account'] as const) {
        const payer = await aPayer(store, { [owner]: { budget } });
        await addRecord(store, { ...payer, units: 6, createdAt: seconds(last) });
        const short = async (units: number, at: string) =>
          (await reserve(store, payer, units, { at: seconds(at) })) as Shortfall;
        const expected = { ...shortfall(payer, `${owner}_budget`, 4, 0), budget, resetsAt: seconds(next) };
        assert.deepEqual(await short(5, last), expected);
        assert.equal(await reserve(store, payer, 3, { at: seconds(last) }), 'reserved');
        assert.deepEqual(await short(2, last), { ...expected, free: 1, reserved: 3 });
        // What runs across the end of a period still needs its room in the next one.
        const later = await short(8, next);
        assert.deepEqual([later.free, later.reserved], [7, 3]);
        assert.ok((later.resetsAt ?? 0) > seconds(next));
        assert.equal(await reserve(store, payer, 7, { at: seconds(next) }), 'reserved');
        await assertInvariants(store);
      }
    });
  }

  test(`${engine}: the account is asked before the key, and its quota before its budget`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const budget: Budget = { units: 5, period: 'daily', timeZone: 'UTC', softPercent: 100 };
    const limits = [
      ['account_quota', { account: { ...limitedTo(5), budget }, key: { ...keyLimitedTo(5), budget } }],
      ['account_budget', { account: { budget }, key: { ...keyLimitedTo(5), budget } }],
      ['key_quota', { key: { ...keyLimitedTo(5), budget } }],
      ['key_budget', { key: { budget } }],
    ] as const;
    for (const [limit, fields] of limits) {
      const outcome = await reserve(store, await aPayer(store, fields), 6);
      assert.equal(limitOf(outcome), limit);
    }
  });

  test(`${engine}: a budget of nothing lets nothing through, one that is taken away everything`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const budget: Budget = { units: 0, period: 'monthly', timeZone: 'UTC', softPercent: 100 };
    const payer = await aPayer(store, { key: { budget } });
    assert.equal(limitOf(await reserve(store, payer, 0)), 'key_budget');
    await store.updateKey(payer.accountId, payer.keyId, { budget: null }, heardBy(store));
    assert.equal(await reserve(store, payer, 1_000_000), 'reserved');
    await assertInvariants(store);
  });

  test(`${engine}: a change of one member of a budget leaves the others as they are by then`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const budget: Budget = { units: 1000, period: 'daily', timeZone: 'Asia/Tokyo', softPercent: 80 };
    const { accountId, keyId } = await aPayer(store, { account: { budget }, key: { budget } });
    const change = async (change: BudgetChange) => {
      const account = await store.updateAccount(accountId, { budget: change }, 0, heardBy(store));
      const budgets = [account, await store.updateKey(accountId, keyId, { budget: change }, heardBy(store))];
      budgets.push(await store.getAccount(accountId), await store.getKey(accountId, keyId));
      return budgets.map((row) => (row as BudgetState).budget);
    };
    const four = (expected: Budget | null) => [expected, expected, expected, expected];
    assert.deepEqual(await change({ units: 10 }), four({ ...budget, units: 10 }));
    assert.deepEqual(await change({ softPercent: 50 }), four({ ...budget, units: 10, softPercent: 50 }));
    assert.deepEqual(await change(null), four(null));
    assert.deepEqual(await change({ softPercent: 70 }), four(null));
    assert.deepEqual(await change(budget), four(budget));
  });

  test(`${engine}: what is recorded late, from before the period, does not make room in it`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const budget: Budget = { units: 10, period: 'daily', timeZone: 'UTC', softPercent: 100 };
    const payer = await aPayer(store, { key: { budget } });
    const midnight = seconds('2027-03-11T00:00:00Z');
    await addRecord(store, { ...payer, units: 8, createdAt: midnight });
    await addRecord(store, { ...payer, units: 1, createdAt: midnight - 1 });
    const { free } = (await reserve(store, payer, 2, { at: midnight + 1 })) as Shortfall;
    assert.equal(free, 1);
    // Nor does a clock that is set back a little.
    assert.equal(((await reserve(store, payer, 2, { at: midnight - 1 })) as Shortfall).free, 1);
    assert.equal(await reserve(store, payer, 10, { at: midnight + 86_400 }), 'reserved');
    await assertInvariants(store);
  });
};
