/**
 * The functions in the database (`reserve_plain`, `settle_plain`, `end_reservations`) beside the rules in TypeScript,
 * over the same random histories. ACCOUNTING_RUNS = how many; `npm run test:accounting` is the long form.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty, nonEmpty } from '../../../tests/support/non-empty.ts';
import { testStore } from '../../../tests/support/postgres-store.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { holdersOf, idOf } from '../../domain/accounting/holder.ts';
import type { Quarter } from '../../domain/accounting/quarters.ts';
import { type ReservationRequest, recordTypes } from '../../domain/accounting/terms.ts';
import type { Budget } from '../../domain/budget.ts';
import { names, reader } from '../columns.ts';
import {
  addAccount,
  addKey,
  aKey,
  anAccount,
  aRecord,
  aRequestId,
  assertInvariants,
} from '../contract/engine.ts';
import { heardBy } from '../contract/heard.ts';
import { type MemoryHolder, MemoryLedger, type Terms } from '../contract/memory-ledger.ts';
import { asking, type Payer } from '../contract/payer.ts';
import type { HourlyRow, Settlement } from '../ledger-store.ts';
import { emptyDetail } from '../record-detail.ts';
import { statement } from '../statement.ts';
import { usageQuarters } from '../usage-tables.ts';
import type { Queryable } from './connection.ts';

const runs = Number(process.env.ACCOUNTING_RUNS ?? 12);

const { consume, error, manage } = recordTypes;
const pick = fc.nat(3);
const budget: fc.Arbitrary<Budget> = fc
  .nat(80)
  .map((units) => ({ units, period: 'daily', timeZone: 'UTC', softPercent: 50 }));
const terms = fc.record({
  remaining: fc.oneof(fc.nat(60), fc.nat(3)),
  unlimited: fc.boolean(),
  // Most have none: the functions in the database do nothing for those that have one.
  budget: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: budget }),
});

/** Asked for together, and ended together: in one batch, which may name a request twice. */
const batch = fc.record({
  asked: fc.array(fc.tuple(pick, fc.oneof(fc.constant(0), fc.nat(20))), { maxLength: 3 }),
  ended: fc.array(
    fc.record({
      of: fc.nat(12),
      units: fc.nat(25),
      type: fc.constantFrom(consume, consume, error, manage),
      model: fc.constantFrom('one', 'two'),
      later: fc.nat(9000),
      content: fc.boolean(),
      detail: fc.record({
        channelId: fc.nat(2),
        group: fc.constantFrom('', 'gold', 'a "quoted" 组'),
        cachedTokens: fc.nat(5),
        outputTokens: fc.nat(2),
        stream: fc.boolean(),
        firstByteMs: fc.oneof(fc.constantFrom(-1, 0, 100, 101, 16_000, 16_001), fc.nat(20_000)),
        totalMs: fc.nat(20_000),
      }),
      reserved: fc.oneof(
        { weight: 4, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
    }),
    { maxLength: 5 },
  ),
  isReleased: fc.oneof(
    { weight: 5, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});
type Batch = typeof batch extends fc.Arbitrary<infer Value> ? Value : never;

const population = fc.record({
  accounts: fc.tuple(terms, terms),
  keys: fc.tuple(terms, terms, terms, terms),
  batches: fc.array(batch, { maxLength: 5, size: 'max' }),
});

/** Two accounts with two keys each; the last key is gone. */
async function populate(
  store: TestStore,
  ledger: MemoryLedger,
  accounts: readonly Terms[],
  keys: readonly Terms[],
): Promise<readonly Payer[]> {
  const payers: Payer[] = [];
  const ids: number[] = [];
  for (const given of accounts) {
    const { remaining: quota, unlimited: unlimitedQuota } = given;
    const fields = { quota, unlimitedQuota, budget: given.budget };
    const { id, username } = await addAccount(store, anAccount(aRequestId(), fields));
    ledger.addAccount(id, { ...given }, username);
    ids.push(id);
  }
  for (const [place, given] of keys.entries()) {
    const accountId = ids[place >> 1] ?? 0;
    const { remaining: remainQuota, unlimited: unlimitedQuota } = given;
    const fields = { remainQuota, unlimitedQuota, budget: given.budget };
    const { id: keyId, name } = await addKey(store, aKey(accountId, fields));
    ledger.addKey(keyId, accountId, { ...given }, name);
    payers.push({ accountId, keyId });
  }
  const gone = payers.at(-1);
  assert.ok(gone);
  await store.deleteKeys(gone.accountId, [gone.keyId], heardBy(store));
  ledger.deleteKey(gone.keyId);
  return payers;
}

function settlementOf(
  { holders, requestId }: ReservationRequest,
  { units, type, model, later, content, reserved, detail: times }: Batch['ended'][number],
  now: number,
): Settlement {
  const payer = { accountId: idOf(holders, 'account'), keyId: idOf(holders, 'key') };
  const detail = { ...emptyDetail, inputTokens: units, ...times };
  return {
    record: aRecord({ requestId, ...payer, units, type, model, createdAt: now + later, detail }),
    reserved,
    content: content ? { sealed: new Uint8Array([units]), expiresAt: 9e9 } : undefined,
  };
}

const balanceOf = ({ remaining, used, reserved, budgetUsed, budgetStart }: MemoryHolder) => {
  return { remaining, used, reserved, budgetUsed, budgetStart };
};

async function compareHolders(store: TestStore, ledger: MemoryLedger): Promise<void> {
  for (const [id, holder] of nonEmpty([...ledger.accounts])) {
    const row = await store.getAccount(id);
    assert.ok(row);
    const { quota: remaining, usedQuota: used, reserved, budgetUsed, budgetStart } = row;
    assert.deepEqual({ remaining, used, reserved, budgetUsed, budgetStart }, balanceOf(holder), holder.name);
    assert.equal(row.requestCount, holder.requestCount);
  }
  for (const [id, holder] of nonEmpty([...ledger.keys])) {
    const row = await store.getKey(holder.accountId, id);
    assert.ok(row);
    const { remainQuota: remaining, usedQuota: used, reserved, budgetUsed, budgetStart } = row;
    assert.deepEqual({ remaining, used, reserved, budgetUsed, budgetStart }, balanceOf(holder), `key ${id}`);
    assert.equal(row.accessedAt, holder.lastUsedAt);
  }
}

const inOrder = (hours: readonly HourlyRow[]) =>
  hours.toSorted(
    (left, right) =>
      left.hour - right.hour || left.keyId - right.keyId || left.model.localeCompare(right.model),
  );

const quartersSql = statement(
  {},
  `SELECT ${names(usageQuarters)} FROM usage_quarters`,
  reader(usageQuarters),
);

const quartersInOrder = (quarters: readonly Quarter[]) =>
  quarters.map((quarter) => JSON.stringify(quarter, Object.keys(usageQuarters))).toSorted();

/** Of one database that all histories share: only what this one wrote. */
async function compareQuarters(db: Queryable, ledger: MemoryLedger): Promise<void> {
  const stored = await db.all(quartersSql);
  const own = stored.filter(({ accountId }) => ledger.accounts.has(accountId));
  assert.deepEqual(quartersInOrder(own), quartersInOrder(ledger.quarters.all()));
}

async function compareTotals(store: TestStore, ledger: MemoryLedger, ids: readonly string[]): Promise<void> {
  const hours: HourlyRow[] = [];
  for (const accountId of ledger.accounts.keys()) {
    hours.push(...(await store.listHourly({ accountId, by: ['hour', 'accountId', 'keyId', 'model'] })));
  }
  assert.deepEqual(inOrder(hours), inOrder([...ledger.hours.values()]));
  for (const id of maybeEmpty(ids)) assert.deepEqual(await store.getContent(id), ledger.contents.get(id));
  // Also which holders each record was charged to.
  await assertInvariants(store);
}

test('the functions in the database reserve, settle and release as the rules in TypeScript do', {
  timeout: 60_000 + runs * 1000,
}, async (t) => {
  const { store, database } = await testStore(t);
  const property = fc.asyncProperty(population, async ({ accounts, keys, batches }) => {
    const ledger = new MemoryLedger();
    const payers = await populate(store, ledger, accounts, keys);
    const requests: ReservationRequest[] = [];
    for (const { asked, ended, isReleased } of maybeEmpty(batches)) {
      const asks = asked.map(([place, units]) => asking(payers[place] as Payer, units, { at: ledger.now }));
      requests.push(...asks);
      assert.deepEqual((await store.reserve(asks)).outcomes, ledger.reserve(asks));
      const settlements = ended.flatMap((end) => {
        const request = requests.at(-1 - end.of);
        return request ? [settlementOf(request, end, ledger.now)] : [];
      });
      await store.settle(settlements, false);
      settleInTurn(ledger, settlements);
      if (isReleased) assert.deepEqual({ ...(await store.releaseReservations()) }, ledger.restart());
      await compareHolders(store, ledger);
    }
    await compareQuarters(database, ledger);
    await compareTotals(
      store,
      ledger,
      requests.map(({ requestId }) => requestId),
    );
    await store.releaseReservations();
  });
  await fc.assert(property, { numRuns: runs });
});

/** The database first settles what no budget concerns, then the rest. */
function settleInTurn(ledger: MemoryLedger, settlements: readonly Settlement[]): void {
  const hasBudget = ({ record }: Settlement) =>
    holdersOf(record).some((ref) => (ledger.findHolder(ref)?.budget ?? null) !== null);
  ledger.settle(settlements.filter((settlement) => !hasBudget(settlement)));
  ledger.settle(settlements.filter(hasBudget));
}
