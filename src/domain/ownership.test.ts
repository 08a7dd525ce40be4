import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayUse } from './ownership.ts';

test('what a request made belongs to its key, or to the account with all of its keys and sessions, and to nobody else', () => {
  const made = { accountId: 1, keyId: 2 };
  const who = {
    itself: { accountId: 1, keyId: 2 },
    sister: { accountId: 1, keyId: 3 },
    session: { accountId: 1, keyId: undefined },
    stranger: { accountId: 9, keyId: 2 },
  };
  const allowed = (share: 'key' | 'account') =>
    Object.values(who).map((caller) => mayUse(made, caller, share));
  assert.deepEqual(allowed('key'), [true, false, false, false]);
  assert.deepEqual(allowed('account'), [true, true, true, false]);
});
