import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../platform/random.ts';
import { makeAccessToken, parseAuthorization } from './access-tokens.ts';

test('a token is 256 random bits in characters that headers allow', () => {
  assert.match(makeAccessToken(systemRandom), /^[A-Za-z0-9_-]{43}$/);
  assert.equal(
    makeAccessToken((size) => new Uint8Array(size).fill(255)),
    `${'_'.repeat(42)}8`,
  );
});

test('one word is the credential, raw or after Bearer in any case', () => {
  for (const header of ['abc', ' abc ', 'Bearer abc', 'bearer abc', 'BEARER \t abc']) {
    assert.equal(parseAuthorization(header), 'abc');
  }
  for (const header of [undefined, '', '  ', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'a b c']) {
    assert.equal(parseAuthorization(header), undefined);
  }
});

test('parsing any header returns one word of it or undefined', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const credential = parseAuthorization(header);
      assert.ok(credential === undefined || (header.includes(credential) && !/[ \t]/.test(credential)));
    }),
  );
});
