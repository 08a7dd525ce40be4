import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetExceeded } from './budget-exceeded.ts';

const budget = { units: 1000, period: 'weekly', timeZone: 'UTC', softPercent: 80 } as const;
const resetsAt = Date.UTC(2027, 2, 8) / 1000;

test('a budget without room says whose it is, what is left of it and when it begins anew', () => {
  const error = budgetExceeded('key', budget, resetsAt, resetsAt - 90, { needed: 70, free: 12 });
  assert.deepEqual([error.code, error.status, error.kind], ['budget_exceeded', 403, 'quota']);
  assert.match(
    error.message,
    /this API key, 1000 units a week.*cost 70 units; 12 are left.*2027-03-08T00:00:00Z/,
  );
  assert.equal(error.headers['retry-after'], '90');
  const account = budgetExceeded('account', budget, resetsAt, resetsAt);
  assert.match(account.message, /of the account/);
  assert.doesNotMatch(account.message, /cost/);
  assert.equal(account.headers['retry-after'], '1');
});
