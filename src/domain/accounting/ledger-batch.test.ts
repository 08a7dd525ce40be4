import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty, nonEmpty } from '../../../tests/support/non-empty.ts';
import type { Budget } from '../budget.ts';
import type { JobEnding } from '../job.ts';
import type { HolderRef } from './holder.ts';
import {
  type Holder,
  LedgerBatch,
  type LedgerPort,
  reserveOne,
  type SettledCharge,
  settleOne,
} from './ledger-batch.ts';
import { type ReservationOutcome, type ReservationRequest, recordTypes, type Shortfall } from './terms.ts';

const day = 86_400;
const noon = Date.UTC(2027, 0, 15, 12) / 1000;
const budgetOf = (units: number, softPercent = 100): Budget => {
  return { units, period: 'daily', timeZone: 'UTC', softPercent };
};

/** Three holders one above the other: the rules ask for no kind, and for no number of them. */
const refs: readonly HolderRef[] = [
  { kind: 'key', id: 1 },
  { kind: 'account', id: 2 },
  { kind: 'account', id: 3 },
];

function aHolder(ref: HolderRef, fields: Partial<Holder> = {}): Holder {
  return {
    ...ref,
    name: `${ref.kind} ${ref.id}`,
    chargedBit: 2 ** (ref.id - 1),
    remaining: 0,
    unlimited: true,
    used: 0,
    reserved: 0,
    budget: null,
    budgetUsed: 0,
    budgetStart: 0,
    notifiedPeriod: 0,
    lastUsedAt: 0,
    requestCount: 0,
    changed: false,
    ...fields,
  };
}

/** Holders, reservations and records in memory. */
class Port implements LedgerPort<SettledCharge> {
  readonly holders: readonly Holder[];
  readonly reservations = new Map<string, number>();
  /** The holders each record was charged to. */
  readonly records = new Map<string, number>();
  /** Row ids. */
  readonly endedJobs = new Set<number>();

  constructor(fields: readonly Partial<Holder>[]) {
    this.holders = refs.map((ref, at) => aHolder(ref, fields[at]));
  }

  findHolder({ kind, id }: HolderRef): Holder | undefined {
    return this.holders.find((holder) => holder.kind === kind && holder.id === id);
  }

  insertReservation({ requestId }: { readonly requestId: string }, units: number): void {
    this.reservations.set(requestId, units);
  }

  endJob({ id }: JobEnding): boolean {
    if (this.endedJobs.has(id)) return false;
    this.endedJobs.add(id);
    return true;
  }

  removeReservation(requestId: string): number | undefined {
    const units = this.reservations.get(requestId);
    this.reservations.delete(requestId);
    return units;
  }

  insertRecord({ requestId }: SettledCharge, chargedTo: number): boolean {
    if (this.records.has(requestId)) return false;
    this.records.set(requestId, chargedTo);
    return true;
  }

  insertContent(): void {}

  /** How many alerts the reservations have raised. */
  alerts = 0;

  reserve(
    requestId: string,
    units: number,
    at = noon,
    fields: Partial<ReservationRequest> = {},
  ): ReservationOutcome {
    const batch = new LedgerBatch<never>(this);
    const outcome = reserveOne(batch, { requestId, holders: refs, units, at, ...fields });
    this.alerts += batch.alerts.length;
    return outcome;
  }

  /** @returns the alerts: whose, and of what */
  settle(requestId: string, units: number, fields: Partial<SettledCharge> = {}): readonly unknown[] {
    const batch = new LedgerBatch(this);
    settleOne(batch, {
      requestId,
      type: recordTypes.consume,
      createdAt: noon,
      holders: refs,
      model: 'm',
      units,
      reserved: true,
      inputTokens: 0,
      outputTokens: 0,
      ...fields,
    });
    return batch.alerts.map(({ kind, holders, used }) => [kind, holders, used]);
  }
}

const spent = ({ remaining, used, reserved, requestCount }: Holder) => [
  remaining,
  used,
  reserved,
  requestCount,
];

