import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { HalleyError } from '../platform/errors.ts';
import { systemRandom } from '../platform/random.ts';
import { openSealed, seal, sealPrefix, sealPrefixBytes } from './seal.ts';
import { SecretRing, serverSecretBytes } from './secret-ring.ts';

const ringOf = (...accepted: readonly Uint8Array[]) =>
  new SecretRing(systemRandom(serverSecretBytes), accepted);
const ring = ringOf();
const context = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: 'grapheme' });

/** As version 1 was written, before a text named its secret. */
function sealWithoutId(secret: Uint8Array, plain: string, where: Uint8Array): Uint8Array {
  const nonce = systemRandom(12);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.concat([Uint8Array.of(1), where]));
  const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Uint8Array.of(1), nonce, cipher.getAuthTag(), ciphertext]);
}

function assertUnreadable(open: () => string, why: RegExp): void {
  assert.throws(open, (error) => error instanceof HalleyError && why.test(error.log ?? ''));
}

test('a sealed text opens under the same secret and context', () => {
  fc.assert(
    fc.property(text, context, (plain, where) => {
      assert.equal(openSealed(ring, seal(ring, systemRandom, plain, where), where), plain);
    }),
  );
});

test('a sealed text opens in no other context and under no other secret', () => {
  fc.assert(
    fc.property(text, context, context, (plain, where, elsewhere) => {
      fc.pre(Buffer.compare(where, elsewhere) !== 0);
      const sealed = seal(ring, systemRandom, plain, where);
      assertUnreadable(() => openSealed(ring, sealed, elsewhere), /belongs elsewhere/);
      assertUnreadable(() => openSealed(ringOf(), sealed, where), /another server secret/);
    }),
  );
});

test('a text opens wherever its secret is known, current or accepted, and is sealed under the current one', () => {
  const [older, newer] = [systemRandom(serverSecretBytes), systemRandom(serverSecretBytes)];
  const [before, first, second, after] = [
    new SecretRing(older),
    new SecretRing(older, [newer]),
    new SecretRing(newer, [older]),
    new SecretRing(newer),
  ];
  fc.assert(
    fc.property(text, context, (plain, where) => {
      for (const [sealer, openers] of [
        [before, [before, first, second]],
        [first, [before, first, second]],
        [second, [first, second, after]],
        [after, [first, second, after]],
      ] as const) {
        const sealed = seal(sealer, systemRandom, plain, where);
        for (const opener of nonEmpty(openers)) assert.equal(openSealed(opener, sealed, where), plain);
      }
      assertUnreadable(() => openSealed(before, seal(second, systemRandom, plain, where), where), /another/);
      assertUnreadable(() => openSealed(after, seal(first, systemRandom, plain, where), where), /another/);
    }),
  );
});

test('a text from before texts named their secret opens with any secret that is known', () => {
  const [older, newer] = [systemRandom(serverSecretBytes), systemRandom(serverSecretBytes)];
  fc.assert(
    fc.property(text, context, (plain, where) => {
      const sealed = sealWithoutId(older, plain, where);
      assert.equal(openSealed(new SecretRing(older), sealed, where), plain);
      assert.equal(openSealed(new SecretRing(newer, [older]), sealed, where), plain);
      assertUnreadable(() => openSealed(new SecretRing(newer), sealed, where), /another server secret/);
    }),
  );
});

test('a sealed text with any bit changed, or cut anywhere, does not open', () => {
  const where = Uint8Array.of(1, 2, 3);
  const older = systemRandom(serverSecretBytes);
  const opener = ringOf(older);
  for (const sealed of [
    seal(opener, systemRandom, 'a value', where),
    sealWithoutId(older, 'a value', where),
  ]) {
    assert.equal(openSealed(opener, sealed, where), 'a value');
    for (let bit = 0; bit < sealed.byteLength * 8; bit += 1) {
      const altered = Uint8Array.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assertUnreadable(() => openSealed(opener, altered, where), /cannot be opened/);
    }
    for (let length = 0; length < sealed.byteLength; length += 1) {
      assertUnreadable(() => openSealed(opener, sealed.subarray(0, length), where), /cannot be opened/);
    }
  }
});

test('whatever bytes are stored, opening them answers with a text or says that they cannot be opened', () => {
  const where = new Uint8Array();
  const versions = fc.constantFrom(0, 1, 2, 3);
  fc.assert(
    fc.property(versions, fc.uint8Array({ maxLength: 80 }), fc.boolean(), (version, rest, isOwn) => {
      const bytes = isOwn
        ? Buffer.concat([sealPrefix(ring.current), rest])
        : Buffer.concat([[version], rest].map((part) => Uint8Array.from(part)));
      assertUnreadable(() => openSealed(ring, bytes, where), /cannot be opened/);
    }),
  );
});

test('what stands in front of a sealed text is the same for one secret and differs between two', () => {
  const where = new Uint8Array();
  const other = ringOf();
  const prefixOf = (sealer: SecretRing) =>
    Buffer.from(seal(sealer, systemRandom, 'text', where)).subarray(0, sealPrefixBytes);
  assert.deepEqual(prefixOf(ring), prefixOf(ring));
  assert.deepEqual(prefixOf(ring), Buffer.from(sealPrefix(ring.current)));
  assert.notDeepEqual(prefixOf(ring), prefixOf(other));
});

test('sealing the same text twice gives different bytes, neither holding the text', () => {
  const where = new Uint8Array();
  const [one, two] = [
    seal(ring, systemRandom, 'same text', where),
    seal(ring, systemRandom, 'same text', where),
  ];
  assert.notDeepEqual(one, two);
  assert.equal(Buffer.from(one).includes('same text'), false);
});
