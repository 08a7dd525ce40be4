/** What the ledger does in PostgreSQL beyond the contract of the store: with other processes, and how often it asks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStore, testStoreAt } from '../../../tests/support/postgres-store.ts';
import { idOf } from '../../domain/accounting/holder.ts';
import type { ReservationRequest } from '../../domain/accounting/terms.ts';
import type { Budget } from '../../domain/budget.ts';
import { addAccount, addKey, aKey, anAccount, aRecord, assertInvariants } from '../contract/engine.ts';
import { heardBy } from '../contract/heard.ts';
import { aPayer, asking, keyLimitedTo, limitedTo, type Payer } from '../contract/payer.ts';
import type { Settlement } from '../ledger-store.ts';
import { emptyDetail } from '../record-detail.ts';
import type { Store } from '../store.ts';

const at = 1_800_000_000;
/** So large that it never refuses, and is never told. */
const huge: Budget = { units: 500_000_000_000_000, period: 'monthly', timeZone: 'UTC', softPercent: 100 };

const ending = ({ requestId, holders }: ReservationRequest, units: number): Settlement => {
  const payer = { accountId: idOf(holders, 'account'), keyId: idOf(holders, 'key') };
  return { record: aRecord({ requestId, ...payer, units, createdAt: at }), reserved: true };
};

test('a batch that fits is held by one statement, and one that no budget concerns is settled by one', async (t) => {
  const { store, database } = await testStore(t);
  const payers = [
    await aPayer(store, { key: keyLimitedTo(100), account: limitedTo(1000) }),
    await aPayer(store),
    await aPayer(store, { account: limitedTo(500) }),
  ];
  const requests = Array.from({ length: 30 }, (_, place) => asking(payers[place % 3] as Payer, place));
  const statementsOf = async (work: () => Promise<unknown>) => {
    const before = database.statements;
    await work();
    return database.statements - before;
  };
  const few = requests.filter(({ units }) => units % 3 !== 0 || units < 12);
  assert.equal(await statementsOf(() => store.reserve(few)), 1);
  assert.equal(
    await statementsOf(() =>
      store.settle(
        few.map((request) => ending(request, 3)),
        false,
      ),
    ),
    1,
  );
  const [first] = payers as [Payer];
  await store.updateKey(first.accountId, first.keyId, { budget: huge }, heardBy(store));
  assert.ok((await statementsOf(() => store.reserve([asking(first, 1)]))) > 1);
  await store.releaseReservations();
  await assertInvariants(store);
});

test('a request that holds room already is refused with its whole batch, which changes nothing', async (t) => {
  const { store } = await testStore(t);
  const [plain, judged] = [await aPayer(store), await aPayer(store, { key: { budget: huge } })];
  for (const payer of [plain, judged]) {
    const request = asking(payer, 5);
    await store.reserve([request]);
    await assert.rejects(store.reserve([asking(payer, 3), request]), /duplicate key/);
    assert.equal((await store.findKeyById(payer.keyId))?.key.reserved, 5);
  }
  await assertInvariants(store);
});

