/** P2: in-flight requests of a key are aborted before the revocation is confirmed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bytesTakenWhenPaused, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

let gateway: Gateway;
let upstream: FakeUpstream;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin, { models: ['test-model', 'other-model'] });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const deleteKey = async (id: number) =>
  assert.deepEqual((await gateway.call('DELETE', `/api/token/${id}`)).json, { success: true, message: '' });

async function accountUsed(): Promise<number> {
  return Number(dataOf(await gateway.call('GET', '/api/user/self')).used_quota);
}

interface StreamCase {
  readonly path: string;
  readonly body: unknown;
  readonly first: string;
  /** The expected end of the response. */
  readonly lastWords: RegExp;
}

const streams: Readonly<Record<string, StreamCase>> = {
  'an OpenAI chat stream': {
    path: '/v1/chat/completions',
    body: streamed,
    first: upstreams.chatChunk('hello'),
    lastWords: /data: \{"error":\{[^\n]*key_revoked[^\n]*\}\}\n\n$/,
  },
  'an OpenAI Responses stream': {
    path: '/v1/responses',
    body: { model: 'test-model', input: 'hi', stream: true },
    first:
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"hello"}\n\n',
    lastWords: /key_revoked[^\n]*\n\n$/,
  },
  'an Anthropic stream': {
    path: '/v1/messages',
    body: { model: 'test-model', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'hi' }] },
    first:
      'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":21,"output_tokens":1}}}\n\nevent: ping\ndata: {"type":"ping","hello":1}\n\n',
    lastWords: /event: error\ndata: \{"type":"error","error":\{"type":"authentication_error"[^\n]*\n\n$/,
  },
  'a Gemini SSE stream': {
    path: '/v1beta/models/test-model:streamGenerateContent?alt=sse',
    body: { contents: [{ parts: [{ text: 'hi' }] }] },
    first: 'data: {"candidates":[{"content":{"parts":[{"text":"hello"}]}}]}\n\n',
    lastWords: /data: \{"error":\{"code":401[^\n]*UNAUTHENTICATED[^\n]*\n\n$/,
  },
};

for (const [what, { path, body, first, lastWords }] of Object.entries(streams)) {
  test(`${what} is aborted before DELETE responds: error event, upstream aborted, usage charged`, async () => {
    const key = await gateway.createKey();
    upstream.on('/v1', upstreams.hangAfterHeaders(first));
    const usedBefore = await accountUsed();
    const stream = chat(gateway.url, key.value, { path, body });
    await stream.sees('hello');
    const seen = upstream.requests.at(-1);
    await deleteKey(key.id);
    const usedAfter = await accountUsed();
    assert.ok(usedAfter > usedBefore, 'what was used must be charged when DELETE has answered');
    await stream.end();
    assert.match(stream.text(), lastWords);
    assert.doesNotMatch(stream.text(), /\[DONE\]|message_stop/);
    await until(() => seen?.state === 'aborted');
  });
}

test('an aborted Gemini stream framed as a JSON array stays valid JSON', async () => {
  const key = await gateway.createKey();
  const first = '[{"candidates":[{"content":{"parts":[{"text":"hello"}]}}]}';
  upstream.on('/v1', upstreams.hangAfterHeaders(first, { 'content-type': 'application/json' }));
  const stream = chat(gateway.url, key.value, {
    path: '/v1beta/models/test-model:streamGenerateContent',
    body: { contents: [] },
  });
  await stream.sees('hello');
  await deleteKey(key.id);
  await stream.end();
  const [chunk, broken] = JSON.parse(stream.text()) as [unknown, { error: { code: number } }];
  assert.ok(chunk);
  assert.equal(broken.error.code, 401);
});

test('a request without output so far gets 401 when its key is deleted', async () => {
  const key = await gateway.createKey();
  upstream.on('/v1', upstreams.hangBeforeHeaders);
  const before = upstream.requests.length;
  const stream = chat(gateway.url, key.value);
  await until(() => upstream.requests.length > before);
  await deleteKey(key.id);
  assert.equal((await stream.head()).status, 401);
  await until(() => upstream.requests.at(-1)?.state === 'aborted');
});

test('an upload in progress gets 401 when its key is deleted', async () => {
  const key = await gateway.createKey();
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  let received = '';
  let closed = false;
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'host: gateway',
    `authorization: Bearer ${key.value}`,
    'content-length: 1000000',
    'expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // The gateway requests the body only after the key was admitted.
  await until(() => received.startsWith('HTTP/1.1 100 '));
  socket.write('{"model":"test-model",');
  const before = upstream.requests.length;
  await deleteKey(key.id);
  await until(() => received.includes('HTTP/1.1 401 ') && closed);
  assert.equal(upstream.requests.length, before);
});

test('a client that does not read cannot delay DELETE, and its connection is closed', async () => {
  const key = await gateway.createKey();
  upstream.on('/v1', upstreams.hugeBody(200_000_000));
  const stream = chat(gateway.url, key.value, { body: streamed, paused: true });
  await stream.head();
  await bytesTakenWhenPaused(upstream);
  await deleteKey(key.id);
  await until(() => upstream.requests.at(-1)?.state === 'aborted');
  stream.resume();
  assert.equal(await stream.end(), 'broken');
});

test('restricting a key aborts the requests that it no longer allows, and no others', async () => {
  const key = await gateway.createKey();
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const leaving = chat(gateway.url, key.value, { body: streamed });
  const staying = chat(gateway.url, key.value, { body: { ...streamed, model: 'other-model' } });
  await Promise.all([leaving.sees('hello'), staying.sees('hello')]);
  const narrowed = { id: key.id, model_limits_enabled: true, model_limits: 'other-model' };
  dataOf(await gateway.call('PUT', '/api/token/', { body: narrowed }));
  await leaving.end();
  assert.match(leaving.text(), /model_not_allowed/);
  assert.doesNotMatch(staying.text(), /error/);
  await deleteKey(key.id);
  await staying.end();
});

test('removing a group from an account aborts the requests through its channels, and no others', async () => {
  await gateway.createChannel(upstream.origin, { models: ['vip-model'], groups: ['vip'] });
  const account = { username: 'grouped', password: 'a long password', unlimited_quota: true };
  const user = dataOf(await gateway.call('POST', '/api/user/', { body: { ...account, group: 'vip' } }));
  const cookie =
    (
      await gateway.call('POST', '/api/user/login', {
        body: { username: 'grouped', password: account.password },
        token: undefined,
      })
    ).headers.get('set-cookie') ?? '';
  const origin = { cookie: cookie.split(';')[0] ?? '', origin: gateway.url };
  const createKey = async (group: string) => {
    const body = { name: 'k', unlimited_quota: true, group };
    return String(
      dataOf(await gateway.call('POST', '/api/token/', { body, token: undefined, headers: origin })).key,
    );
  };
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const leaving = chat(gateway.url, await createKey(''), { body: { ...streamed, model: 'vip-model' } });
  const staying = chat(gateway.url, await createKey('default'), { body: streamed });
  await Promise.all([leaving.sees('hello'), staying.sees('hello')]);
  dataOf(await gateway.call('PUT', '/api/user/', { body: { id: user.id, group: 'default' } }));
  await leaving.end();
  assert.match(leaving.text(), /group_not_allowed/);
  assert.doesNotMatch(staying.text(), /error/);
  assert.equal((await gateway.call('DELETE', `/api/user/${user.id}`)).json?.success, true);
  await staying.end();
});

test('renaming a key does not abort its requests', async () => {
  const key = await gateway.createKey();
  upstream.on('/v1', upstreams.chatStream(20, 20));
  const stream = chat(gateway.url, key.value, { body: streamed });
  await stream.sees('word1');
  dataOf(await gateway.call('PUT', '/api/token/', { body: { id: key.id, name: 'renamed' } }));
  assert.equal(await stream.end(), 'whole');
  assert.match(stream.text(), /\[DONE\]/);
});

test('with drain, in-flight requests finish and nothing new is admitted', async () => {
  const draining = await startGateway({ env: { HALLEY_REVOCATION_IN_FLIGHT: 'drain' } });
  try {
    await draining.createChannel(upstream.origin);
    const key = await draining.createKey();
    upstream.on('/v1', upstreams.chatStream(20, 20));
    const stream = chat(draining.url, key.value, { body: streamed });
    await stream.sees('word1');
    assert.equal((await draining.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
    assert.equal((await chat(draining.url, key.value).head()).status, 401);
    assert.equal(await stream.end(), 'whole');
    assert.match(stream.text(), /\[DONE\]/);
  } finally {
    await draining.stop();
  }
});

test('refuses the value of a deleted key for good, also after a restart', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'halley-test-'));
  const first = await startGateway({ dataDir });
  const key = await first.createKey();
  assert.equal((await first.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
  await first.kill();
  const again = await startGateway({
    dataDir,
    env: { HALLEY_BOOTSTRAP_TOKEN: first.token },
  });
  again.secret(key.value);
  assert.equal((await chat(again.url, key.value).head()).status, 401);
  await again.stop();
  rmSync(dataDir, { recursive: true });
});
