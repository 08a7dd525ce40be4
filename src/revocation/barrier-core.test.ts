import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPassed, noteAcknowledged, observeMembers, openBarrier, unresponsive } from './barrier-core.ts';

const leaseMs = 1000;
const row = (incarnation: number, acked: number, renewals = 3) => ({
  incarnation,
  acked,
  renewals,
  processId: `process ${incarnation}`,
});
const own = 'process 1';

test('a barrier is passed when every other node has acknowledged, in any order of events', () => {
  const barrier = openBarrier(7, 0);
  assert.equal(isPassed(barrier, 1, leaseMs), false, 'nobody knows yet who is there');
  // Arrives before the members are known.
  noteAcknowledged(barrier, 3, 7);
  observeMembers(barrier, [row(1, 2), row(2, 6), row(3, 6), row(4, 7)], own, 2);
  assert.deepEqual([barrier.nodes, barrier.waitingFor], [3, [2]]);
  noteAcknowledged(barrier, 2, 6);
  assert.equal(isPassed(barrier, 3, leaseMs), false, 'that was an earlier change');
  noteAcknowledged(barrier, 2, 9);
  assert.equal(isPassed(barrier, 3, leaseMs), true);
});

test('a single node does not wait', () => {
  const barrier = openBarrier(7, 0);
  observeMembers(barrier, [row(1, 2)], own, 2);
  assert.equal(isPassed(barrier, 2, leaseMs), true);
});

test('does not wait for a node that has left, nor for one that joined later', () => {
  const barrier = openBarrier(7, 0);
  observeMembers(barrier, [row(2, 6), row(3, 6)], own, 2);
  observeMembers(barrier, [row(3, 8), row(5, 6)], own, 2);
  assert.equal(isPassed(barrier, 3, leaseMs), true);
});

test('a barrier ends with all leases, even if the members are unknown', () => {
  const silent = openBarrier(7, 100);
  observeMembers(silent, [row(2, 6)], own, 150);
  const unknown = openBarrier(8, 100);
  for (const barrier of [silent, unknown]) {
    assert.equal(isPassed(barrier, 1109, leaseMs), false);
    assert.equal(isPassed(barrier, 1110, leaseMs), true);
  }
  assert.deepEqual(unresponsive(unknown, 1110, leaseMs), []);
});

test('decides who may be expelled a lease after the first look, by the renewals of that look', () => {
  const barrier = openBarrier(7, 100);
  observeMembers(barrier, [row(2, 6, 3), row(3, 6, 8)], own, 150);
  observeMembers(barrier, [row(2, 6, 5), row(3, 6, 8)], own, 600);
  noteAcknowledged(barrier, 3, 7);
  assert.equal(unresponsive(barrier, 1159, leaseMs), undefined);
  assert.deepEqual(unresponsive(barrier, 1160, leaseMs), [{ incarnation: 2, renewals: 3 }]);
});
