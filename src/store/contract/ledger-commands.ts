/** What can happen to a ledger, in any order: each command does it to a store and to a ledger in memory, and compares. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maybeEmpty } from '../../../tests/support/non-empty.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { idOf } from '../../domain/accounting/holder.ts';
import { type BudgetAlert, type ReservationRequest, recordTypes } from '../../domain/accounting/terms.ts';
import type { Budget } from '../../domain/budget.ts';
import type { Settlement } from '../ledger-store.ts';
import { emptyDetail } from '../record-detail.ts';
import { compareLedgers } from './compare-ledgers.ts';
import { addAccount, addKey, aKey, anAccount, aRecord, aRequestId, aTopup } from './engine.ts';
import { heardBy } from './heard.ts';
import { type MemoryHolder, type MemoryLedger, setTerms } from './memory-ledger.ts';
import { asking } from './payer.ts';

/** The store under test; another one after each restart. */
export interface Real {
  store: TestStore;
  readonly reopen: () => Promise<TestStore>;
}

type Command = fc.AsyncCommand<MemoryLedger, Real>;
type Run = (model: MemoryLedger, real: Real) => Promise<void>;

/** A command that is followed by a comparison of everything. */
function command(
  name: string,
  run: Run,
  check: (model: Readonly<MemoryLedger>) => boolean = () => true,
): Command {
  return {
    check,
    run: async (model, real) => {
      await run(model, real);
      await compareLedgers(model, real.store);
    },
    toString: () => name,
  };
}

/** As `command`, of something that must not spend more than there is: promise P4. */
function modestCommand(name: string, run: Run, check?: (model: Readonly<MemoryLedger>) => boolean): Command {
  const checked: Run = async (model, real) => {
    const covered = new Set(model.holders().filter((holder) => isCovered(model, holder)));
    await run(model, real);
    for (const holder of maybeEmpty(model.holders())) {
      // The model equals the store: see `compareLedgers`.
      if (covered.has(holder))
        assert.ok(isCovered(model, holder), 'a balance no longer covers what it holds');
    }
  };
  return command(name, checked, check);
}

/** Whether what is left, and what is left of the budget, is enough for all that is held; so it is at least 0. */
function isCovered(model: MemoryLedger, holder: MemoryHolder): boolean {
  const { remaining, unlimited, reserved, budget } = holder;
  const budgetLeft = budget ? budget.units - model.spentOf(holder) : Number.POSITIVE_INFINITY;
  return (unlimited || remaining >= reserved) && budgetLeft >= reserved;
}

/** Alerts that a store made, beside those of the model. */
function compareAlerts(model: MemoryLedger, alerts: readonly BudgetAlert[]): void {
  const news = alerts.map(({ id: _id, attempts: _attempts, nextAttemptAt: _next, ...alert }) => alert);
  assert.deepEqual(news, model.alerts);
}

/** The element that `pick`, a number of any size, stands for. */
function chosen<Element>(elements: Iterable<Element>, pick: number): Element {
  const all = [...elements];
  const element = all[pick % all.length];
  if (element === undefined) throw new Error('nothing to choose from');
  return element;
}

const pick = fc.nat(60);
const fewUnits = fc.nat(12);

const aBudget: fc.Arbitrary<Budget | null> = fc.option(
  fc
    .record({
      units: fc.nat(30),
      period: fc.constantFrom('daily', 'weekly', 'monthly'),
      timeZone: fc.constantFrom('UTC', 'Asia/Tokyo', 'America/New_York'),
      softPercent: fc.constantFrom(50, 100),
    })
    .map((budget) => ({ ...budget })),
);

/** What an owner or an administrator may set. */
const termFields = { remaining: fc.nat(40), unlimited: fc.boolean(), budget: aBudget };
const terms = fc.record(termFields);

const addKeyCommand = fc.tuple(pick, terms).map(([at, given]) =>
  command(
    `addKey(${at}, ${JSON.stringify(given)})`,
    async (model, { store }) => {
      const accountId = chosen(model.accounts.keys(), at);
      const { remaining: remainQuota, unlimited: unlimitedQuota, budget } = given;
      const key = await addKey(store, aKey(accountId, { remainQuota, unlimitedQuota, budget }));
      model.addKey(key.id, accountId, given, key.name);
    },
    (model) => model.accounts.size > 0,
  ),
);

const addAccountCommand = terms.map((given) =>
  command(`addAccount(${JSON.stringify(given)})`, async (model, { store }) => {
    const { remaining: quota, unlimited: unlimitedQuota, budget } = given;
    const account = await addAccount(store, anAccount(aRequestId(), { quota, unlimitedQuota, budget }));
    model.addAccount(account.id, given, account.username);
  }),
);

