import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../platform/errors.ts';
import { type JsonBounds, parseStrictJson } from './strict-json.ts';

const bounds = { depthMax: 32, namesMax: 1_000_000, valuesMax: 1_000_000 };
const few = { namesMax: 100, valuesMax: 200 };
const parse = (text: string, changed: Partial<JsonBounds> = {}) =>
  parseStrictJson(Buffer.from(text), { ...bounds, ...changed });
const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof HalleyError && error.code === 'invalid_body' && pattern.test(error.message);

test('whatever JSON.stringify writes is read back as it was', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8, stringUnit: 'grapheme' }), (text) => {
      const plain = JSON.parse(text);
      fc.pre(!text.includes('__proto__'));
      assert.deepEqual(parse(text), plain);
    }),
  );
});

test('any bytes give a value that JSON.parse gives too, or the one kind of error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.string().map(Buffer.from)), (bytes) => {
      try {
        const value = parseStrictJson(bytes, { ...bounds, depthMax: 4 });
        assert.deepEqual(value, JSON.parse(new TextDecoder().decode(bytes)));
      } catch (error) {
        assert.ok(error instanceof HalleyError && error.code === 'invalid_body');
      }
    }),
  );
});

test('a key twice in one object is refused wherever it is and however it is written', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":{"b":[{"c":1,"c":2}]}}',
    '{"a":1,"\\u0061":2}',
    '{"a":{"a":1},"b":[],"a":3}',
    '{"":0,"":0}',
  ]) {
    assert.throws(() => parse(text), refused(/twice/), text);
  }
  assert.deepEqual(parse('[{"a":1},{"a":{"a":["a","a"]}}]'), [{ a: 1 }, { a: { a: ['a', 'a'] } }]);
});

test('an object with one key repeated anywhere is refused', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.nat(), (keys, index) => {
      const wellFormed = keys.filter((key) => key.isWellFormed() && key !== '__proto__');
      fc.pre(wellFormed.length > 0);
      const doubled = [...wellFormed, wellFormed[index % wellFormed.length] ?? ''];
      const write = (names: readonly string[]) =>
        `{${names.map((name) => `${JSON.stringify(name)}:{"x":[1]}`).join(',')}}`;
      assert.equal(Object.keys(Object(parse(write(wellFormed)))).length, wellFormed.length);
      assert.throws(() => parse(write(doubled)), refused(/twice/));
    }),
  );
});

test('nesting is allowed up to the limit and no further, however deep', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  parse(nested(32));
  assert.throws(() => parse(nested(33)), refused(/32 levels/));
  assert.throws(() => parse(nested(400_000)), refused(/32 levels/));
  assert.throws(() => parse('{"a":'.repeat(200_000)), refused(/32 levels/));
  assert.throws(() => parse('{"a":'.repeat(20)), refused(/not valid JSON/));
});

test('names and values are allowed up to their limits, wherever they are, and no further', () => {
  const object = (names: number) =>
    `{${Array.from({ length: names }, (_, index) => `"n${index}":"a,b:c{["`).join(',')}}`;
  parse(object(100), few);
  assert.throws(() => parse(object(101), few), refused(/more than 100 names/));
  parse(`[${object(50)},${object(50)}]`, few);
  assert.throws(() => parse(`[${object(50)},${object(51)}]`, few), refused(/more than 100 names/));
  const array = (values: number) => `[${Array.from({ length: values }, () => '[]').join(',')}]`;
  parse(array(99), few);
  assert.throws(() => parse(array(101), few), refused(/more than 200 values/));
});

test('a text with too much in it is refused without being read to its end', () => {
  const garbage = ' this is no JSON';
  assert.throws(() => parse(`{${'"a":1,'.repeat(101)}${garbage}`, few), refused(/more than 100 names/));
  assert.throws(() => parse(`[${'1,'.repeat(201)}${garbage}`, few), refused(/more than 200 values/));
  assert.throws(() => parse(`${'['.repeat(33)}${garbage}`), refused(/32 levels/));
});

test('nothing inside a string counts, whatever is escaped in it', () => {
  const tight = { depthMax: 1, namesMax: 1, valuesMax: 2 };
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '{', '[', ':', ',', '}', 'a') }), (text) => {
      fc.pre(text !== '__proto__');
      assert.deepEqual(parse(JSON.stringify({ [text]: text }), tight), { [text]: text });
    }),
  );
});

test('lone surrogates, __proto__ and numbers without a value are refused', () => {
  for (const text of ['"\\ud800"', '{"\\udc00":1}', '["\\ud83d\\u0041"]', '"\\udc00\\ud800"']) {
    assert.throws(() => parse(text), refused(/lone surrogate/), text);
  }
  assert.equal(parse('"\\ud83d\\ude00"'), '😀');
  for (const text of ['{"__proto__":1}', '[{"a":{"\\u005f_proto__":{}}}]']) {
    assert.throws(() => parse(text), refused(/__proto__/), text);
  }
  for (const text of ['1e999', '[-1e400]', `{"a":${'9'.repeat(400)}}`]) {
    assert.throws(() => parse(text), refused(/too large/), text);
  }
});

test('what is not JSON is refused without quoting it', () => {
  const secret = 'hunter2secret';
  for (const text of ['', ' ', '{', '{"a":1}}', 'NaN', '{a:1}', "{'a':1}", '[1,]', '01', '"\n"', '1 2']) {
    assert.throws(() => parse(text), refused(/not valid JSON/), text);
  }
  try {
    parse(`{"password": ${secret}}`);
    assert.fail('was read');
  } catch (error) {
    assert.ok(error instanceof HalleyError);
    assert.ok(!error.message.includes('hunter') && !(error.log ?? '').includes('hunter'));
  }
  assert.throws(() => parseStrictJson(Uint8Array.of(0x22, 0xff, 0x22), bounds), refused(/UTF-8/));
  assert.throws(() => parseStrictJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), bounds), refused(/UTF-8/));
});

test('an error stays short whatever was sent', () => {
  const key = JSON.stringify('x'.repeat(400_000));
  assert.throws(() => parse(`{${key}:1,${key}:2}`), refused(/^.{60,160}$/));
});
