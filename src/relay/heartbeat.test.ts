/** The heartbeat of a silent stream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { Heartbeat } from './heartbeat.ts';

function begin() {
  const clock = new ManualClock();
  let beats = 0;
  const beat = () => {
    beats += 1;
  };
  const heartbeat = new Heartbeat({ clock, everyMs: 100, beat });
  const after = (ms: number) => {
    clock.advance(ms);
    return beats;
  };
  return { heartbeat, after };
}

test('it beats after each interval of silence', () => {
  const { after } = begin();
  assert.deepEqual([after(99), after(1), after(99), after(1), after(100)], [0, 1, 1, 2, 3]);
});

test('it waits a whole interval after what the client is shown', () => {
  const { heartbeat, after } = begin();
  after(60);
  heartbeat.shown();
  assert.deepEqual([after(99), after(1), after(100)], [0, 1, 2]);
});

test('it stops for good', () => {
  const { heartbeat, after } = begin();
  after(100);
  heartbeat.stop();
  assert.equal(after(1000), 1);
});
