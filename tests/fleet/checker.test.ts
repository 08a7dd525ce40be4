import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attempt, judge } from './checker.ts';

const attempt = (fields: Partial<Attempt>): Attempt => ({
  id: 1,
  node: 0,
  right: 'key',
  invoked: 101,
  returned: 103,
  status: 200,
  ...fields,
});
const revoked = [{ right: 'key', returned: 100, restored: 200 }];
const violationsOf = (fields: Partial<Attempt>, reached: readonly number[] = []) =>
  judge([attempt(fields)], revoked, new Set(reached)).violations.length;

test('an admitted attempt that began after the confirmation is a violation', () => {
  assert.equal(violationsOf({}), 1);
  assert.equal(violationsOf({ status: 401, id: 7 }, [7]), 1, 'it reached the upstream');
});

test('attempts before it, refused ones, other rights, and rights given back are no violations', () => {
  assert.equal(violationsOf({ invoked: 99 }), 0);
  assert.equal(violationsOf({ invoked: 100 }), 0);
  assert.equal(violationsOf({ status: 401 }), 0);
  assert.equal(violationsOf({ status: 0, returned: Number.POSITIVE_INFINITY }), 0);
  assert.equal(violationsOf({ right: 'other' }), 0);
  assert.equal(violationsOf({ invoked: 201, returned: 203 }), 0);
  assert.equal(violationsOf({ invoked: 199, returned: 201 }), 0, 'it may have been admitted after that');
});

test('counts attempts, and those soon after the confirmation', () => {
  const attempts = [
    attempt({ invoked: 50 }),
    attempt({ invoked: 105, status: 401 }),
    attempt({ invoked: 111, status: 401 }),
  ];
  const { violations, ...figures } = judge(attempts, revoked, new Set());
  assert.deepEqual(violations, []);
  assert.deepEqual(figures, { attempts: 3, admitted: 1, after: 2, soonAfter: 1 });
});
