import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redactFields, redactText } from './redact.ts';

const base62 = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
const letters = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...base62), minLength: min, maxLength: max });
const keyBody = letters(48, 48);

test('redacts keys with and without prefix in any text', () => {
  // Surrounding text must not consist of characters that a key can contain.
  const around = fc.string({ unit: fc.constantFrom(...' "\\/=:,;\n\té€😀') });
  fc.assert(
    fc.property(keyBody, around, around, fc.boolean(), (body, before, behind, prefixed) => {
      const clean = redactText(`${before}${prefixed ? 'sk-' : ''}${body}${behind}`);
      assert.ok(!clean.includes(body));
    }),
  );
});

test('redacts a prefixed key that is directly followed by other text', () => {
  fc.assert(
    fc.property(letters(20, 60), fc.string(), fc.string(), (body, before, behind) => {
      assert.ok(!redactText(`${before}sk-${body}${behind}`).includes(body));
    }),
  );
});

test('redacts the word after Bearer', () => {
  fc.assert(
    fc.property(letters(8, 40), fc.constantFrom('Bearer ', 'bearer  ', 'BEARER\t'), (secret, scheme) => {
      assert.ok(!redactText(`x ${scheme}${secret} y`).includes(secret));
    }),
  );
});

test('redacts a key in a query', () => {
  const clean = redactText('GET /v1beta/models?alt=sse&key=abcdefgh-1&token=tttttttt HTTP/1.1');
  assert.equal(clean, 'GET /v1beta/models?alt=sse&key=[redacted]&token=[redacted] HTTP/1.1');
});

test('redacts keys of common upstreams', () => {
  for (const key of [
    `sk-ant-api03-${'a'.repeat(40)}`,
    `sk-proj-${'b_-'.repeat(20)}`,
    `AIza${'c'.repeat(35)}`,
  ]) {
    assert.equal(redactText(`refused ${key}.`), 'refused [redacted].');
  }
});

test('redacts fields named like a secret, at any depth and in errors', () => {
  const names = [
    'authorization',
    'Authorization',
    'x-api-key',
    'x-goog-api-key',
    'cookie',
    'set-cookie',
    'password',
    'token',
    'accessToken',
    'bootstrap_token',
    'server_secret',
    'key',
    'secret',
    'mj-api-secret',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      letters(1, 30),
      fc.integer({ min: 0, max: 5 }),
      (name, value, depth) => {
        let fields: Record<string, unknown> = { [name]: `<${value}>` };
        for (let i = 0; i < depth; i += 1) fields = i % 2 ? { inner: fields } : { list: [fields] };
        const error = Object.assign(new Error('failed'), { request: fields });
        assert.ok(!JSON.stringify(redactFields({ ...fields, error })).includes(`<${value}>`));
      },
    ),
  );
});

test('redacts secrets in the message, stack, cause and field names of an error', () => {
  const key = `sk-${'Ab1'.repeat(16)}`;
  const error = new Error(`outer ${key}`, { cause: new Error(`inner ${key}`) });
  const text = JSON.stringify(redactFields({ error, [key]: 1, headers: [['authorization', key]] }));
  assert.ok(!text.includes('Ab1Ab1'));
  assert.match(text, /outer \[redacted\]/);
  assert.match(text, /inner \[redacted\]/);
});

test('leaves ordinary fields unchanged', () => {
  const fields = {
    id: '20261124113748123456789abcdefgh',
    keyId: 7,
    keyName: 'production site',
    model: 'gpt-4o-mini-2024-07-18',
    inputTokens: 12,
    token: 3,
    when: null,
    list: ['a', 1, true],
    digestOfCommit: 'f'.repeat(64),
  };
  assert.deepEqual(redactFields(fields), fields);
});

test('converts any value to bounded JSON', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const trap = Object.defineProperty({}, 'x', {
    enumerable: true,
    get: () => {
      throw new Error('trap');
    },
  });
  for (const value of [
    circular,
    trap,
    1n,
    Symbol('s'),
    () => 1,
    new Map([[1, 2]]),
    Buffer.alloc(9),
    new Date(NaN),
  ]) {
    assert.equal(typeof JSON.stringify(redactFields({ value })), 'string');
  }
  assert.ok(JSON.stringify(redactFields({ value: 'x y '.repeat(1_000_000) })).length < 20_000);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) => {
      assert.equal(typeof JSON.stringify(redactFields(fields)), 'string');
    }),
  );
});
