import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Balance, uncoveredBy } from '../domain/accounting/balance.ts';
import { type Budget, periodAt } from '../domain/budget.ts';

const now = 1_800_000_000;
const none = { budget: null, budgetUsed: 0, budgetStart: 0 };
const held: Balance = { remaining: 100, unlimited: false, reserved: 40, ...none };

test('the remaining units must cover the reservations of in-flight requests', () => {
  assert.equal(uncoveredBy(held, now), undefined);
  assert.equal(uncoveredBy({ ...held, remaining: 40 }, now), undefined);
  assert.equal(uncoveredBy({ ...held, remaining: 39 }, now), 'quota');
});

test('a holder without remaining units covers no request, even without reservations', () => {
  assert.equal(uncoveredBy({ ...held, remaining: 0, reserved: 0 }, now), 'quota');
  assert.equal(uncoveredBy({ ...held, remaining: -5, reserved: 0 }, now), 'quota');
});

test('an unlimited quota covers everything, but not beyond a budget', () => {
  const budget: Budget = { units: 50, period: 'daily', timeZone: 'UTC', softPercent: 100 };
  const free = { ...held, remaining: -5, unlimited: true };
  assert.equal(uncoveredBy(free, now), undefined);
  assert.equal(uncoveredBy({ ...free, budget }, now), undefined);
  assert.equal(uncoveredBy({ ...free, budget: { ...budget, units: 39 } }, now), 'budget');
});

test('setting a clock back over the start of a period releases nothing of its budget', () => {
  const budget: Budget = { units: 50, period: 'daily', timeZone: 'UTC', softPercent: 100 };
  const { start } = periodAt(budget, now);
  const spent = { ...held, unlimited: true, budget, budgetUsed: 20, budgetStart: start };
  assert.equal(uncoveredBy(spent, now), 'budget');
  assert.equal(uncoveredBy(spent, start - 5), 'budget');
});
