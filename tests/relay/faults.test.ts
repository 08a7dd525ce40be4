/** The response and the charge of each fault of an upstream. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

let gateway: Gateway;
let upstream: FakeUpstream;
let key: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({
    env: {
      HALLEY_UPSTREAMS_FIRST_BYTE_MS: '1500',
      HALLEY_UPSTREAMS_IDLE_CHUNK_MS: '1500',
      HALLEY_UPSTREAMS_CONNECT_MS: '1500',
      // Faults here must not open the circuit of the only channel.
      HALLEY_UPSTREAMS_OPEN_AFTER_FAILURES: '100000',
    },
  });
  await gateway.createChannel(upstream.origin);
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

beforeEach(async () => {
  key = await gateway.createKey();
});

async function usedQuota(): Promise<number> {
  return Number(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).used_quota);
}

/** Sends one request and returns the complete response. */
async function ask(body: unknown = undefined) {
  const stream = chat(gateway.url, key.value, body === undefined ? {} : { body });
  const { status, headers } = await stream.head();
  const end = await stream.end();
  return { status, headers, end, text: stream.text() };
}

function errorCodeOf(text: string): unknown {
  return (JSON.parse(text) as { error: { code: unknown } }).error.code;
}

test('a response passes unchanged and is charged as the upstream reports', async () => {
  upstream.on('/v1', upstreams.chatAnswer());
  const { status, text, end } = await ask();
  assert.equal(status, 200);
  assert.equal(end, 'whole');
  assert.equal((JSON.parse(text) as { usage: { total_tokens: number } }).usage.total_tokens, 10);
  await until(async () => (await usedQuota()) === 10);
});

test('a stream passes unchanged and is charged as the upstream reports', async () => {
  upstream.on('/v1', upstreams.chatStream(5));
  const { text, end } = await ask(streamed);
  assert.equal(end, 'whole');
  assert.ok(text.endsWith('data: [DONE]\n\n'));
  await until(async () => (await usedQuota()) === 12);
});

test('a request body reaches the upstream byte for byte', async () => {
  upstream.on('/v1', upstreams.chatAnswer());
  const rawBody = '{ "messages" : [],\n\t"model":"test-model", "big": 12345678901234567890, "e":"\\u00e9é" }';
  const stream = chat(gateway.url, key.value, { rawBody });
  await stream.end();
  assert.equal(upstream.requests.at(-1)?.body().toString(), rawBody);
});

test('an upstream that does not respond gives 504 and costs nothing', async () => {
  upstream.on('/v1', upstreams.hangBeforeHeaders);
  const { status, text } = await ask();
  assert.equal(status, 504);
  assert.equal(errorCodeOf(text), 'upstream_timeout');
  assert.equal(await usedQuota(), 0);
});

test('a stream that stalls ends with an error event, and its output is charged', async () => {
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const { status, text } = await ask(streamed);
  assert.equal(status, 200);
  assert.match(text, /hello/);
  assert.match(text, /upstream_timeout/);
  assert.doesNotMatch(text, /\[DONE\]/);
  await until(async () => (await usedQuota()) > 0);
});

test('a stream that is reset ends with an error event, never like a complete one', async () => {
  upstream.on('/v1', upstreams.resetAfter([upstreams.chatChunk('hello'), upstreams.chatChunk('there')]));
  const { text } = await ask(streamed);
  assert.match(text, /there/);
  assert.match(text, /upstream_broken/);
  assert.doesNotMatch(text, /\[DONE\]/);
});

for (const [what, behaviour] of Object.entries({
  'resets at once': upstreams.resetAtOnce,
  'sends garbage': upstreams.garbage,
  'sends a header without end': upstreams.endlessHeader,
  'closes before its answer is complete': upstreams.wrongLength(1000, 10),
})) {
  test(`an upstream that ${what} gives 502 and costs nothing`, async () => {
    upstream.on('/v1', behaviour);
    for (const body of [undefined, streamed]) {
      const { status, text } = await ask(body);
      assert.equal(status, 502);
      assert.equal(errorCodeOf(text), 'upstream_broken');
    }
    assert.equal(await usedQuota(), 0);
  });
}

test('a response longer than declared is truncated to its declared length, and the connection is not used again', async () => {
  upstream.on('/v1', upstreams.wrongLength(5, 50));
  const first = await ask();
  assert.ok(first.text.length <= 5 || first.status === 502);
  upstream.on('/v1', upstreams.chatAnswer());
  assert.equal((await ask()).status, 200);
});

test('a compressed response passes unchanged', async () => {
  upstream.on('/v1', upstreams.gzipped({ hello: 'world' }));
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}` },
    body: JSON.stringify({ model: 'test-model', messages: [] }),
  });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  assert.deepEqual(await response.json(), { hello: 'world' });
});

test('forwards a refusal that the upstream sends during the upload', async () => {
  upstream.on('/v1', upstreams.earlyRefusal(413));
  const content = 'x'.repeat(20_000_000);
  const { status, text } = await ask({ model: 'test-model', messages: [{ role: 'user', content }] });
  assert.equal(status, 413);
  assert.match(text, /too early/);
});

test("the upstream's refusal of the gateway's key is not a 401 for the client", async () => {
  upstream.on('/v1', upstreams.json({ error: { message: 'bad key sk-secret' } }, 401));
  const { status, text } = await ask();
  assert.equal(status, 502);
  assert.equal(errorCodeOf(text), 'upstream_rejected');
  assert.doesNotMatch(text, /sk-secret/);
});

test('a 400 of the upstream reaches the client unchanged and costs nothing', async () => {
  upstream.on('/v1', upstreams.json({ error: { message: 'max_tokens is too large', code: 'bad' } }, 400));
  const { status, text } = await ask();
  assert.equal(status, 400);
  assert.equal(errorCodeOf(text), 'bad');
  assert.equal(await usedQuota(), 0);
});

test('a redirect is neither followed nor forwarded', async () => {
  upstream.on('/v1', upstreams.json({}, 302, { location: 'http://127.0.0.1:1/' }));
  const { status, headers } = await ask();
  assert.equal(status, 502);
  assert.equal(headers.location, undefined);
});

test('every error names the request id of its header', async () => {
  upstream.on('/v1', upstreams.garbage);
  const { headers, text } = await ask();
  const id = headers['x-request-id'];
  assert.ok(typeof id === 'string' && id.length >= 20);
  assert.ok(text.includes(id));
  await until(() => gateway.logLines().some((line) => line.id === id));
});
