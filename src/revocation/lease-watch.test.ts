import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { endOf } from './lease.ts';
import { LeaseWatch } from './lease-watch.ts';

const leaseMs = 2000;

function rig() {
  const clock = new ManualClock();
  const events: string[] = [];
  const watch = new LeaseWatch({
    clock,
    leaseMs,
    onEnding: (leftMs) => events.push(`ending ${leftMs}`),
    onLapsed: () => events.push('lapsed'),
  });
  const now = () => ({ monotonic: clock.monotonic(), wall: clock.now() });
  return { clock, events, watch, now };
}

test('reports a lease without renewal some time before it expires', () => {
  const { clock, events, watch, now } = rig();
  const lease = now();
  assert.equal(watch.watch(lease), true);
  assert.equal(watch.watch(lease), false);
  const lifeMs = endOf(lease, leaseMs) - lease.monotonic;
  clock.advance(lifeMs - 250);
  assert.deepEqual(events, []);
  clock.advance(1);
  assert.deepEqual(events, ['ending 250']);
  clock.advance(250);
  assert.deepEqual(events, ['ending 250', 'lapsed']);
});

test('reports nothing for a lease that is renewed in time', () => {
  const { clock, events, watch, now } = rig();
  for (let renewal = 0; renewal < 10; renewal++) {
    assert.equal(watch.watch(now()), true);
    clock.advance(leaseMs / 4);
  }
  watch.stop();
  clock.advance(leaseMs * 2);
  assert.deepEqual(events, []);
});
