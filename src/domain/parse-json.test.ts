import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { parseJson } from './parse-json.ts';

const escaped = (text: string) =>
  text
    .split('')
    .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

test('a name with escapes is read as what it says, whatever names other texts had', () => {
  for (const name of nonEmpty(['max_tokens', 'stream', 'größe'])) {
    const spelled = escaped(name[0] ?? '') + name.slice(1);
    const text = `{"model":"m","${spelled}":1}`;
    const misleading = spelled.slice(0, name.length).replace('\\', '\\\\');
    for (let times = 0; times < 20; times += 1) parseJson(`{"model":"m","${misleading}":1}`);
    assert.deepEqual(parseJson(text), { model: 'm', [name]: 1 });
  }
});

test('everything else is as JSON.parse has it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.json({ stringUnit: 'binary' })),
      (members) => {
        const texts = Object.entries(members).map(([name, json]) => `"${escaped(name)}" : ${json}`);
        const expected = Object.fromEntries(
          Object.entries(members).map(([name, json]) => [name, JSON.parse(json)]),
        );
        assert.deepEqual(parseJson(`{${texts.join(',')}}`), expected);
      },
    ),
  );
  for (const text of nonEmpty([
    '',
    '{',
    '"\\u',
    '{"\\u00":1}',
    '{"a\\u0062',
    '["\\u0061" :1]',
    '{"\\uZZZZ":1}',
  ])) {
    assert.throws(() => parseJson(text), SyntaxError);
  }
});

test('names are found behind any white space, and texts that look like them are values', () => {
  const text = '{"\\u0061" \n\t: {"b\\u0063":["\\u0064:", "\\":\\u0065"]}, "\\ud83d\\ude00":"\\u0000"}';
  assert.deepEqual(parseJson(text), { a: { bc: ['d:', '":e'] }, '😀': '\u0000' });
});
