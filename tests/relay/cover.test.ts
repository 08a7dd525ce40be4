/** A key that becomes limited during its requests: its quota covers them from then on, or they are aborted. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

let upstream: FakeUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin);
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** The body has fewer bytes, and so fewer tokens, than this. */
const inputMost = 200;

async function runningStream() {
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const key = await gateway.createKey();
  const stream = chat(gateway.url, key.value, { body: { ...streamed, max_tokens: 100 } });
  await stream.sees('hello');
  const limit = (remain_quota: number) =>
    gateway.call('PUT', '/api/token/', { body: { id: key.id, unlimited_quota: false, remain_quota } });
  return { key, stream, limit };
}

test('a request that the new quota covers continues and reserves its part', async () => {
  const { key, stream, limit } = await runningStream();
  dataOf(await limit(100 + inputMost));
  const second = chat(gateway.url, key.value, { body: { ...streamed, max_tokens: 100 } });
  assert.equal((await second.head()).status, 403);
  await second.end();
  assert.match(second.text(), /pre_consume_token_quota_failed/);
  assert.match(second.text(), /reserved by running requests/);
  assert.doesNotMatch(stream.text(), /error/);
  stream.leave();
});

test('a request that the new quota does not cover has ended when the change is confirmed', async () => {
  const { stream, limit } = await runningStream();
  dataOf(await limit(99));
  assert.equal(upstream.requests.at(-1)?.state, 'aborted');
  await stream.end();
  assert.match(stream.text(), /pre_consume_token_quota_failed/);
});
