/** The contract of reservations: what fits, what does not and why, and how they end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestStore } from '../../../tests/support/test-store.ts';
import type { Shortfall } from '../../domain/accounting/terms.ts';

import { addKey, addRecord, aKey, aRecord, aRequestId, assertInvariants, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';
import { aPayer, asking, keyLimitedTo, limitedTo, reserve, shortfall } from './payer.ts';

async function reservedOf(
  store: TestStore,
  { keyId }: { readonly keyId: number },
): Promise<readonly unknown[]> {
  const found = await store.findKeyById(keyId);
  return [found?.key.reserved, found?.account.reserved];
}

export const reservationsSuite: Suite = (engine, open) => {
  test(`${engine}: what fits exactly is held, and one unit more is not`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    for (const limits of [
      { key: keyLimitedTo(10) },
      { account: limitedTo(10) },
      { key: keyLimitedTo(10), account: limitedTo(10) },
    ]) {
      const payer = await aPayer(store, limits);
      const limit = limits.account ? 'account_quota' : 'key_quota';
      assert.deepEqual(await reserve(store, payer, 11), shortfall(payer, limit, 10, 0));
      assert.equal(await reserve(store, payer, 4), 'reserved');
      assert.deepEqual(await reserve(store, payer, 7), shortfall(payer, limit, 6, 4));
      assert.equal(await reserve(store, payer, 6), 'reserved');
      assert.deepEqual(await reserve(store, payer, 1), shortfall(payer, limit, 0, 10));
      assert.deepEqual(await reservedOf(store, payer), [10, 10]);
      await assertInvariants(store);
    }
  });

  test(`${engine}: what is not limited holds as well, and is never short`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { key: { remainQuota: 3 }, account: { quota: -3 } });
    for (const units of [5, 500_000_000_000_000])
      assert.equal(await reserve(store, payer, units), 'reserved');
    assert.deepEqual(await reservedOf(store, payer), [500_000_000_000_005, 500_000_000_000_005]);
    await assertInvariants(store);
  });

  test(`${engine}: even what is free needs one unit, and holds nothing`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { key: keyLimitedTo(1) });
    assert.equal(await reserve(store, payer, 0), 'reserved');
    assert.deepEqual(await reservedOf(store, payer), [0, 0]);
    assert.equal(await reserve(store, payer, 1), 'reserved');
    assert.deepEqual(await reserve(store, payer, 0), shortfall(payer, 'key_quota', 0, 1));
    const overdrawn = await aPayer(store, { key: keyLimitedTo(5) });
    await addRecord(store, { ...overdrawn, units: 8 });
    assert.deepEqual(await reserve(store, overdrawn, 0), shortfall(overdrawn, 'key_quota', 0, 0));
    await assertInvariants(store);
  });

  test(`${engine}: the tighter of key and account decides, across all keys of the account`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const one = await aPayer(store, { key: keyLimitedTo(100), account: limitedTo(10) });
    const two = { ...one, keyId: (await addKey(store, aKey(one.accountId, keyLimitedTo(3)))).id };
    assert.deepEqual(await reserve(store, two, 4), shortfall(two, 'key_quota', 3, 0));
    assert.equal(await reserve(store, two, 3), 'reserved');
    assert.deepEqual(await reserve(store, one, 8), shortfall(one, 'account_quota', 7, 3));
    assert.equal(await reserve(store, one, 7), 'reserved');
    assert.deepEqual(await reservedOf(store, one), [7, 10]);
    assert.deepEqual(await reservedOf(store, two), [3, 10]);
    await assertInvariants(store);
  });

  test(`${engine}: a request that less will do for gets what is left with all of its holders`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const budget = { units: 12, period: 'daily', timeZone: 'UTC', softPercent: 100 } as const;
    const payer = await aPayer(store, { key: { ...keyLimitedTo(20), budget }, account: limitedTo(15) });
    assert.equal(await reserve(store, payer, 5, { atLeast: 2 }), 'reserved');
    const refused = (await reserve(store, payer, 1000, { atLeast: 8 })) as Shortfall;
    assert.deepEqual([refused.limit, refused.free], ['budget', 7]);
    assert.deepEqual(await reserve(store, payer, 1000, { atLeast: 7 }), { part: 7 });
    assert.deepEqual(await reservedOf(store, payer), [12, 12]);
    await assertInvariants(store);
  });

  test(`${engine}: of two requests at once for all that is left one gets it`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { key: keyLimitedTo(10) });
    const both = [1, 2].map(() => reserve(store, payer, 100, { atLeast: 6 }));
    const outcomes = await Promise.all(both);
    assert.deepEqual(new Set(outcomes), new Set([{ part: 10 }, shortfall(payer, 'key_quota', 0, 10)]));
    assert.deepEqual(await reservedOf(store, payer), [10, 10]);
    await assertInvariants(store);
  });

  test(`${engine}: requests asked for together are held or refused one by one, in their order`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { key: keyLimitedTo(10) });
    const ask = (units: number, gone = {}) => asking({ ...payer, ...gone }, units, { at: 5 });
    const { outcomes, alerts } = await store.reserve([
      ask(6),
      ask(5),
      ask(1, { keyId: 999 }),
      ask(1, { accountId: 999 }),
      ask(4),
      ask(1),
    ]);
    const short = (free: number, reserved: number) => shortfall(payer, 'key_quota', free, reserved);
    assert.deepEqual(outcomes, ['reserved', short(4, 6), 'gone', 'gone', 'reserved', short(0, 10)]);
    assert.deepEqual(alerts, []);
    assert.deepEqual(await store.reserve([]), { outcomes: [], alerts: [] });
    await assertInvariants(store);
  });

  test(`${engine}: of 1,000 requests at once those that fit are held, and no other`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, { account: limitedTo(137 * 7 + 6) });
    const asked = Array.from({ length: 1000 }, () => reserve(store, payer, 7));
    const outcomes = await Promise.all(asked);
    assert.equal(outcomes.filter((outcome) => outcome === 'reserved').length, 137);
    assert.deepEqual(await reservedOf(store, payer), [959, 959]);
    await assertInvariants(store);
  });

  test(`${engine}: keys and accounts that are gone hold nothing, and take what they held with them`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const requestId = aRequestId();
    assert.equal(await reserve(store, payer, 5, { requestId }), 'reserved');
    await store.deleteKeys(payer.accountId, [payer.keyId], heardBy(store));
    assert.equal(await reserve(store, payer, 1), 'gone');
    // The request still runs, and its account still pays for it.
    assert.equal((await store.getAccount(payer.accountId))?.reserved, 5);
    await store.settle([{ record: aRecord({ ...payer, requestId, units: 4 }), reserved: true }], true);
    const account = await store.getAccount(payer.accountId);
    assert.deepEqual([account?.reserved, account?.usedQuota], [0, 4]);
    const other = await aPayer(store);
    await reserve(store, other, 5, { requestId: aRequestId() });
    await store.deleteAccount(other.accountId, heardBy(store));
    assert.equal(await reserve(store, other, 1), 'gone');
    await assertInvariants(store);
    assert.deepEqual(await store.releaseReservations(), { requests: 1, units: 5 });
    await assertInvariants(store);
  });

  test(`${engine}: what a crash left behind is released, and nothing else changes`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const one = await aPayer(store, { key: keyLimitedTo(10), account: limitedTo(20) });
    const two = await aPayer(store);
    await addRecord(store, { ...one, units: 2 });
    const before = [await store.findKeyById(one.keyId), await store.findKeyById(two.keyId)];
    const requestId = aRequestId();
    await reserve(store, one, 3, { requestId });
    await reserve(store, one, 4);
    await reserve(store, two, 5);
    const again = await reopen();
    assert.deepEqual(await reservedOf(again, one), [7, 7]);
    await assertInvariants(again);
    assert.deepEqual(await again.releaseReservations(), { requests: 3, units: 12 });
    assert.deepEqual(await again.releaseReservations(), { requests: 0, units: 0 });
    assert.deepEqual([await again.findKeyById(one.keyId), await again.findKeyById(two.keyId)], before);
    // A settlement whose reservation was released before it takes no other one's away.
    await reserve(again, one, 1);
    await again.settle([{ record: aRecord({ ...one, requestId, units: 2 }), reserved: true }], true);
    assert.deepEqual(await reservedOf(again, one), [1, 1]);
    await assertInvariants(again);
  });

  test(`${engine}: bounds that nobody could pay neither stop the store nor what comes after them`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [one, two] = [await aPayer(store), await aPayer(store)];
    const ids = [aRequestId(), aRequestId(), aRequestId()];
    for (const requestId of ids) {
      assert.equal(await reserve(store, one, Number.MAX_SAFE_INTEGER, { requestId }), 'reserved');
    }
    assert.equal(await reserve(store, two, Number.MAX_SAFE_INTEGER), 'reserved');
    assert.equal(await reserve(store, one, 5), 'reserved');
    await store.settle(
      ids.map((requestId) => ({ record: aRecord({ ...one, requestId }), reserved: true })),
      true,
    );
    assert.deepEqual(await reservedOf(store, one), [0, 0]);
    for (const each of [one, one]) await reserve(store, each, Number.MAX_SAFE_INTEGER);
    assert.equal((await store.releaseReservations()).units, Number.MAX_SAFE_INTEGER);
    assert.deepEqual(await reservedOf(store, two), [0, 0]);
    await assertInvariants(store);
  });
};