test('a reservation is taken from every holder, and its settlement gives back what was not used', () => {
  const port = new Port([{ remaining: 10, unlimited: false }, {}, { remaining: 20, unlimited: false }]);
  assert.equal(port.reserve('a', 10), 'reserved');
  assert.deepEqual(port.holders.map(spent), [
    [10, 0, 10, 0],
    [0, 0, 10, 0],
    [20, 0, 10, 0],
  ]);
  port.settle('a', 4);
  assert.deepEqual(port.holders.map(spent), [
    [6, 4, 0, 1],
    [0, 4, 0, 1],
    [16, 4, 0, 1],
  ]);
  assert.deepEqual([...port.records], [['a', 1 | 4]]);
  assert.deepEqual(
    port.holders.map(({ lastUsedAt }) => lastUsedAt),
    [noon, noon, noon],
  );
});

test('the holder furthest above refuses first, its quota before its budget', () => {
  const all = { remaining: 5, unlimited: false, budget: budgetOf(5) };
  const refusals = [
    [all, all, all],
    [all, all, { budget: budgetOf(5) }],
    [all, all, {}],
    [all, {}, {}],
    [{ budget: budgetOf(5) }, {}, {}],
  ].map((fields) => {
    const outcome = new Port(fields).reserve('a', 6);
    return typeof outcome === 'object' && 'limit' in outcome ? [outcome.holder, outcome.limit] : outcome;
  });
  assert.deepEqual(refusals, [
    [refs[2], 'quota'],
    [refs[2], 'budget'],
    [refs[1], 'quota'],
    [refs[0], 'quota'],
    [refs[0], 'budget'],
  ]);
});

test('a budget holds for what was spent in its period and for what is reserved', () => {
  const port = new Port([{ budget: budgetOf(10) }, {}, {}]);
  port.settle('a', 6);
  assert.equal(port.reserve('b', 3), 'reserved');
  const shortfall = { holder: refs[0], limit: 'budget', free: 1, reserved: 3 };
  const refused = { ...shortfall, budget: budgetOf(10), resetsAt: noon + day / 2 };
  assert.deepEqual(port.reserve('c', 2), refused);
  assert.equal(port.reserve('d', 7, noon + day), 'reserved');
});

test('what is refused takes nothing from anybody', () => {
  const port = new Port([{}, {}, { remaining: 5, unlimited: false, reserved: 2 }]);
  const shortfall = { holder: refs[2], limit: 'quota', free: 3, reserved: 2 };
  assert.deepEqual(port.reserve('a', 4), shortfall);
  assert.deepEqual([port.reservations.size, ...port.holders.map(({ reserved }) => reserved)], [0, 0, 0, 2]);
});

test('a request of a holder that is gone reserves nothing; its end is charged to those that are left', () => {
  const port = new Port([{}, {}, {}]);
  const gone: readonly HolderRef[] = [{ kind: 'key', id: 9 }, ...refs.slice(1)];
  assert.equal(port.reserve('a', 1, noon, { holders: gone }), 'gone');
  assert.equal(port.reservations.size, 0);
  port.settle('a', 7, { holders: gone });
  assert.deepEqual(
    port.holders.map(({ used }) => used),
    [0, 7, 7],
  );
});

test('a budget is alerted of once a period at each threshold, naming its holder and those above it', () => {
  const port = new Port([{}, { budget: budgetOf(100, 80) }, {}]);
  const of = refs.slice(1);
  assert.deepEqual(port.settle('a', 79), []);
  assert.deepEqual(port.settle('b', 1), [['budget.soft', of, 80]]);
  assert.deepEqual(port.settle('c', 20), [['budget.hard', of, 100]]);
  assert.deepEqual(port.settle('d', 5), []);
  assert.deepEqual(port.settle('late', 5, { createdAt: noon - day }), []);
  assert.deepEqual(port.settle('e', 90, { createdAt: noon + day }), [['budget.soft', of, 90]]);
});