test('four processes on one database hold exactly what fits, and settle each request once', {
  timeout: 120_000,
}, async (t) => {
  const { store, url } = await testStore(t, { processId: 'process 0' });
  const others = await Promise.all(
    [1, 2, 3].map(async (place) => (await testStoreAt(t, url, { processId: `process ${place}` })).store),
  );
  const stores = [store, ...others];
  const account = await addAccount(store, anAccount('small', limitedTo(300)));
  const free = await addAccount(store, anAccount('free', { unlimitedQuota: true }));
  const keys = [
    await addKey(store, aKey(account.id, keyLimitedTo(120))),
    await addKey(store, aKey(account.id)),
    await addKey(store, aKey(free.id, keyLimitedTo(77))),
    await addKey(store, aKey(free.id, { budget: { ...huge, units: 50 } })),
    await addKey(store, aKey(free.id)),
  ];
  const payers = keys.map(({ id, accountId }) => ({ keyId: id, accountId }));
  // Of one unit each, so that whatever comes in between, all that fits is held in the end.
  const requests = Array.from({ length: 1000 }, (_, place) => asking(payers[place % 5] as Payer, 1));
  const held: ReservationRequest[] = [];
  const ask = async (some: readonly ReservationRequest[], place: number) => {
    const answer = await (stores[place % 4] as Store).reserve(some);
    held.push(...some.filter((_, index) => answer.outcomes[index] === 'reserved'));
  };
  const batches = Array.from({ length: 100 }, (_, place) => requests.slice(place * 10, place * 10 + 10));
  await Promise.all(batches.map(ask));
  const heldBy = (place: number) =>
    held.filter(({ holders }) => idOf(holders, 'key') === keys[place]?.id).length;
  assert.deepEqual([heldBy(2), heldBy(3), heldBy(4)], [77, 50, 200]);
  assert.equal(heldBy(0) + heldBy(1), 300);
  assert.ok(heldBy(0) <= 120);
  await assertInvariants(store);

  const settlements = held.map((request) => ending(request, 1));
  const twice = [...settlements, ...settlements.toReversed()];
  const parts = Array.from({ length: Math.ceil(twice.length / 16) }, (_, place) =>
    twice.slice(place * 16, place * 16 + 16),
  );
  await Promise.all(parts.map((part, place) => (stores[place % 4] as Store).settle(part, place % 2 === 0)));
  const used = async (id: number) => (await store.findKeyById(id))?.key.usedQuota;
  assert.deepEqual(await Promise.all(keys.map(({ id }) => used(id))), [0, 1, 2, 3, 4].map(heldBy));
  const { quota, reserved, requestCount } = (await store.getAccount(account.id)) ?? {};
  assert.deepEqual([quota, reserved, requestCount], [0, 0, 300]);
  await assertInvariants(store);
});

test('a record does not overtake its reservation', async (t) => {
  const { store } = await testStore(t, { poolMax: 8 });
  const payer = await aPayer(store, { account: limitedTo(1_000_000) });
  const work = Array.from({ length: 60 }, () => asking(payer, 5)).flatMap((request) => [
    store.reserve([request]),
    store.settle([ending(request, 1)], false),
  ]);
  await Promise.all(work);
  const { account } = (await store.findKeyById(payer.keyId)) ?? {};
  assert.deepEqual([account?.reserved, account?.usedQuota], [0, 60]);
  await assertInvariants(store);
});

test('texts that PostgreSQL cannot hold are written without what it cannot, and stop nothing', async (t) => {
  const { store } = await testStore(t);
  const payer = await aPayer(store);
  const odd = 'a\0b\ud800c';
  const detail = { ...emptyDetail, keyName: odd, group: odd, inputTokens: 7 };
  const record = aRecord({ ...payer, model: odd, units: 3, detail });
  await store.settle([{ record, reserved: false }, ending(asking(payer, 0), 1)], true);
  for (const filter of [{ model: odd }, { keyName: odd }, { model: `${odd}%` }, { group: odd }]) {
    const { items } = await store.listRecords(filter, { offset: 0, limit: 5 }, 10);
    assert.deepEqual(
      items.map(({ requestId, model }) => [requestId, model]),
      [[record.requestId, 'a\ufffdb\ufffdc']],
    );
    assert.equal((await store.listRecords(filter, { offset: 0, limit: 1 }, 10)).total, 1);
    assert.equal((await store.sumRecords(filter)).units, 3);
  }
  const page = { offset: 0, limit: 5 };
  for (const filter of [{ requestId: odd }, { username: odd }, { responseId: odd }]) {
    assert.deepEqual(await store.listRecords(filter, page, 10), { total: 0, items: [] });
  }
  assert.deepEqual(await store.listBalanceEntries({ reference: odd, email: odd }, page), {
    total: 0,
    items: [],
  });
  assert.equal(await store.getContent(odd), undefined);
  await assertInvariants(store);
});
