import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { CommitTimeouts } from './commit-timeouts.ts';

test('who waits too long is told once, oldest first; who was served is not', () => {
  const clock = new ManualClock();
  const wait = new CommitTimeouts(clock, 1000);
  const late: string[] = [];
  const waiter = (name: string) => ({ onRecordLate: () => void late.push(name) });
  const served = waiter('served');
  wait.add(waiter('first'));
  wait.add(served);
  clock.advance(500);
  wait.add(waiter('second'));
  wait.remove(served);
  clock.advance(499);
  assert.deepEqual(late, []);
  clock.advance(251);
  assert.deepEqual(late, ['first']);
  clock.advance(2000);
  assert.deepEqual(late, ['first', 'second']);
  wait.add(waiter('third'));
  clock.advance(1250);
  assert.deepEqual(late, ['first', 'second', 'third']);
});
