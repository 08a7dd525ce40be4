/** Token counts: exact for ordinary text, in bounded time for any text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countedBytesMax, countTokens, splitTokens } from './tokens.ts';

test('counts like o200k_base', () => {
  assert.equal(countTokens(''), 0);
  assert.equal(countTokens('Hello, world!'), 4);
  assert.ok(countTokens('<|endoftext|>') > 1);
});

test('estimates texts that would take long: one token for every four bytes', () => {
  for (const unit of ['a', '=', ' ', '\u4e2d', '\u0301']) {
    const text = unit.repeat(20_000);
    assert.equal(countTokens(text), Math.ceil(Buffer.byteLength(text) / 4), JSON.stringify(unit));
  }
  const long = 'word '.repeat(countedBytesMax / 5 + 1);
  assert.equal(countTokens(long), Math.ceil(long.length / 4));
});

test('pieces join to the text and have all of its tokens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const pieces = splitTokens(text);
      assert.equal(pieces.map((piece) => piece.text).join(''), text);
      assert.equal(
        pieces.reduce((sum, { tokens }) => sum + tokens, 0),
        countTokens(text),
      );
    }),
  );
});
