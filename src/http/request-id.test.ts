import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maybeEmpty, nonEmpty } from '../../tests/support/non-empty.ts';
import { ManualClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { createRequestIds } from './request-id.ts';

test('ids are 25 letters and digits, all different, and sort by time', () => {
  const clock = new ManualClock();
  const newId = createRequestIds(clock, systemRandom);
  const perMs = Array.from({ length: 20 }, () => {
    clock.advance(1);
    return Array.from({ length: 100 }, newId);
  });
  const ids = perMs.flat();
  assert.equal(new Set(ids).size, 2000);
  for (const id of nonEmpty(ids)) assert.match(id, /^[a-z0-9]{25}$/);
  for (const [index, group] of perMs.entries()) {
    for (const id of maybeEmpty(perMs[index + 1] ?? []))
      assert.ok(nonEmpty(group).every((earlier) => earlier < id));
  }
});

test('ids of one moment differ in 64 random bits, none of which is used twice', () => {
  const given: string[] = [];
  const newId = createRequestIds(new ManualClock(), (size) => {
    const bytes = systemRandom(size);
    given.push(Buffer.from(bytes).toString('hex'));
    return bytes;
  });
  const tails = Array.from({ length: 1000 }, () => newId().slice(9));
  assert.equal(tails.join(''), given.join('').slice(0, 16 * 1000));
});
