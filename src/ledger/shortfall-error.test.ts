import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HolderRef } from '../domain/accounting/holder.ts';
import type { Shortfall } from '../domain/accounting/terms.ts';
import { shortfallError } from './shortfall-error.ts';

const key: HolderRef = { kind: 'key', id: 1 };
const account: HolderRef = { kind: 'account', id: 2 };

test('each limit has its own code, and all are refusals', () => {
  const codeOf = (holder: HolderRef, limit: Shortfall['limit']) =>
    shortfallError({ holder, limit, free: 0, reserved: 0 }, 5).code;
  assert.equal(codeOf(key, 'quota'), 'pre_consume_token_quota_failed');
  assert.equal(codeOf(account, 'quota'), 'insufficient_user_quota');
  assert.equal(codeOf(key, 'budget'), 'budget_exceeded');
  assert.equal(codeOf(account, 'budget'), 'budget_exceeded');
  assert.equal(shortfallError({ holder: key, limit: 'quota', free: 0, reserved: 0 }, 5).status, 403);
});

test('it says what is left, what is held and what was needed, in units and in USD', () => {
  const { message } = shortfallError({ holder: key, limit: 'quota', free: 1, reserved: 500_000 }, 250);
  assert.match(message, /The quota of this API key has 1 unit \(0\.000002 USD\) left/);
  assert.match(message, /and 500000 units \(1\.000000 USD\) is reserved by running requests/);
  assert.match(message, /may cost up to 250 units \(0\.000500 USD\)/);
  assert.match(message, /raise the quota\.$/);
});

test('nothing is said of what is not held; what costs nothing needs a unit all the same', () => {
  const { message } = shortfallError({ holder: account, limit: 'quota', free: 0, reserved: 0 }, 0);
  assert.doesNotMatch(message, /held/);
  assert.match(message, /has 0 units .* up to 1 unit /);
});

test('of a budget it says when it begins anew', () => {
  const resetsAt = Date.UTC(2027, 0, 31, 15) / 1000;
  const { message } = shortfallError({ holder: key, limit: 'budget', free: 2, reserved: 0, resetsAt }, 9);
  assert.match(message, /The budget of this API key has 2 units/);
  assert.match(message, /next period begins at 2027-01-31T15:00:00\.000Z\./);
  assert.match(message, /raise the budget\.$/);
});
