/** What can happen to a ledger, in any order: each command does it to a store and to the model, and compares. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maybeEmpty } from '../../../tests/support/non-empty.ts';
import { holdersOf } from '../../domain/accounting/holder.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { type Budget, usedAt } from '../../domain/budget.ts';
import type { Settlement } from '../ledger-store.ts';
import type { Store } from '../store.ts';
import {
  addAccount,
  addKey,
  aKey,
  anAccount,
  aRecord,
  aRequestId,
  assertInvariants,
  aTopup,
} from './engine.ts';
import { heardBy } from './heard.ts';
import { type Holding, holdingOf, type LedgerModel, type Running } from './ledger-model.ts';

/** The store under test; another one after each restart. */
export interface Real {
  store: Store;
  readonly reopen: () => Promise<Store>;
}

type Command = fc.AsyncCommand<LedgerModel, Real>;
type Run = (model: LedgerModel, real: Real) => Promise<void>;

/** A command that is followed by a comparison of everything. */
function command(
  name: string,
  run: Run,
  check: (model: Readonly<LedgerModel>) => boolean = () => true,
): Command {
  return {
    check,
    run: async (model, real) => {
      await run(model, real);
      await compare(model, real.store);
    },
    toString: () => name,
  };
}

/** As `command`, of something that must not spend more than there is: promise P4. */
function modestCommand(name: string, run: Run, check?: (model: Readonly<LedgerModel>) => boolean): Command {
  const checked: Run = async (model, real) => {
    const covered = new Set(holders(model).filter((holder) => isCovered(model, holder)));
    await run(model, real);
    for (const holder of maybeEmpty(holders(model))) {
      // The model equals the store: see `compare`.
      if (covered.has(holder))
        assert.ok(isCovered(model, holder), 'a balance no longer covers what it holds');
    }
  };
  return command(name, checked, check);
}

const holders = (model: LedgerModel) => [...model.accounts.values(), ...model.keys.values()];

/** Whether what is left, and what is left of the budget, is enough for all that is held; so it is at least 0. */
function isCovered(model: LedgerModel, holder: Holding): boolean {
  const { left, unlimited, reserved, budget } = holder;
  const budgetLeft = budget ? budget.units - model.spentOf(holder) : Number.POSITIVE_INFINITY;
  return (unlimited || left >= reserved) && budgetLeft >= reserved;
}

/** Every balance of the store beside the model's, and every total beside its records. */
async function compare(model: LedgerModel, store: Store): Promise<void> {
  for (const [id, holding] of maybeEmpty(model.accounts)) {
    const row = await store.getAccount(id);
    assert.ok(row, `account ${id} is gone`);
    const { quota, unlimitedQuota, usedQuota, reserved, requestCount } = row;
    assert.deepEqual(
      [quota, unlimitedQuota, usedQuota, reserved, requestCount, usedAt(row, timeOf(model, holding))],
      [...figuresOf(holding), holding.requests, model.spentOf(holding)],
      `account ${id}`,
    );
  }
  for (const [id, holding] of maybeEmpty(model.keys)) {
    const row = await store.getKey(holding.accountId, id);
    assert.ok(row, `key ${id} is gone`);
    const { remainQuota, unlimitedQuota, usedQuota, reserved } = row;
    assert.deepEqual(
      [remainQuota, unlimitedQuota, usedQuota, reserved, usedAt(row, timeOf(model, holding))],
      [...figuresOf(holding), model.spentOf(holding)],
      `key ${id}`,
    );
  }
  await assertInvariants(store);
}

const figuresOf = ({ left, unlimited, used, reserved }: Holding) => [left, unlimited, used, reserved];
const timeOf = (model: LedgerModel, { spentFrom }: Holding) => Math.max(model.now, spentFrom);

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
  fc.record({
    units: fc.nat(30),
    period: fc.constantFrom('daily', 'weekly', 'monthly'),
    timeZone: fc.constantFrom('UTC', 'Asia/Tokyo', 'America/New_York'),
    softPercent: fc.constantFrom(50, 100),
  }),
);

/** What an owner or an administrator may set. */
const termFields = { left: fc.nat(40), unlimited: fc.boolean(), budget: aBudget };
const terms = fc.record(termFields);