const hasKeys = (model: Readonly<MemoryLedger>) => model.keys.size > 0;
const isBusy = (model: Readonly<MemoryLedger>) => model.reservations.length > 0;

/** Requests asked for together. */
const aReservation = fc.tuple(pick, fewUnits, fc.option(fewUnits, { nil: undefined }));
const reserveCommand = fc.array(aReservation, { minLength: 1, maxLength: 4 }).map((asked) =>
  modestCommand(
    `reserve(${JSON.stringify(asked)})`,
    async (model, { store }) => {
      const requests = asked.map(([at, units, least]): ReservationRequest => {
        const [keyId, { accountId }] = chosen(model.keys, at);
        const atLeast = least === undefined ? {} : { atLeast: Math.min(least, units), triesAgain: true };
        return asking({ accountId, keyId }, units, { at: model.now, ...atLeast });
      });
      const { outcomes, alerts } = await store.reserve(requests);
      assert.deepEqual(outcomes, model.reserve(requests));
      compareAlerts(model, alerts);
    },
    hasKeys,
  ),
);

async function settleAll(
  model: MemoryLedger,
  store: TestStore,
  settlements: readonly Settlement[],
): Promise<void> {
  const alerts = await store.settle(settlements, false);
  model.settle(settlements);
  compareAlerts(model, alerts);
}

function endOf(model: MemoryLedger, { requestId, holders }: ReservationRequest, units: number): Settlement {
  const payer = { accountId: idOf(holders, 'account'), keyId: idOf(holders, 'key') };
  const detail = { ...emptyDetail, inputTokens: units, outputTokens: 1 };
  return { record: aRecord({ requestId, ...payer, units, createdAt: model.now, detail }), reserved: true };
}

/** Ends requests for what they reserved, or a part of it, in one batch that may name one of them twice. */
const settleCommand = fc.array(fc.tuple(pick, fc.nat(12)), { minLength: 1, maxLength: 4 }).map((ends) =>
  modestCommand(
    `settle(${JSON.stringify(ends)})`,
    async (model, { store }) => {
      const settlements = ends.map(([at, saved]) => {
        const running = chosen(model.reservations, at);
        return endOf(model, running, Math.max(0, running.units - saved));
      });
      await settleAll(model, store, settlements);
    },
    isBusy,
  ),
);

const overspendCommand = fc.tuple(pick, fc.integer({ min: 1, max: 20 })).map(([at, more]) =>
  command(
    `overspend(${at}, ${more})`,
    async (model, { store }) => {
      const running = chosen(model.reservations, at);
      await settleAll(model, store, [endOf(model, running, running.units + more)]);
    },
    isBusy,
  ),
);

const abortCommand = pick.map((at) =>
  modestCommand(
    `abort(${at})`,
    async (model, { store }) => {
      const { record } = endOf(model, chosen(model.reservations, at), 0);
      await settleAll(model, store, [{ record: { ...record, type: recordTypes.error }, reserved: true }]);
    },
    isBusy,
  ),
);

const settleAgainCommand = pick.map((at) =>
  modestCommand(
    `settleAgain(${at})`,
    (model, { store }) => settleAll(model, store, [chosen(model.written, at)]),
    (model) => model.written.length > 0,
  ),
);

/** Without a reservation, and recorded for a time up to three days ago. */
const chargeCommand = fc.tuple(pick, fewUnits, fc.nat(259_200)).map(([at, units, ago]) =>
  command(
    `charge(${at}, ${units}, ${ago})`,
    async (model, { store }) => {
      const [keyId, { accountId }] = chosen(model.keys, at);
      const record = aRecord({ accountId, keyId, units, createdAt: model.now - ago });
      await settleAll(model, store, [{ record, reserved: false }]);
    },
    hasKeys,
  ),
);

const hasNoBudget =
  (model: Readonly<MemoryLedger>) =>
  ([, key]: readonly [number, MemoryHolder]) =>
    !key.budget && !model.accounts.get(key.accountId)?.budget;

/**
 * Of requests that were admitted while nothing limited them. Nothing is compared afterwards, since reading applies what
 * was deferred: the next command meets it.
 */
const deferrableCommand: fc.Arbitrary<Command> = fc
  .array(fc.tuple(pick, fewUnits), { minLength: 1, maxLength: 3 })
  .map((charges) => ({
    check: (model) => [...model.keys].some(hasNoBudget(model)),
    run: async (model, { store }) => {
      const settlements = charges.map(([at, units]): Settlement => {
        const [keyId, { accountId }] = chosen([...model.keys].filter(hasNoBudget(model)), at);
        const record = aRecord({ accountId, keyId, units, createdAt: model.now });
        return { record, reserved: false, deferrable: true };
      });
      await settleAll(model, store, settlements);
    },
    toString: () => `settleDeferrable(${JSON.stringify(charges)})`,
  }));