test('less than was asked for is as much as all holders have, and no less than will do', () => {
  const port = new Port([{ remaining: 20, unlimited: false }, { budget: budgetOf(9) }, {}]);
  assert.equal(port.reserve('a', 5, noon, { atLeast: 1 }), 'reserved');
  assert.equal((port.reserve('b', 100, noon, { atLeast: 5 }) as Shortfall).free, 4);
  assert.deepEqual(port.reserve('c', 100, noon, { atLeast: 4 }), { part: 4 });
  assert.deepEqual([...port.reservations], Object.entries({ a: 5, c: 4 }));
  assert.equal((port.reserve('d', 0, noon, { atLeast: 0 }) as Shortfall).free, 0);
});

test('a request that will try again with less does not use a budget up unless nothing is left of it', () => {
  const port = new Port([{ budget: budgetOf(10) }, {}, {}]);
  port.reserve('a', 11, noon, { triesAgain: true });
  assert.equal(port.alerts, 0);
  port.reserve('b', 11, noon, {});
  assert.equal(port.alerts, 1);
  const used = new Port([{ budget: budgetOf(10), budgetUsed: 10, budgetStart: noon - day / 2 }, {}, {}]);
  used.reserve('a', 11, noon, { triesAgain: true });
  assert.equal(used.alerts, 1);
});

const amount = fc.nat(30);
const fields = fc.record({
  remaining: fc.nat(60),
  unlimited: fc.boolean(),
  budget: fc.option(fc.nat(60).map((units) => budgetOf(units))),
});
const step = fc.oneof(
  fc.record({ reserve: amount, atLeast: fc.option(amount, { nil: undefined }) }),
  fc.record({ settle: fc.nat(10), saved: fc.nat(30) }),
  fc.record({ fail: fc.nat(10) }),
  fc.record({ wait: fc.integer({ min: 1, max: 2 * day }) }),
);

test('whatever is reserved, no holder spends more than it had, and every unit is accounted for', () => {
  fc.assert(
    fc.property(fc.tuple(fields, fields, fields), fc.array(step, { maxLength: 40 }), (given, steps) => {
      const port = new Port(given);
      const open: { readonly id: string; readonly units: number }[] = [];
      let now = noon;
      let charged = 0;
      for (const [at, each] of maybeEmpty([...steps.entries()])) {
        const id = `r${at}`;
        if ('wait' in each) now += each.wait;
        else if ('reserve' in each) {
          const { reserve, atLeast = reserve } = each;
          const outcome = port.reserve(id, reserve, now, { atLeast: Math.min(atLeast, reserve) });
          if (outcome === 'reserved') open.push({ id, units: reserve });
          if (typeof outcome === 'object' && 'part' in outcome) {
            assert.ok(atLeast <= outcome.part && outcome.part < reserve);
            open.push({ id, units: outcome.part });
          }
        } else if (open.length > 0) {
          const pick = 'settle' in each ? each.settle : each.fail;
          const [ended] = open.splice(pick % open.length, 1);
          if (!ended) continue;
          const units = 'settle' in each ? Math.max(0, ended.units - each.saved) : ended.units;
          const type = 'settle' in each ? recordTypes.consume : recordTypes.error;
          port.settle(ended.id, units, { type, createdAt: now });
          if (type === recordTypes.consume) charged += units;
        }
        const reserved = open.reduce((sum, { units }) => sum + units, 0);
        for (const [place, holder] of nonEmpty([...port.holders.entries()])) {
          const { remaining, unlimited, budget } = given[place] ?? aHolder({ kind: 'key', id: 0 });
          assert.equal(holder.reserved, reserved);
          assert.equal(holder.used, charged);
          assert.equal(holder.remaining, unlimited ? remaining : remaining - charged);
          assert.ok(unlimited || holder.remaining >= reserved, 'a quota is overspent');
          assert.ok(!budget || holder.budgetUsed <= budget.units, 'a budget is overspent');
        }
      }
    }),
  );
});
