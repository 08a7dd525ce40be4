/** Bodies designed to be expensive: their structure is bounded before parsing, and refusals count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const attemptsMax = 4;
const rig = useRig({ settings: { accounts: { login_attempts_max: attemptsMax, login_window_ms: 60_000 } } });
const nextWindow = () => rig.clock.advance(60_001);
const numbered = (count: number, write: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => write(index)).join(',');
const login = (rawBody: string, headers = {}) =>
  rig.call('POST', '/api/user/login', { token: null, rawBody, headers });
const right = () => login(JSON.stringify({ username: 'root', password: rig.rootPassword }));

test('a login accepts only a small body, checked before it is read', async () => {
  nextWindow();
  refusalOf(await login(`{${numbered(100_000, (index) => `"${index}":1`)}}`), 413, /4096 bytes/);
  const chunked = { 'transfer-encoding': 'chunked' };
  refusalOf(await login(' '.repeat(5000), chunked), 413, /4096 bytes/);
  refusalOf(await login(`{${numbered(40, (index) => `"${index}":1`)}}`), 400, /more than 32 names/);
  dataOf(await right());
});

test('every kind of refused login counts for its address, and beyond the limit the body is not read', async () => {
  const refused: readonly (readonly [string, number, string, object?])[] = [
    ['no JSON', 400, '{'],
    ['wrong types', 400, '{"username":1,"password":[]}'],
    ['unknown fields', 400, '{"username":"root","password":"x","otp":"1"}'],
    ['too large', 413, ' '.repeat(5000)],
    ['compressed', 415, '{}', { 'content-encoding': 'gzip' }],
    ['a wrong password', 401, '{"username":"root","password":"wrong"}'],
  ];
  for (const [kind, status, body, headers] of refused) {
    nextWindow();
    for (let count = 0; count < attemptsMax; count += 1) {
      assert.equal((await login(body, headers)).status, status, kind);
    }
    const stopped = await login(body, headers);
    refusalOf(stopped, 429);
    assert.ok(Number(stopped.headers['retry-after']) >= 1, kind);
    refusalOf(await right(), 429);
  }
  nextWindow();
  // A page of another site must not use up the attempts of its visitors.
  for (let count = 0; count <= attemptsMax; count += 1) {
    refusalOf(await login('{}', { origin: 'https://evil.example' }), 403);
  }
  dataOf(await right());
});

test('bounds the names, values and nesting of a body', async () => {
  nextWindow();
  const { token } = await createAccount(rig);
  const bodies: readonly (readonly [RegExp, string])[] = [
    [/more than 4000 names/, `{${numbered(80_000, (index) => `"${index}":1`)}`],
    [/more than 4000 names/, `{"model_limits":{${numbered(80_000, (index) => `"${index}":1`)}}}`],
    [/more than 10000 values/, `{"ids":[${numbered(150_000, (index) => String(index + 1))}`],
    [/more than 10000 values/, `{"ids":[${'1,'.repeat(500_000)}1]}`],
    [/more than 10000 values/, `{"ids":[${'{},'.repeat(300_000)}1]}`],
    [/deeper than 32 levels/, `{"ids":${'['.repeat(500_000)}`],
  ];
  for (const [about, rawBody] of bodies) {
    refusalOf(await rig.call('POST', '/api/token/batch', { token, rawBody }), 400, about);
    refusalOf(await rig.call('POST', '/api/token/', { token, rawBody }), 400, about);
  }
});

test('the largest valid record fits the limits of bodies', async () => {
  nextWindow();
  const made = await createKey(rig);
  const ids = Array.from({ length: 999 }, (_, index) => 1_000_000 + index);
  dataOf(await rig.call('POST', '/api/token/batch', { body: { ids: [made.id, ...ids] } }));
  const names = Array.from({ length: 1000 }, (_, index) => `model-${index}`);
  const channel = {
    name: 'large',
    protocols: ['openai'],
    base_url: 'https://upstream.example',
    models: names,
    keys: names,
    groups: names,
    model_mapping: Object.fromEntries(names.map((name) => [name, name])),
    extra_headers: Object.fromEntries(names.slice(0, 64).map((name) => [name, 'x'])),
  };
  dataOf(await rig.call('POST', '/api/channel/', { body: channel }));
  const rates = { input: '1', output: '1', cached_input: '1', cache_write: '1', per_request: '1' };
  const prices = { models: Array.from({ length: 9000 }, (_, index) => ({ id: `m${index}`, ...rates })) };
  dataOf(await rig.call('PUT', '/api/price', { body: prices }));
});
