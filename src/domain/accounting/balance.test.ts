import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Balance, shortfallOf } from './balance.ts';
import type { HolderRef } from './holder.ts';

const day = 86_400;
const now = Date.UTC(2027, 0, 15) / 1000;

function usedUpIn(budgetStart: number): HolderRef & Balance {
  const budget = { units: 100, period: 'daily', timeZone: 'UTC', softPercent: 100 } as const;
  return {
    kind: 'key',
    id: 1,
    remaining: 0,
    unlimited: true,
    reserved: 0,
    budget,
    budgetUsed: 100,
    budgetStart,
  };
}

test('what comes late does not begin an old period of a budget again', () => {
  assert.equal(shortfallOf(usedUpIn(now), 1, now - 3 * day)?.limit, 'budget');
  assert.equal(shortfallOf(usedUpIn(now), 1, now + day), undefined);
});

test('a budget that a clock far ahead brought to a later year is not stuck there', () => {
  assert.equal(shortfallOf(usedUpIn(now + 5000 * day), 1, now), undefined);
});
