/** Credentials masked in an upstream's errors, in the forms in which upstreams write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SecretMask, secretsOf } from './secret-mask.ts';

const key = 'sk-proj/AbC+d=1234567890';

test('masks a key in plain form, in JSON, in a URL, and in Base64 after any text', () => {
  const { mask } = bound(new SecretMask([key]));
  const encoded = [`x:${key}`, `ab:${key}`, `abc:${key}`, key].map((text) =>
    Buffer.from(text).toString('base64'),
  );
  const texts = [
    key,
    key.replaceAll('/', '\\/'),
    key.replace('=', '\\u003d'),
    encodeURIComponent(key),
    ...encoded,
  ];
  for (const text of texts) {
    const masked = mask(`{"message":"bad key ${text}!"}`);
    assert.match(masked, /\[redacted\]/, text);
    assert.ok(!masked.includes('1234567890'), masked);
    for (const each of encoded) assert.ok(!masked.includes(each.slice(8, -4)), masked);
  }
});

test('masks a key in any surrounding text and any alignment of Base64', () => {
  const secrets = fc.stringMatching(/^[\x21-\x7e]{12,60}$/);
  fc.assert(
    fc.property(
      secrets,
      fc.string({ maxLength: 9 }),
      fc.string({ maxLength: 9 }),
      (secret, before, after) => {
        const { mask } = bound(new SecretMask([secret]));
        assert.ok(!mask(before + secret + after).includes(secret));
        const base64 = Buffer.from(before + secret + after).toString('base64');
        const bytes = Buffer.from(mask(base64).replaceAll('[redacted]', ' '), 'base64').toString('latin1');
        assert.ok(!bytes.includes(secret));
        assert.match(mask(base64), /\[redacted\]/);
      },
    ),
  );
});

test('credentials among the extra headers are secrets, with and without their scheme; others are not', () => {
  const secrets = secretsOf(['key-number-one', 'short'], {
    'X-Api-Key': 'header-secret-1',
    Authorization: 'Bearer header-secret-2',
    Cookie: 'a=1; session=header-secret-3',
    'x-team': 'the blue team',
    'x-anything': 'Basic aGVhZGVyLXNlY3JldC00',
  });
  const { mask } = bound(new SecretMask(secrets));
  const text = 'key-number-one header-secret-1 header-secret-2 header-secret-3 aGVhZGVyLXNlY3JldC00';
  assert.equal(mask(text), '[redacted] [redacted] [redacted] [redacted] [redacted]');
  assert.equal(mask('the blue team was short'), 'the blue team was short');
});

test('returns bytes without a secret unchanged', () => {
  const bytes = Buffer.from('{"error":{"message":"größer"}}');
  assert.equal(new SecretMask([key]).maskBytes(bytes), bytes);
});

function bound(mask: SecretMask) {
  return { mask: (text: string) => mask.mask(text) };
}
