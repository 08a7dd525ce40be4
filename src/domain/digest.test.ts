import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf, digestText } from './digest.ts';

test('the digest is SHA-256', () => {
  // The "abc" example of FIPS 180-4.
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(Buffer.from(digestOf('abc')).toString('hex'), expected);
});

test('two digests have the same text exactly when their bytes are the same', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(bytes, bytes, (left, right) => {
      assert.equal(digestText(left) === digestText(right), Buffer.compare(left, right) === 0);
      assert.equal(digestText(left), digestText(Buffer.concat([left, right]).subarray(0, 32)));
    }),
  );
});
