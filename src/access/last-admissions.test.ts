import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { LastAdmissions } from './last-admissions.ts';

test('the last admission of a key is known, and since when its absence says something', () => {
  const admissions = new LastAdmissions(10, 1000);
  admissions.note(1, 1001);
  admissions.note(1, 1005);
  assert.deepEqual(admissions.of(1), { at: 1005, knownSince: 1000 });
  assert.deepEqual(admissions.of(2), { at: null, knownSince: 1000 });
});

test('of more keys than fit, what is forgotten is never told as "no admission"', () => {
  const admissions = new LastAdmissions(2, 1000);
  const times = new Map<number, number>();
  for (let keyId = 1; keyId <= 20; keyId += 1) {
    admissions.note(keyId, 1000 + keyId);
    times.set(keyId, 1000 + keyId);
    for (const [known, at] of nonEmpty(times)) {
      const last = admissions.of(known);
      assert.ok(last.at === at || (last.at === null && last.knownSince >= at), `key ${known} of ${keyId}`);
    }
  }
  assert.equal(admissions.of(20).at, 1020);
  assert.equal(admissions.of(1).at, null);
});