const addKeyCommand = fc.tuple(pick, terms).map(([at, given]) =>
  command(
    `addKey(${at}, ${JSON.stringify(given)})`,
    async (model, { store }) => {
      const accountId = chosen(model.accounts.keys(), at);
      const { left: remainQuota, unlimited: unlimitedQuota, budget } = given;
      const key = await addKey(store, aKey(accountId, { remainQuota, unlimitedQuota, budget }));
      model.keys.set(key.id, holdingOf(accountId, given));
    },
    (model) => model.accounts.size > 0,
  ),
);

const addAccountCommand = terms.map((given) =>
  command(`addAccount(${JSON.stringify(given)})`, async (model, { store }) => {
    const { left: quota, unlimited: unlimitedQuota, budget } = given;
    const account = await addAccount(store, anAccount(aRequestId(), { quota, unlimitedQuota, budget }));
    model.accounts.set(account.id, holdingOf(account.id, given));
  }),
);

const hasKeys = (model: Readonly<LedgerModel>) => model.keys.size > 0;
const isBusy = (model: Readonly<LedgerModel>) => model.running.length > 0;

/** Requests asked for together. */
const reserveCommand = fc.array(fc.tuple(pick, fewUnits), { minLength: 1, maxLength: 4 }).map((asked) =>
  modestCommand(
    `reserve(${JSON.stringify(asked)})`,
    async (model, { store }) => {
      const requests = asked.map(([at, units]): Running => {
        const [keyId, { accountId }] = chosen(model.keys, at);
        return { requestId: aRequestId(), accountId, keyId, units };
      });
      const { outcomes } = await store.reserve(
        requests.map(({ requestId, units, ...ids }) => {
          return { requestId, holders: holdersOf(ids), units, at: model.now };
        }),
      );
      const brief = outcomes.map((outcome) => {
        if (typeof outcome === 'string') return outcome;
        const { holder, limit, free, reserved } = outcome;
        return { holder, limit, free, reserved };
      });
      assert.deepEqual(
        brief,
        requests.map((request) => model.reserve(request)),
      );
    },
    hasKeys,
  ),
);

async function settleAll(
  model: LedgerModel,
  store: Store,
  settlements: readonly Settlement[],
): Promise<void> {
  await store.settle(settlements, false);
  for (const settlement of settlements) model.settle(settlement);
}

function endOf(model: LedgerModel, { requestId, accountId, keyId }: Running, units: number): Settlement {
  const record = aRecord({ requestId, accountId, keyId, units, createdAt: model.now });
  return { record, reserved: true };
}

/** Ends requests for what they reserved, or a part of it, in one batch that may name one of them twice. */
const settleCommand = fc.array(fc.tuple(pick, fc.nat(12)), { minLength: 1, maxLength: 4 }).map((ends) =>
  modestCommand(
    `settle(${JSON.stringify(ends)})`,
    async (model, { store }) => {
      const settlements = ends.map(([at, saved]) => {
        const running = chosen(model.running, at);
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
      const running = chosen(model.running, at);
      await settleAll(model, store, [endOf(model, running, running.units + more)]);
    },
    isBusy,
  ),
);

const abortCommand = pick.map((at) =>
  modestCommand(
    `abort(${at})`,
    async (model, { store }) => {
      const { record } = endOf(model, chosen(model.running, at), 0);
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

function setTerms(holder: Holding, { left, unlimited, budget }: Partial<Holding>): void {
  holder.left = left ?? holder.left;
  holder.unlimited = unlimited ?? holder.unlimited;
  holder.budget = budget === undefined ? holder.budget : budget;
}

const setKeyCommand = fc.tuple(pick, someTerms).map(([at, given]) =>
  command(
    `setKey(${at}, ${JSON.stringify(given)})`,
    async (model, { store }) => {
      const [keyId, key] = chosen(model.keys, at);
      const { left, unlimited, budget } = given;
      await store.updateKey(
        key.accountId,
        keyId,
        {
          ...(left !== undefined && { remainQuota: left }),
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
      const { left, unlimited, budget } = given;
      const fields = {
        ...(left !== undefined && { quota: left }),
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

/** Any course of events. Those of everyday are in it more than once. */
export const courses = fc.commands(
  [
    ...[reserveCommand, reserveCommand, reserveCommand, settleCommand, settleCommand],
    ...[overspendCommand, abortCommand, settleAgainCommand, chargeCommand],
    ...[topUpCommand, setKeyCommand, setAccountCommand, addKeyCommand, addAccountCommand],
    ...[deleteKeyCommand, deleteAccountCommand, restartCommand, advanceCommand, pruneCommand],
  ],
  { maxCommands: 60, size: 'max' },
);
