/** The changes that the gateway makes to a request and its response to learn the usage, as both ends see them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chat } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

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

const said = upstreams.chatChunk('hi');
const report = `data: ${JSON.stringify({ id: 'c', choices: [], usage: { prompt_tokens: 5, completion_tokens: 7 } })}\n\n`;
const done = 'data: [DONE]\n\n';
const messages = [{ role: 'user', content: 'hi' }];
const streamed = { 'content-type': 'text/event-stream' };

test('requests usage for a stream whose client did not, and removes the report', async () => {
  upstream.on('/v1/chat', upstreams.pieces([said, report, done], 0, streamed));
  const { value } = await gateway.createKey();
  const rawBody = `{"model":"test-model", "stream":true,"messages":${JSON.stringify(messages)}}`;
  const stream = chat(gateway.url, value, { rawBody });
  assert.equal(await stream.end(), 'whole');
  assert.equal(stream.text(), said + done);
  const sent = upstream.requests.at(-1)?.body().toString() ?? '';
  assert.equal(sent, rawBody.replace('{', '{"stream_options":{"include_usage":true},'));
});

test('keeps the usage report of a stream whose client asked for it', async () => {
  upstream.on('/v1/chat', upstreams.pieces([said, report, done], 0, streamed));
  const { value } = await gateway.createKey();
  const body = { model: 'test-model', stream: true, stream_options: { include_usage: true }, messages };
  const stream = chat(gateway.url, value, { body });
  assert.equal(await stream.end(), 'whole');
  assert.equal(stream.text(), said + report + done);
  assert.deepEqual(JSON.parse(upstream.requests.at(-1)?.body().toString() ?? ''), body);
});

test('image requests and responses pass unchanged', async () => {
  const picture = { created: 1, data: [{ b64_json: 'x'.repeat(100_000) }] };
  upstream.on('/v1/images', upstreams.json(picture));
  const { value } = await gateway.createKey();
  const path = '/v1/images/generations';
  const body = { model: 'test-model', prompt: 'a cat', n: 1 };
  const answer = chat(gateway.url, value, { path, body });
  assert.equal(await answer.end(), 'whole');
  assert.deepEqual(JSON.parse(answer.text()), picture);
  assert.equal(upstream.requests.at(-1)?.url, path);
});
