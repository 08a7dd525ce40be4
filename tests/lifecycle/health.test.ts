/** What operators see: health, metrics, one log line for each request, and no secrets. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chat, streamed } from '../relay/chat.ts';
import { lockDatabase } from '../support/database.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

let gateway: Gateway;
let upstream: FakeUpstream;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({ env: { HALLEY_METRICS_LISTEN: '127.0.0.1:0' } });
  await gateway.createChannel(upstream.origin, { name: 'the channel' });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

test('each request has one log line with everything but the key', async () => {
  const key = await gateway.createKey({ name: 'my program' });
  const stream = chat(gateway.url, key.value);
  const { headers } = await stream.head();
  await stream.end();
  const id = headers['x-request-id'];
  await until(() => gateway.logLines().some((line) => line.id === id));
  const lines = gateway.logLines().filter((line) => line.id === id);
  assert.equal(lines.length, 1);
  const { first_byte_ms: firstByte, total_ms: total, ...line } = lines[0] ?? {};
  assert.ok(Number(firstByte) > 0 && Number(total) >= Number(firstByte));
  assert.partialDeepStrictEqual(line, {
    key_id: key.id,
    key_name: 'my program',
    model: 'test-model',
    channel: 'the channel',
    protocol: 'openai',
    operation: 'chat.completions',
    status: 200,
    outcome: 'done',
    attempts: 1,
    input_tokens: 7,
    output_tokens: 3,
    units: 10,
  });
});

test('does not log a secret that a client sends in the wrong place', async () => {
  const key = await gateway.createKey();
  const misplaced = await gateway.createKey();
  const body = { model: misplaced.value, messages: [{ role: 'user', content: misplaced.value }] };
  const stream = chat(gateway.url, key.value, {
    body,
    path: `/v1/chat/completions?token=${misplaced.value}`,
  });
  const { status, headers } = await stream.head();
  await stream.end();
  assert.equal(status, 404);
  await until(() => gateway.logLines().some((line) => line.id === headers['x-request-id']));
  // `stop` searches all output for it.
});

test('the health and metrics paths accept no other method', async () => {
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    const answer = await gateway.call('DELETE', path);
    assert.equal(answer.status, 405, path);
    assert.equal(answer.headers.get('allow'), 'GET, HEAD');
  }
});

test('metrics need an administrator on the main listener, and are open on their own', async () => {
  assert.equal((await gateway.call('GET', '/metrics', { token: undefined })).status, 401);
  const key = await gateway.createKey();
  assert.equal((await gateway.call('GET', '/metrics', { token: key.value })).status, 401);
  const guarded = await gateway.call('GET', '/metrics');
  assert.equal(guarded.status, 200);
  assert.match(guarded.headers.get('content-type') ?? '', /^text\/plain/);
  assert.match(guarded.text, /halley_requests_total\{[^}]*operation="chat.completions"[^}]*\} \d/);
  const address = gateway.logLines().find((line) => line.message === 'metrics listening')?.address;
  const open = await fetch(`http://${address}/metrics`);
  assert.match(await open.text(), /halley_revocation_seconds_count/);
  assert.equal((await fetch(`http://${address}/api/token/`)).status, 404);
});

test('while the database cannot be written, DELETE fails, the key stays valid, readyz fails, and a response waits for its record', async () => {
  const key = await gateway.createKey();
  let answered = false;
  let answer: Promise<unknown> | undefined;
  const unlock = await lockDatabase(gateway.dataDir);
  try {
    const refused = await gateway.call('DELETE', `/api/token/${key.id}`);
    assert.equal(refused.status, 503);
    assert.equal(refused.json?.success, false);
    assert.equal((await gateway.call('GET', '/readyz')).status, 503);
    assert.equal((await gateway.call('GET', '/healthz')).status, 200);
    const { requests } = upstream;
    const before = requests.length;
    answer = chat(gateway.url, key.value)
      .head()
      .then(({ status }) => {
        answered = true;
        assert.equal(status, 200);
      });
    await until(() => requests[before]?.state === 'answered');
    assert.equal((await gateway.call('GET', '/healthz')).status, 200);
    assert.equal(answered, false);
  } finally {
    await unlock();
  }
  await answer;
  assert.equal(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).status, 1);
  assert.equal((await gateway.call('GET', '/readyz')).status, 200);
  assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
});

test('while draining, new requests get 503 in their protocol and in-flight ones finish', async () => {
  const draining = await startGateway();
  await draining.createChannel(upstream.origin);
  const key = await draining.createKey();
  upstream.on('/v1', upstreams.chatStream(100, 30));
  const stream = chat(draining.url, key.value, { body: streamed });
  await stream.sees('word1');
  draining.process.kill('SIGTERM');
  await until(() => draining.logLines().some(({ message }) => message === 'draining'));
  const refused = chat(draining.url, key.value, { path: '/v1/messages', body: { model: 'test-model' } });
  const { status, headers } = await refused.head();
  await refused.end();
  assert.equal(status, 503);
  assert.equal(headers['retry-after'], '1');
  assert.equal((JSON.parse(refused.text()) as { type: string }).type, 'error');
  assert.equal(await stream.end(), 'whole');
  assert.match(stream.text(), /\[DONE\]/);
  await until(() => draining.process.exitCode !== null);
  assert.equal(draining.process.exitCode, 0);
  upstream.on('/v1', upstreams.chatAnswer());
});

test('requests in flight at the end of the drain time are aborted with an error, and charged', async () => {
  const draining = await startGateway({ env: { HALLEY_SHUTDOWN_DRAIN_MS: '200' } });
  await draining.createChannel(upstream.origin);
  const key = await draining.createKey();
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const stream = chat(draining.url, key.value, { body: streamed });
  await stream.sees('hello');
  draining.process.kill('SIGTERM');
  await stream.end();
  assert.match(stream.text(), /shutting down/);
  await until(() => draining.process.exitCode !== null);
  assert.ok(draining.logLines().some((line) => line.outcome === 'cut' && Number(line.units) > 0));
  upstream.on('/v1', upstreams.chatAnswer());
});
