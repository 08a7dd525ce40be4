import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayNameLifetime } from './cache-lifetime.ts';

const inBody = (text: string) => mayNameLifetime(Buffer.from(text));

test('a lifetime is found however JSON writes its name', () => {
  for (const name of ['ttl', '\\u0074tl', 't\\u0074l', 'tt\\u006c', 'tt\\u006C']) {
    const text = `{"system":[{"cache_control":{"type":"ephemeral","${name}":"1h"}}]}`;
    assert.ok('ttl' in JSON.parse(text).system[0].cache_control, name);
    assert.equal(inBody(text), true, name);
  }
});

test('a body without one, or with the word in a text, names none', () => {
  assert.equal(inBody('{"system":[{"cache_control":{"type":"ephemeral"}}]}'), false);
  assert.equal(inBody(JSON.stringify({ messages: [{ content: 'set "ttl" to "1h"' }] })), false);
});
