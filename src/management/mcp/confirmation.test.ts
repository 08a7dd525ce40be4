/** Confirmations between nodes, and while the server secret is replaced. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretRing } from '../../domain/secret-ring.ts';
import { isConfirmed, makeConfirmation } from './confirmation.ts';

const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const subject = { keyId: 17, owner: 'ab'.repeat(32) };
const now = 1_800_000_000;

test('every node with the secret accepts what another one made, also while the secret is replaced', () => {
  const made = makeConfirmation(new SecretRing(one), subject, now);
  assert.ok(isConfirmed(new SecretRing(one), made, subject, now + 59));
  assert.ok(isConfirmed(new SecretRing(two, [one]), made, subject, now + 59));
  assert.ok(!isConfirmed(new SecretRing(two), made, subject, now));
});

test('it holds for one key, one access token and one minute', () => {
  const ring = new SecretRing(one);
  const made = makeConfirmation(ring, subject, now);
  assert.ok(!isConfirmed(ring, made, { ...subject, keyId: 18 }, now));
  assert.ok(!isConfirmed(ring, made, { ...subject, owner: 'cd'.repeat(32) }, now));
  assert.ok(!isConfirmed(ring, made, subject, now + 60));
  assert.ok(!isConfirmed(ring, made.replace(String(now + 60), String(now + 600)), subject, now));
});
