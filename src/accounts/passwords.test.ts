import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { systemRandom } from '../platform/random.ts';
import { noPassword, Passwords } from './passwords.ts';

const passwords = new Passwords(systemRandom);

test('a hash is argon2id at the recommended cost, salted, and matches only its own password', async () => {
  const hash = await passwords.hash('correct horse');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(hash, await passwords.hash('correct horse'));
  assert.equal(await passwords.fits('correct horse', hash), true);
  assert.equal(await passwords.fits('correct horsf', hash), false);
});

test('a password matches when typed as different code points', async () => {
  const hash = await passwords.hash('caf\u00e9 au lait');
  assert.equal(await passwords.fits('cafe\u0301 au lait', hash), true);
});

test('no password matches an unknown user or an account without a password', async () => {
  for (const hash of [undefined, noPassword]) {
    assert.equal(await passwords.fits('', hash), false);
    assert.equal(await passwords.fits('anything', hash), false);
  }
});

test('refuses hashes beyond the limit and accepts them again afterwards', async () => {
  const crowd = Array.from({ length: limits.password_hashes_max + 3 }, () => passwords.fits('x', undefined));
  const outcomes = await Promise.allSettled(crowd);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(refused.length, 3);
  for (const { reason } of nonEmpty(refused)) {
    assert.ok(reason instanceof HalleyError && reason.code === 'too_many_attempts');
  }
  assert.equal(await passwords.fits('x', undefined), false);
});
