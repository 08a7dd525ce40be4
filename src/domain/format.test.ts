import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../platform/random.ts';
import { keyHint, keyValuePattern, makeKeyValue, parseKeyValue } from './format.ts';

/** A source of bytes that repeats what it was given. */
function cycling(bytes: Uint8Array): (size: number) => Uint8Array {
  let index = 0;
  return (size) => Uint8Array.from({ length: size }, () => bytes[index++ % bytes.length] ?? 0);
}

const someBytes = fc
  .uint8Array({ minLength: 42, maxLength: 96 })
  .filter((bytes) => bytes.some((b) => b < 248));
const made = someBytes.map((bytes) => makeKeyValue(cycling(bytes)));

test('a made value is read back to its body with and without prefix and with whitespace around it', () => {
  fc.assert(
    fc.property(made, ({ value, body }) => {
      for (const sent of [value, body, ` ${value}\t`, `${body}\r\n`]) assert.equal(parseKeyValue(sent), body);
      assert.equal(value, `sk-${body}`);
    }),
  );
});

test('a value with any one character changed is refused', () => {
  const index = fc.integer({ min: 0, max: 47 });
  const character = fc.constantFrom(...'0123456789ABCXYZabcxyz-_ é');
  fc.assert(
    fc.property(made, index, character, ({ body }, at, other) => {
      fc.pre(body[at] !== other);
      assert.equal(parseKeyValue(`sk-${body.slice(0, at)}${other}${body.slice(at + 1)}`), undefined);
    }),
  );
});

test('anything that is not a value is refused, whatever its length', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseKeyValue(text) === undefined));
  const { value, body } = makeKeyValue(systemRandom);
  const wrong = [
    '',
    'sk-',
    value.slice(0, -1),
    `${value}0`,
    `sk-${value}`,
    `SK-${body}`,
    `${value} ${value}`,
  ];
  for (const text of [...wrong, ' '.repeat(1_000_000) + value]) assert.equal(parseKeyValue(text), undefined);
});

test('the checksum is the CRC-32 of the first 42 characters in base 62, as published', () => {
  // The expected digits were worked out with another implementation of CRC-32 (zlib in Python).
  const { body } = makeKeyValue(cycling(new Uint8Array(42)));
  assert.equal(body, `${'0'.repeat(42)}1CtB1C`);
});

test('bytes that would favour some characters are skipped, so that all characters are equally likely', () => {
  const { body } = makeKeyValue(cycling(Uint8Array.of(255, 248, 61, 250)));
  assert.equal(body.slice(0, 42), 'z'.repeat(42));
  const counts = new Map<string, number>();
  for (let byte = 0; byte < 248; byte += 1) {
    const first = makeKeyValue(cycling(Uint8Array.of(byte))).body.charAt(0);
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  assert.equal(counts.size, 62);
  assert.deepEqual([...new Set(counts.values())], [4]);
});

test('a thousand values made from system randomness are all different', () => {
  const values = new Set(Array.from({ length: 1000 }, () => makeKeyValue(systemRandom).value));
  assert.equal(values.size, 1000);
});

test('the published pattern finds values in text, and the hint shows eight characters of the 48', () => {
  const { value, body } = makeKeyValue(systemRandom);
  assert.equal(`key="${value}", more`.match(keyValuePattern)?.[0], value);
  assert.equal(new RegExp(keyValuePattern).test(`${value}0`), false);
  assert.equal(keyHint(body), `sk-${body.slice(0, 4)}…${body.slice(44)}`);
});

test('the value, the pattern and the digits that leak scanners find in the docs are those of the code', () => {
  const page = readFileSync(new URL('../../docs/guides/leaked-keys.md', import.meta.url), 'utf8');
  const value = /`(sk-[0-9A-Za-z]{48})` passes/.exec(page)?.[1] ?? '';
  assert.equal(parseKeyValue(value), value.slice('sk-'.length));
  for (let index = 3; index < value.length; index += 1) {
    const other = value[index] === 'x' ? 'y' : 'x';
    assert.equal(parseKeyValue(value.slice(0, index) + other + value.slice(index + 1)), undefined);
  }
  assert.ok(page.includes(keyValuePattern));
});