const topUpCommand = fc
  .tuple(
    pick,
    fc.integer({ min: -20, max: 40 }).filter((units) => units !== 0),
  )
  .map(([at, units]) =>
    command(
      `topUp(${at}, ${units})`,
      async (model, { store }) => {
        const accountId = chosen(model.accounts.keys(), at);
        await store.topUp(aTopup(accountId, units, { createdAt: model.now }), heardBy(store));
        model.topUp(accountId, units);
      },
      (model) => model.accounts.size > 0,
    ),
  );

/** Any part of the terms may be set alone. */
const someTerms = fc.record(termFields, { requiredKeys: [] });

const setKeyCommand = fc.tuple(pick, someTerms).map(([at, given]) =>
  command(
    `setKey(${at}, ${JSON.stringify(given)})`,
    async (model, { store }) => {
      const [keyId, key] = chosen(model.keys, at);
      const { remaining, unlimited, budget } = given;
      await store.updateKey(
        key.accountId,
        keyId,
        {
          ...(remaining !== undefined && { remainQuota: remaining }),
          ...(unlimited !== undefined && { unlimitedQuota: unlimited }),
          ...(budget !== undefined && { budget }),
        },
        heardBy(store),
      );
      setTerms(key, given);
    },
    hasKeys,
  ),
);

const setAccountCommand = fc.tuple(pick, someTerms).map(([at, given]) =>
  command(
    `setAccount(${at}, ${JSON.stringify(given)})`,
    async (model, { store }) => {
      const [accountId, account] = chosen(model.accounts, at);
      const { remaining, unlimited, budget } = given;
      const fields = {
        ...(remaining !== undefined && { quota: remaining }),
        ...(unlimited !== undefined && { unlimitedQuota: unlimited }),
        ...(budget !== undefined && { budget }),
      };
      await store.updateAccount(accountId, fields, 1, heardBy(store));
      setTerms(account, given);
    },
    (model) => model.accounts.size > 0,
  ),
);

const deleteKeyCommand = pick.map((at) =>
  modestCommand(
    `deleteKey(${at})`,
    async (model, { store }) => {
      const [keyId, { accountId }] = chosen(model.keys, at);
      assert.deepEqual(await store.deleteKeys(accountId, [keyId], heardBy(store)), [keyId]);
      model.deleteKey(keyId);
    },
    hasKeys,
  ),
);

const deleteAccountCommand = pick.map((at) =>
  command(
    `deleteAccount(${at})`,
    async (model, { store }) => {
      const accountId = chosen(model.accounts.keys(), at);
      assert.equal(await store.deleteAccount(accountId, heardBy(store)), true);
      model.deleteAccount(accountId);
    },
    (model) => model.accounts.size > 1,
  ),
);

const restartCommand = fc.constant(
  modestCommand('restart()', async (model, real) => {
    real.store = await real.reopen();
    assert.deepEqual({ ...(await real.store.releaseReservations()) }, model.restart());
  }),
);

const advanceCommand = fc.integer({ min: 1, max: 200_000 }).map((seconds) =>
  command(`advance(${seconds})`, async (model) => {
    model.now += seconds;
  }),
);

/** Removes records older than so many seconds, some at a time. */
const pruneCommand = fc.tuple(fc.nat(200_000), fc.integer({ min: 1, max: 5 })).map(([age, limit]) =>
  modestCommand(`prune(${age}, ${limit})`, async (model, { store }) => {
    const before = model.now - age;
    let removed = 0;
    for (let some = limit; some === limit; removed += some) {
      some = await store.deleteRecordsBefore(before, limit);
    }
    assert.equal(removed, model.prune(before));
  }),
);

/** Any history. Everyday events are in it more than once. */
export const histories = fc.commands(
  [
    ...[reserveCommand, reserveCommand, reserveCommand, settleCommand, settleCommand],
    ...[
      overspendCommand,
      abortCommand,
      settleAgainCommand,
      chargeCommand,
      deferrableCommand,
      deferrableCommand,
    ],
    ...[topUpCommand, setKeyCommand, setAccountCommand, addKeyCommand, addAccountCommand],
    ...[deleteKeyCommand, deleteAccountCommand, restartCommand, advanceCommand, pruneCommand],
  ],
  { maxCommands: 60, size: 'max' },
);
