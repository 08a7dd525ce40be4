/** The translation stage between client and upstream protocol: a translator in a copy of the gateway. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { mutate } from '../support/mutants.ts';
import { until } from '../support/until.ts';
import { choose, json, pieces } from '../support/upstream-behaviours.ts';

let dir: string;
let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

const event = (type: string, fields: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const message = {
  id: 'msg_1',
  type: 'message',
  content: [{ type: 'text', text: 'Hello' }],
  usage: { input_tokens: 11, output_tokens: 7 },
};
const stream = [
  event('message_start', { message: { id: 'msg_2', usage: { input_tokens: 11, output_tokens: 1 } } }),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hel' } }),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'lo' } }),
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }),
  event('message_stop'),
];

before(async () => {
  const translator = "(await import('../../tests/translation/chat-to-messages.ts')).chatToMessages";
  const translation = `[{ from: 'chat.completions', to: 'messages', translator: ${translator} }]`;
  const edit = { mark: 'translations', part: 'declaration.declarations.0.init', with: translation };
  dir = mutate(['src', 'tests/translation'], [edit]);
  upstream = await startFakeUpstream();
  upstream.on(
    '/v1/messages',
    choose((_, body) => (JSON.parse(body.toString()).stream ? pieces(stream, 5) : json(message))),
  );
  gateway = await startGateway({ entry: join(dir, 'src/cli/halley.ts') });
  await gateway.createChannel(upstream.origin, { protocols: ['anthropic'], models: ['claude'] });
  key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000_000 });
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
  if (dir) rmSync(dir, { recursive: true });
});

function chat(fields: object = {}) {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude', messages: [{ role: 'user', content: 'Hi' }], ...fields }),
  });
}

/** In units, one for each token. */
const spent = async () =>
  1_000_000_000 - Number(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).remain_quota);

test('translates a request for the upstream and its response for the client; charges the usage', async () => {
  const before = await spent();
  const response = await chat({ max_tokens: 50 });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/json');
  const body = (await response.json()) as { choices: { message: { content: string } }[] };
  assert.equal(body.choices[0]?.message.content, 'Hello');
  const sent = upstream.requests.at(-1);
  assert.equal(sent?.url, '/v1/messages');
  assert.match(String(sent?.headers['x-api-key']), /^upstream-/);
  assert.equal(sent?.headers['anthropic-version'], '2023-06-01');
  assert.deepEqual(JSON.parse(sent?.body().toString() ?? ''), {
    model: 'claude',
    max_tokens: 50,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  await until(async () => (await spent()) === before + 18);
});

test('translates a stream event by event, with the end that the client expects', async () => {
  const before = await spent();
  const response = await chat({ stream: true });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const text = await response.text();
  const chunk = (content: string) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
  assert.equal(text, `${chunk('Hel')}${chunk('lo')}data: [DONE]\n\n`);
  await until(async () => (await spent()) === before + 18);
});

test('refuses a field that cannot be translated by name, without an upstream request', async () => {
  const reached = upstream.requests.length;
  const response = await chat({ tools: [] });
  assert.equal(response.status, 400);
  const { error } = (await response.json()) as { error: { param: string; message: string } };
  assert.equal(error.param, 'tools');
  assert.equal(upstream.requests.length, reached);
});

test("an upstream's error about the request has the client's format", async () => {
  const refusal = {
    type: 'error',
    error: { type: 'invalid_request_error', message: 'max_tokens: too large' },
  };
  upstream.on('/v1/messages', json(refusal, 400));
  const response = await chat();
  assert.equal(response.status, 400);
  const { error } = (await response.json()) as { error: { type: string; message: string } };
  assert.equal(error.type, 'invalid_request_error');
  assert.match(error.message, /^max_tokens: too large \(request id: /);
});

test('translates a body in the thread that parses it', async () => {
  upstream.on('/v1/messages', json(message));
  const content = 'x'.repeat(2_000_000);
  const response = await chat({ messages: [{ role: 'user', content }] });
  assert.equal(response.status, 200, await response.clone().text());
  const sent = JSON.parse(upstream.requests.at(-1)?.body().toString() ?? '');
  assert.equal(sent.messages[0].content.length, content.length);
  assert.equal(sent.max_tokens, 1024);
});
