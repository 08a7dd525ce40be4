/** Which failures are retried on another channel, and which must not be. */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

let gateway: Gateway;
let first: FakeUpstream;
let second: FakeUpstream;
let key: TestKey;

before(async () => {
  [first, second] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
  gateway = await startGateway();
  key = await gateway.createKey();
});

// Each test has channels of its own, since circuits keep their state.
beforeEach(async () => {
  first.on('/v1', upstreams.chatAnswer());
  second.on('/v1', upstreams.chatAnswer());
  const { items } = dataOf(await gateway.call('GET', '/api/channel/')) as { items: { id: number }[] };
  for (const { id } of items) await gateway.call('DELETE', `/api/channel/${id}`);
  await gateway.createChannel(first.origin, { name: 'first', priority: 10, models: ['m'] });
  await gateway.createChannel(second.origin, { name: 'second', priority: 5, models: ['m', 'mapped'] });
});

after(async () => {
  await gateway.stop();
  await Promise.all([first.close(), second.close()]);
});

const body = { model: 'm', messages: [] };

async function statusOf(given: unknown = body): Promise<number> {
  const stream = chat(gateway.url, key.value, { body: given });
  const { status } = await stream.head();
  await stream.end();
  return status;
}

for (const status of [429, 500, 502, 503]) {
  test(`retries an upstream's ${status} before any byte on the next channel`, async () => {
    first.on('/v1', upstreams.json({ error: {} }, status));
    const before = second.requests.length;
    assert.equal(await statusOf(), 200);
    assert.equal(second.requests.length, before + 1);
    assert.equal(second.requests.at(-1)?.body().toString(), JSON.stringify(body));
  });
}

test('does not repeat a request that an upstream may have begun to execute', async () => {
  first.on('/v1', upstreams.resetAtOnce);
  const before = second.requests.length;
  assert.equal(await statusOf(), 502);
  assert.equal(second.requests.length, before);
});

test("forwards an upstream's 400 to the client without a retry", async () => {
  first.on('/v1', upstreams.json({ error: { message: 'no' } }, 400));
  const before = second.requests.length;
  assert.equal(await statusOf(), 400);
  assert.equal(second.requests.length, before);
});

test('never restarts a stream that has begun on another channel', async () => {
  first.on('/v1', upstreams.resetAfter([upstreams.chatChunk('once')]));
  const before = second.requests.length;
  const stream = chat(gateway.url, key.value, { body: { ...streamed, model: 'm' } });
  await stream.end();
  assert.equal(stream.text().split('once').length, 2);
  assert.equal(second.requests.length, before);
});

test('the last upstream error reaches the client when no channel is left', async () => {
  first.on('/v1', upstreams.json({ error: { message: 'a' } }, 503));
  second.on('/v1', upstreams.json({ error: { message: 'slow down' } }, 429, { 'retry-after': '7' }));
  const stream = chat(gateway.url, key.value, { body });
  const { status, headers } = await stream.head();
  await stream.end();
  assert.equal(status, 429);
  assert.equal(headers['retry-after'], '7');
  assert.match(stream.text(), /slow down/);
});

test('skips a channel that cannot be reached', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const down = { name: 'down', priority: 50, models: ['mapped'] };
  await gateway.createChannel(`http://127.0.0.1:${port}`, down);
  assert.equal(await statusOf({ ...body, model: 'mapped' }), 200);
});

test('mapping a model changes only its own bytes, and the request has the headers and the key of the channel', async () => {
  await gateway.createChannel(second.origin, {
    name: 'mapping',
    models: ['alias'],
    model_mapping: { alias: 'real-name' },
    extra_headers: { 'x-team': 'blue' },
  });
  const rawBody = '{"big":12345678901234567890, "model" : "alias" ,"messages":[]}';
  const stream = chat(gateway.url, key.value, { rawBody, headers: { cookie: 'c=1', 'x-evil': '1' } });
  assert.equal((await stream.head()).status, 200);
  await stream.end();
  const seen = second.requests.at(-1);
  assert.equal(seen?.body().toString(), rawBody.replace('"alias"', '"real-name"'));
  assert.equal(seen?.headers['x-team'], 'blue');
  assert.match(String(seen?.headers.authorization), /^Bearer upstream-/);
  assert.equal(seen?.headers.cookie, undefined);
  assert.equal(seen?.headers['x-evil'], undefined);
});

test('a model that no channel offers is 404, without naming channels', async () => {
  const stream = chat(gateway.url, key.value, { body: { ...body, model: 'nothing' } });
  assert.equal((await stream.head()).status, 404);
  await stream.end();
  assert.doesNotMatch(stream.text(), /first|second|channel/i);
});
