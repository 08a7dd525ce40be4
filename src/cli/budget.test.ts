import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { budgetFields, budgetLines, budgetOptions } from './budget.ts';

const fieldsOf = (...args: string[]) => {
  const command = budgetOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  command.parse(args, { from: 'user' });
  return budgetFields(command.opts());
};

test('budget options set API fields; options that are not given set none', () => {
  assert.deepEqual(fieldsOf(), {});
  assert.deepEqual(fieldsOf('--no-budget'), { budget_quota: null });
  assert.deepEqual(fieldsOf('--budget', '7'), { budget_quota: 7 });
  assert.deepEqual(
    fieldsOf(
      '--budget-usd',
      '2.50',
      '--budget-period',
      'weekly',
      '--budget-zone',
      'UTC',
      '--budget-soft',
      '5',
    ),
    {
      budget_quota: 1_250_000,
      budget_period: 'weekly',
      budget_time_zone: 'UTC',
      budget_soft_percent: 5,
    },
  );
});

test('refuses two budget options, or an unknown period, as a usage error', () => {
  assert.throws(() => fieldsOf('--budget', '7', '--budget-usd', '1'), /one of --budget/);
  assert.throws(() => fieldsOf('--no-budget', '--budget-usd', '1'), /one of --budget/);
  assert.throws(() => fieldsOf('--budget-period', 'yearly'), /daily, weekly, monthly/);
});

test('shows a budget with its used part, and a missing budget in one line', () => {
  assert.deepEqual(budgetLines({ budget_quota: null }), [['budget', 'none']]);
  const shown = budgetLines({
    budget_quota: 500_000,
    budget_period: 'daily',
    budget_time_zone: 'UTC',
    budget_soft_percent: 80,
    budget_used: 250_000,
    budget_resets_at: 1_800_057_600,
  });
  assert.deepEqual(shown, [
    ['budget', '500,000 (1.00 USD) daily (UTC)'],
    ['budget used', '250,000 (0.50 USD); notice at 80%'],
    ['budget resets', '2027-01-16 00:00Z'],
  ]);
});
