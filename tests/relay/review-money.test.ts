/** Ways to pay less than the cost, or to be charged too much, each tried on a running gateway. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { differencesIn } from '../support/database.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

let upstream: FakeUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin);
  const dear = { id: 'dear*', input: '20', output: '20', effective_from: 0 };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [dear] } }));
});

after(async () => {
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  await gateway.stop();
  await upstream.close();
});

interface LogRow {
  readonly type: number;
  readonly quota: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

async function recordsOf(keyId: number): Promise<readonly LogRow[]> {
  return dataOf(await gateway.call('GET', `/api/log/?token_id=${keyId}`)).items as LogRow[];
}

/** Returns the record of the key's only request. */
async function recordOf(keyId: number): Promise<LogRow> {
  await until(async () => (await recordsOf(keyId)).length > 0);
  const [record] = await recordsOf(keyId);
  if (!record) throw new Error('no record');
  return record;
}

const messages = [{ role: 'user', content: 'hi' }];
const plain = { model: 'test-model', max_tokens: 20, messages };

test('an image in a body too long to be kept does not count by its bytes', async () => {
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const url = `data:image/png;base64,${'A'.repeat(400_000)}`;
  const content = [{ type: 'image_url', image_url: { url } }];
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 4000 });
  const body = { ...streamed, max_tokens: 20, messages: [{ role: 'user', content }] };
  const stream = chat(gateway.url, key.value, { body });
  await stream.sees('hello');
  stream.leave();
  const { quota } = await recordOf(key.id);
  assert.ok(quota > 3000 && quota < 4000, String(quota));
});

test('never charges more tokens than the request allowed', async () => {
  const spaces = ' '.repeat(4000);
  upstream.on('/v1', upstreams.pieces([upstreams.chatChunk(spaces, 'stop'), 'data: [DONE]\n\n']));
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1000 });
  assert.equal(await chat(gateway.url, key.value, { body: { ...streamed, max_tokens: 20 } }).end(), 'whole');
  assert.equal((await recordOf(key.id)).completion_tokens, 20);
});

test('reserves and charges the most expensive of several possible models; each must have a price', async () => {
  upstream.on('/v1', upstreams.chatAnswer());
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 10_000 });
  const body = { ...plain, models: ['test-model', 'dear-model'] };
  assert.equal(await chat(gateway.url, key.value, { body }).end(), 'whole');
  assert.equal((await recordOf(key.id)).quota, 100);
  const poor = await gateway.createKey({ unlimited_quota: false, remain_quota: 300 });
  assert.equal((await chat(gateway.url, poor.value, { body }).head()).status, 403);
  const unknown = chat(gateway.url, key.value, { body: { ...plain, models: ['what-model'] } });
  assert.equal((await unknown.head()).status, 400);
});

test('a model that is not offered leaves no record, even with a price', async () => {
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
  const { status } = await chat(gateway.url, key.value, { body: { ...plain, model: 'dear-other' } }).head();
  assert.equal(status, 404);
  // The gateway responds to a change after earlier charges are written.
  dataOf(await gateway.call('PUT', '/api/token/', { body: { id: key.id, name: 'changed' } }));
  assert.deepEqual(await recordsOf(key.id), []);
});

test('refuses a number that bounds the cost when it is duplicated, a string, or capitalized', async () => {
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 500 });
  const rest = '"model":"test-model","messages":[{"role":"user","content":"hi"}]';
  const statusOf = async (numbers: string) =>
    (await chat(gateway.url, key.value, { rawBody: `{${numbers},${rest}}` }).head()).status;
  assert.equal(await statusOf('"max_tokens":20'), 200);
  assert.equal(await statusOf('"max_tokens":9000,"max_tokens":20'), 400);
  assert.equal(await statusOf('"max_\\u0074okens":9000,"max_tokens":20'), 400);
  assert.equal(await statusOf('"max_tokens":"9000"'), 403);
  assert.equal(await statusOf('"MAX_TOKENS":9000,"max_tokens":20'), 403);
});

test('charges an unrequested compressed response by its usage report', async () => {
  const usage = { prompt_tokens: 7, completion_tokens: 5 };
  const report = `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
  const stream = gzipSync(`${upstreams.chatChunk('hello', 'stop')}${report}data: [DONE]\n\n`);
  const whole = gzipSync(JSON.stringify({ choices: [{ message: { content: 'hello' } }], usage }));
  const packed = { 'content-encoding': 'gzip' };
  const key = await gateway.createKey();
  const bodies = [
    [upstreams.pieces([stream.subarray(0, 20), stream.subarray(20)], 5, packed), { ...streamed }],
    [upstreams.answer(200, whole, { 'content-type': 'application/json', ...packed }), plain],
  ] as const;
  for (const [behaviour, body] of bodies) {
    upstream.on('/v1', behaviour);
    assert.equal(await chat(gateway.url, key.value, { body }).end(), 'whole');
  }
  assert.deepEqual(
    (await recordsOf(key.id)).map(({ quota }) => quota),
    [12, 12],
  );
});

const begun = { type: 'message_start', message: { id: 'm', usage: { input_tokens: 9, output_tokens: 1 } } };
const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const failures = {
  'a JSON answer': [upstreams.json({ error: { message: 'busy', code: 502 } }), '/v1/chat/completions', plain],
  'an event of a chat': [
    upstreams.pieces([event({ error: { message: 'busy' } }), 'data: [DONE]\n\n']),
    '/v1/chat/completions',
    streamed,
  ],
  'an event after the input was reported': [
    upstreams.pieces([event(begun), event({ type: 'error', error: { type: 'overloaded_error' } })], 5),
    '/v1/messages',
    { ...plain, stream: true },
  ],
  'an event of a response': [
    upstreams.pieces([event({ type: 'error', code: 'server_error', message: 'busy' })]),
    '/v1/responses',
    { model: 'test-model', input: 'hi', stream: true },
  ],
} as const;
for (const [name, [behaviour, path, body]] of Object.entries(failures)) {
  test(`an upstream that responds with 200 and then an error is not charged: ${name}`, async () => {
    upstream.on('/v1', behaviour);
    const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 10_000 });
    assert.equal(await chat(gateway.url, key.value, { path, body }).end(), 'whole');
    const { type, quota } = await recordOf(key.id);
    assert.deepEqual([type, quota], [5, 0]);
  });
}

test('counts the input when the upstream reports none', async () => {
  const usage = { prompt_tokens: 0, completion_tokens: 5 };
  upstream.on('/v1', upstreams.json({ choices: [{ message: { content: 'hello' } }], usage }));
  const key = await gateway.createKey();
  assert.equal(await chat(gateway.url, key.value, { body: plain }).end(), 'whole');
  const { prompt_tokens, completion_tokens } = await recordOf(key.id);
  assert.ok(prompt_tokens > 0);
  assert.equal(completion_tokens, 5);
});

test('refuses background responses, whose cost would be invisible', async () => {
  const key = await gateway.createKey();
  const body = { model: 'test-model', input: 'hi', background: true };
  assert.equal((await chat(gateway.url, key.value, { path: '/v1/responses', body }).head()).status, 400);
});
