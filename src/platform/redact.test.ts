import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redactFields, redactText } from './redact.ts';

const base62 = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
const letters = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...base62), minLength: min, maxLength: max });
const keyBody = letters(48, 48);

test('no key, with or without its prefix, survives in any text', () => {
  // Text around it that could be part of the key would make it another value.
  const around = fc.string({ unit: fc.constantFrom(...' "\\/=:,;\n\té€😀') });
  fc.assert(
    fc.property(keyBody, around, around, fc.boolean(), (body, before, behind, prefixed) => {
      const clean = redactText(`${before}${prefixed ? 'sk-' : ''}${body}${behind}`);
      assert.ok(!clean.includes(body));
    }),
  );
});

test('a prefixed key is found even when other text runs into it', () => {
  fc.assert(
    fc.property(letters(20, 60), fc.string(), fc.string(), (body, before, behind) => {
      assert.ok(!redactText(`${before}sk-${body}${behind}`).includes(body));
    }),
  );
});

test('whatever follows Bearer does not survive', () => {
  fc.assert(
    fc.property(letters(8, 40), fc.constantFrom('Bearer ', 'bearer  ', 'BEARER\t'), (secret, scheme) => {
      assert.ok(!redactText(`x ${scheme}${secret} y`).includes(secret));
    }),
  );
});

test('the key in a query does not survive', () => {
  const clean = redactText('GET /v1beta/models?alt=sse&key=abcdefgh-1&token=tttttttt HTTP/1.1');
  assert.equal(clean, 'GET /v1beta/models?alt=sse&key=[redacted]&token=[redacted] HTTP/1.1');
});

test('keys of common upstreams do not survive', () => {
  for (const key of [
    `sk-ant-api03-${'a'.repeat(40)}`,
    `sk-proj-${'b_-'.repeat(20)}`,
    `AIza${'c'.repeat(35)}`,
  ]) {
    assert.equal(redactText(`refused ${key}.`), 'refused [redacted].');
  }
});

test('fields named like a secret lose their value, at any depth and in errors', () => {
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

test('a secret in a message, stack, cause or field name of an error does not survive', () => {
  const key = `sk-${'Ab1'.repeat(16)}`;
  const error = new Error(`outer ${key}`, { cause: new Error(`inner ${key}`) });
  const text = JSON.stringify(redactFields({ error, [key]: 1, headers: [['authorization', key]] }));
  assert.ok(!text.includes('Ab1Ab1'));
  assert.match(text, /outer \[redacted\]/);
  assert.match(text, /inner \[redacted\]/);
});

test('ordinary fields stay as they are', () => {
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

test('any value at all comes out as bounded JSON', () => {
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
