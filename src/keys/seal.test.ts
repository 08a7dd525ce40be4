import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../platform/errors.ts';
import { systemRandom } from '../platform/random.ts';
import { openSealed, seal, serverSecretBytes } from './seal.ts';

const secret = systemRandom(serverSecretBytes);
const context = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: 'grapheme' });

function assertUnreadable(open: () => string, why: RegExp): void {
  assert.throws(open, (error) => error instanceof HalleyError && why.test(error.log ?? ''));
}

test('a sealed text opens under the same secret and context', () => {
  fc.assert(
    fc.property(text, context, (plain, where) => {
      assert.equal(openSealed(secret, seal(secret, systemRandom, plain, where), where), plain);
    }),
  );
});

test('a sealed text opens in no other context and under no other secret', () => {
  fc.assert(
    fc.property(text, context, context, (plain, where, elsewhere) => {
      fc.pre(Buffer.compare(where, elsewhere) !== 0);
      const sealed = seal(secret, systemRandom, plain, where);
      assertUnreadable(() => openSealed(secret, sealed, elsewhere), /belongs elsewhere/);
      assertUnreadable(() => openSealed(systemRandom(32), sealed, where), /another server secret/);
    }),
  );
});

test('a sealed text with any bit changed, or cut anywhere, does not open', () => {
  const where = Uint8Array.of(1, 2, 3);
  const sealed = seal(secret, systemRandom, 'a value', where);
  for (let bit = 0; bit < sealed.byteLength * 8; bit += 1) {
    const altered = Uint8Array.from(sealed);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assertUnreadable(() => openSealed(secret, altered, where), /cannot be opened/);
  }
  for (let length = 0; length < sealed.byteLength; length += 1) {
    assertUnreadable(() => openSealed(secret, sealed.subarray(0, length), where), /cannot be opened/);
  }
});

test('sealing the same text twice gives different bytes, neither holding the text', () => {
  const where = new Uint8Array();
  const [one, two] = [
    seal(secret, systemRandom, 'same text', where),
    seal(secret, systemRandom, 'same text', where),
  ];
  assert.notDeepEqual(one, two);
  assert.equal(Buffer.from(one).includes('same text'), false);
});
