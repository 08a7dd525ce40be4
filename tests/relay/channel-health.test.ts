/** Circuits of parts that fail independently: a model, a kind of operation, the requests of one customer. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

let gateway: Gateway;
let upstream: FakeUpstream;
let ana: TestKey;
let ben: TestKey;
let number = 0;
let models: readonly [string, string] = ['', ''];

before(async () => {
  upstream = await startFakeUpstream();
  // Three consecutive failures, as by default. No cooldown ends during a test.
  gateway = await startGateway({ env: { HALLEY_UPSTREAMS_COOLDOWN_MS: '3600000' } });
  [ana, ben] = [await gateway.createKey(), await gateway.createKey()];
});

// Each test has a channel and models of its own.
beforeEach(async () => {
  number += 1;
  models = [`a-${number}`, `b-${number}`];
  await gateway.createChannel(upstream.origin, { name: `channel-${number}`, models });
  upstream.on('/v1', upstreams.chatAnswer());
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

interface Call {
  readonly key: TestKey;
  readonly model: string;
  readonly path?: string;
}

async function statusOf({ key, model, path = '/v1/chat/completions' }: Call): Promise<number> {
  const body = { model, max_tokens: 5, messages: [{ role: 'user', content: 'hi' }], input: 'hi' };
  const stream = chat(gateway.url, key.value, { path, body });
  const { status } = await stream.head();
  await stream.end();
  return status;
}

async function gauge(name: string): Promise<string | undefined> {
  const { text } = await gateway.call('GET', '/metrics');
  return new RegExp(`^${name}\\{channel="channel-${number}"\\} (.*)$`, 'm').exec(text)?.[1];
}

const failing = upstreams.json({ error: { message: 'broken' } }, 500);

test('failures of count_tokens do not open the circuit of /v1/messages', async () => {
  upstream.on('/v1/messages/count_tokens', failing);
  upstream.on('/v1/messages', upstreams.json({ content: [{ type: 'text', text: 'x' }], usage: {} }));
  const [model] = models;
  const asked = upstream.requests.length;
  for (const key of [ana, ben, ana, ben]) {
    // The gateway counts in its place.
    assert.equal(await statusOf({ key, model, path: '/v1/messages/count_tokens' }), 200);
  }
  assert.equal(upstream.requests.length, asked + 4);
  assert.equal(await statusOf({ key: ana, model, path: '/v1/messages' }), 200);
});

test('failures of one model do not affect other models of its channel', async () => {
  const [bad, good] = models;
  upstream.on(
    '/v1',
    upstreams.choose((_, body) => (body.includes(`"${bad}"`) ? failing : upstreams.chatAnswer())),
  );
  for (const key of [ana, ben, ana]) assert.equal(await statusOf({ key, model: bad }), 500);
  assert.equal(await statusOf({ key: ana, model: bad }), 503);
  assert.equal(await statusOf({ key: ana, model: good }), 200);
  assert.equal(await gauge('halley_channel_resting'), '0');
  assert.equal(await gauge('halley_channel_resting_models'), '1');
});

test('failures of embeddings do not affect chats with the same model', async () => {
  upstream.on('/v1/embeddings', failing);
  const [model] = models;
  for (const key of [ana, ben, ana]) {
    assert.equal(await statusOf({ key, model, path: '/v1/embeddings' }), 500);
  }
  assert.equal(await statusOf({ key: ana, model, path: '/v1/embeddings' }), 503);
  assert.equal(await statusOf({ key: ana, model }), 200);
});

test('failing requests of one customer do not affect others', async () => {
  const [model] = models;
  upstream.on('/v1', failing);
  for (let i = 0; i < 5; i += 1) await statusOf({ key: ana, model });
  upstream.on('/v1', upstreams.chatAnswer());
  assert.equal(await statusOf({ key: ben, model }), 200);
});

test('failures of two customers open the circuit for all', async () => {
  const [model] = models;
  upstream.on('/v1', failing);
  for (const key of [ana, ben, ana]) assert.equal(await statusOf({ key, model }), 500);
  const third = await gateway.createKey();
  const before = upstream.requests.length;
  assert.equal(await statusOf({ key: third, model }), 503);
  assert.equal(upstream.requests.length, before);
});

test('connection failures open the circuit of the whole channel, for every key', async () => {
  const gone = await startFakeUpstream();
  await gone.close();
  const model = `gone-${number}`;
  await gateway.createChannel(gone.origin, { name: `gone-${number}`, models: [model] });
  for (let i = 0; i < 3; i += 1) assert.equal(await statusOf({ key: ana, model }), 502);
  assert.equal(await statusOf({ key: ben, model }), 503);
  const { text } = await gateway.call('GET', '/metrics');
  assert.match(text, new RegExp(`halley_channel_resting\\{channel="gone-${number}"\\} 1`));
});

test('refusals by moderation start no cooldown of the key and open no circuit', async () => {
  const [model] = models;
  const refusal = { error: { code: 403, message: 'flagged', metadata: { reasons: ['violence'] } } };
  upstream.on('/v1', upstreams.json(refusal, 403));
  for (const key of [ana, ben, ana, ben]) assert.equal(await statusOf({ key, model }), 403);
  upstream.on('/v1', upstreams.chatAnswer());
  assert.equal(await statusOf({ key: ben, model }), 200);
  assert.equal(await gauge('halley_channel_resting_models'), '0');
  dataOf(await gateway.call('GET', '/api/user/self'));
});
