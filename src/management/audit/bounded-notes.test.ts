import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../platform/clock.ts';
import { BoundedNotes } from './bounded-notes.ts';

test('so many in an hour are written; the next one says how many were skipped', () => {
  const clock = new ManualClock();
  const notes = new BoundedNotes(clock, 2);
  assert.deepEqual([notes.take(), notes.take(), notes.take(), notes.take()], [0, 0, undefined, undefined]);
  clock.advance(3_599_999);
  assert.equal(notes.take(), undefined);
  clock.advance(1);
  assert.deepEqual([notes.take(), notes.take(), notes.take()], [3, 0, undefined]);
});
