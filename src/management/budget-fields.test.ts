import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Budget } from '../domain/budget.ts';
import { budgetChange, budgetRecord } from './budget-fields.ts';

const current: Budget = { units: 1000, period: 'daily', timeZone: 'Asia/Tokyo', softPercent: 80 };

test('a change holds only what is sent and differs, so that it undoes no other change', () => {
  assert.deepEqual(budgetChange({ budget_soft_percent: 50 }, current, 'UTC'), {
    budget: { softPercent: 50 },
  });
  assert.deepEqual(budgetChange({ budget_quota: 10 }, current, 'UTC'), { budget: { units: 10 } });
  const record = budgetRecord({ budget: current, budgetUsed: 0, budgetStart: 0 }, 1_800_000_000);
  assert.deepEqual(budgetChange({ ...record, budget_period: 'weekly' }, current, 'UTC'), {
    budget: { period: 'weekly' },
  });
  assert.deepEqual(budgetChange(record, current, 'UTC'), {});
});

test('a first budget is whole, and one that is taken away is null', () => {
  assert.deepEqual(budgetChange({ budget_quota: 10 }, null, 'Europe/Berlin'), {
    budget: { units: 10, period: 'monthly', timeZone: 'Europe/Berlin', softPercent: 80 },
  });
  for (const budget_quota of [0, null]) {
    assert.deepEqual(budgetChange({ budget_quota }, current, 'UTC'), { budget: null });
  }
  assert.deepEqual(budgetChange({ budget_quota: null }, null, 'UTC'), {});
});
