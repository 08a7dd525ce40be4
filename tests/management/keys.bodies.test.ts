import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const post = (body: unknown) => rig.call('POST', '/api/token/', { body });
const raw = (rawBody: string | Buffer) => rig.call('POST', '/api/token/', { rawBody });

test('refuses an invalid field by name, with the allowed values', async () => {
  for (const [body, about] of [
    [{ name: 5 }, /"name" must be a string/],
    [{ name: 'x'.repeat(51) }, /name.*50 characters/],
    [{ name: '🔑'.repeat(51) }, /name.*50 characters/],
    [{ name: 'a\nb' }, /name.*control character/],
    [{ name: 'x'.repeat(1_000_000) }, /name.*50 characters/],
    [{ remain_quota: -1 }, /"remain_quota" must not be negative/],
    [{ remain_quota: 1e300 }, /"remain_quota" must/],
    [{ remain_quota: 500_000_000_000_001 }, /"remain_quota" must be at most 500000000000000/],
    [{ remain_quota: 1.5 }, /"remain_quota" must be a whole number/],
    [{ remain_quota: '5' }, /"remain_quota" must be a number|"remain_quota" must be a whole number/],
    [{ unlimited_quota: 1 }, /"unlimited_quota" must be true or false/],
    [{ expired_time: 0 }, /"expired_time" must be -1/],
    [{ expired_time: 1_900_000_000_000 }, /"expired_time" must be at most/],
    [{ allow_ips: '10.0.0.1\n\n10.0.0.300' }, /Line 3 of allow_ips/],
    [{ allow_ips: ['10.0.0.1'] }, /"allow_ips" must be a string/],
    [{ model_limits: 'a,b,a' }, /model_limits.*twice/],
    [{ model_limits: 'a,,b' }, /model_limits.*empty/],
    [{ status: 3 }, /"status" must be 1 or 2/],
    [{ nmae: 'x' }, /"nmae" is unknown/],
    [{ ['k'.repeat(500_000)]: 1 }, /^.{0,160}$/],
    [[], /body must be an object/],
    ['text', /body must be an object/],
    [null, /body must be an object/],
  ] as const) {
    refusalOf(await post(body), 400, about);
  }
});

test('measures names in characters, not bytes, and allows empty ones', async () => {
  for (const name of ['', '🔑'.repeat(50), 'é'.repeat(50)]) {
    assert.equal((await createKey(rig, { name })).record.name, name);
  }
});

test('refuses text that two parsers could read differently', async () => {
  for (const text of [
    '',
    '{',
    'name=x',
    '{"name":"a","name":"b"}',
    '{"name":"a","n\\u0061me":"a"}',
    '{"name":"\\ud800"}',
    '{"remain_quota":1e999}',
    '{"__proto__":{"name":"x"}}',
    `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  ]) {
    refusalOf(await raw(text), 400);
  }
});

test('a body over the limit gets 413, with or without a length; a smaller one is read', async () => {
  const large = JSON.stringify({ name: 'x'.repeat(1_048_576) });
  refusalOf(await raw(large), 413, /1048576 bytes/);
  const chunked = await rig.call('POST', '/api/token/', {
    rawBody: large,
    headers: { 'transfer-encoding': 'chunked' },
  });
  refusalOf(chunked, 413);
  dataOf(await raw(`{"name":"padded"${' '.repeat(1_000_000)}}`));
  const encoded = await rig.call('POST', '/api/token/', {
    body: {},
    headers: { 'content-encoding': 'gzip' },
  });
  refusalOf(encoded, 415);
});

test('Content-Type does not matter', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
    dataOf(await rig.call('POST', '/api/token/', { body: {}, headers: { 'content-type': type } }));
  }
});

test('PUT and batches refuse invalid ids', async () => {
  for (const id of [0, -1, 1.5, '5', null, 2 ** 53, [1]]) {
    refusalOf(await rig.call('PUT', '/api/token/', { body: { id } }), 400, /"id"/);
    refusalOf(
      await rig.call('POST', '/api/token/batch', { body: { ids: [1_000_000, id] } }),
      400,
      /ids\[1\]/,
    );
  }
  refusalOf(await rig.call('PUT', '/api/token/', { body: {} }), 400, /"id" is missing/);
  refusalOf(await rig.call('POST', '/api/token/batch', { body: {} }), 400, /"ids" is missing/);
  refusalOf(await rig.call('POST', '/api/token/batch', { body: { ids: [] } }), 400, /"ids"/);
  const many = Array.from({ length: 1001 }, (_, index) => index + 1_000_000);
  refusalOf(await rig.call('POST', '/api/token/batch', { body: { ids: many } }), 400, /1000 entries/);
  refusalOf(await rig.call('POST', '/api/token/batch/keys', { body: { ids: many.slice(0, 101) } }), 400);
});

test('a client that disconnects within its body changes nothing', async () => {
  const head = `POST /api/token/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${rig.rootToken}\r\nContent-Length: 100\r\n\r\n`;
  await new Promise<void>((resolve) => {
    const socket = connect(rig.port, '127.0.0.1', () => {
      socket.write(`${head}{"name":`, () => socket.destroy());
    });
    socket.on('close', () => resolve());
  });
  dataOf(await rig.call('GET', '/api/status', { token: null }));
  assert.doesNotMatch(rig.logged(), /"level":"error"/);
});
