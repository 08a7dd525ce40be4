/** Work that every node of a fleet looks for by itself: none of it is done twice, however many look at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStore, testStoreAt } from '../../../tests/support/postgres-store.ts';
import type { Budget } from '../../domain/budget.ts';
import type { KeyRow } from '../../domain/key.ts';
import {
  addAccount,
  addKey,
  addRecord,
  aKey,
  anAccount,
  aRecord,
  assertInvariants,
} from '../contract/engine.ts';

type Ending = { after(run: () => Promise<void>): void };

const noon = 1_800_014_400;
const daily: Budget = { units: 1, period: 'daily', timeZone: 'UTC', softPercent: 100 };

/** Several nodes on one database. */
async function nodes(t: Ending) {
  const { url, store } = await testStore(t);
  const others = [await testStoreAt(t, url), await testStoreAt(t, url)];
  return { store, all: [store, ...others.map((other) => other.store)] };
}

test('notices that several nodes claim at once are each one node’s', async (t) => {
  const { store, all } = await nodes(t);
  const account = await addAccount(store, anAccount('ana', { unlimitedQuota: true }));
  for (let count = 0; count < 40; count += 1) {
    const key = await addKey(store, aKey(account.id, { budget: daily }));
    await addRecord(store, { accountId: account.id, keyId: key.id, units: 1, createdAt: noon });
  }
  const claimed: number[] = [];
  const takeAll = async (node: typeof store) => {
    for (;;) {
      const claims = await Promise.all([1, 2, 3].map(() => node.claimAlerts(noon, 4, noon + 60)));
      const ids = claims.flat().map(({ id }) => id);
      claimed.push(...ids);
      if (ids.length === 0) return;
    }
  };
  await Promise.all(all.map(takeAll));
  assert.equal(claimed.length, 40);
  assert.equal(new Set(claimed).size, 40);
});

test('old records that several nodes remove at once are counted once into the sums that stay', async (t) => {
  const { store, all } = await nodes(t);
  const account = await addAccount(store, anAccount('ana', { quota: 100_000 }));
  const keys: KeyRow[] = [];
  for (let count = 0; count < 3; count += 1) {
    keys.push(await addKey(store, aKey(account.id, { unlimitedQuota: false, remainQuota: 100_000 })));
  }
  const settlements = Array.from({ length: 600 }, (_, index) => ({
    record: aRecord({
      accountId: account.id,
      keyId: keys[index % keys.length]?.id ?? 0,
      units: 1 + index,
      createdAt: noon + index,
    }),
    reserved: false,
  }));
  await store.settle(settlements, true);
  let removed = 0;
  const removeAll = async (node: typeof store) => {
    // One that finds all that is left in the hands of others has nothing to do.
    for (let rounds = 0; rounds < 30; rounds += 1) {
      const counts = await Promise.all([1, 2].map(() => node.deleteRecordsBefore(noon + 500, 17)));
      removed += (counts[0] ?? 0) + (counts[1] ?? 0);
    }
  };
  await Promise.all(all.map(removeAll));
  assert.equal(removed, 500);
  assert.equal((await store.listRecords({}, { offset: 0, limit: 1 }, 1000)).total, 100);
  await assertInvariants(store);
});
