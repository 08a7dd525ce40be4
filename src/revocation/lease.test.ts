import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haveAllEnded, isAlive } from './lease.ts';

const at = (monotonic: number, wall = monotonic) => ({ monotonic, wall });

test('a lease is a hundredth shorter for its holder, and a hundredth longer for a waiting node', () => {
  assert.equal(isAlive(at(0), at(1979), 2000), true);
  assert.equal(isAlive(at(0), at(1980), 2000), false);
  assert.equal(haveAllEnded(0, 2019, 2000), false);
  assert.equal(haveAllEnded(0, 2020, 2000), true);
});

test('the clock that shows more time ends a lease', () => {
  // The machine was suspended, so its monotonic clock stood still.
  assert.equal(isAlive(at(0, 0), at(10, 5000), 2000), false);
  // The wall clock was set back.
  assert.equal(isAlive(at(0, 0), at(5000, -90_000), 2000), false);
  // It was set forward: the lease ends early, which is safe.
  assert.equal(isAlive(at(0, 0), at(10, 90_000), 2000), false);
});
