/** Errors of upstreams, in the shape and the words that clients of another protocol act on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { json, pieces } from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;
const secret = 'upstream-key-of-the-operator';

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  for (const protocol of ['openai', 'anthropic', 'gemini']) {
    const models = [`${protocol}-model`];
    await gateway.createChannel(upstream.origin, { protocols: [protocol], models, keys: [secret] });
  }
  key = await gateway.createKey();
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const content = 'Hello';
const clients = {
  chat: { path: () => '/v1/chat/completions', body: { messages: [{ role: 'user', content }] } },
  responses: { path: () => '/v1/responses', body: { input: content } },
  messages: { path: () => '/v1/messages', body: { messages: [{ role: 'user', content }], max_tokens: 9 } },
  gemini: {
    path: (model: string) => `/v1beta/models/${model}:generateContent`,
    body: { contents: [{ role: 'user', parts: [{ text: content }] }] },
  },
} as const;
type ClientName = keyof typeof clients;

async function ask(client: ClientName, model: string, more: object = {}) {
  const { path, body } = clients[client];
  const named = client === 'gemini' ? body : { model, ...body };
  const response = await fetch(`${gateway.url}${path(model)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...named, ...more }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const anthropicError = (type: string, message: string) => ({ type: 'error', error: { type, message } });
const words = 'prompt is too long: 210000 tokens > 200000 maximum';
const openaiWords = "This model's maximum context length is 8192 tokens.";

test('OpenAI clients get the code for a context that is full, with the words of the upstream', async () => {
  upstream.on('/v1/messages', json(anthropicError('invalid_request_error', words), 400));
  for (const client of ['chat', 'responses'] as const) {
    const { status, headers, text } = await ask(client, 'anthropic-model');
    assert.equal(status, 400);
    const { error } = JSON.parse(text);
    assert.equal(error.code, 'context_length_exceeded');
    assert.ok(error.message.startsWith(words));
    assert.equal(headers.get('x-should-retry'), 'false');
  }
});

test("Anthropic's clients get its words, and the upstream's after them", async () => {
  const error = { message: openaiWords, type: 'invalid_request_error', param: 'messages', code: null };
  upstream.on('/v1/chat/completions', json({ error }, 400));
  const { status, text } = await ask('messages', 'openai-model');
  const { error: shown } = JSON.parse(text);
  assert.deepEqual([status, shown.type], [400, 'invalid_request_error']);
  assert.ok(shown.message.startsWith(`prompt is too long: ${openaiWords}`), shown.message);
});

test("Google's clients get INVALID_ARGUMENT and the words", async () => {
  upstream.on('/v1/messages', json(anthropicError('invalid_request_error', words), 400));
  const { error } = JSON.parse((await ask('gemini', 'anthropic-model')).text);
  assert.deepEqual([error.code, error.status], [400, 'INVALID_ARGUMENT']);
  assert.ok(error.message.startsWith(words));
  assert.equal(error.details[0].reason, 'CONTEXT_LENGTH_EXCEEDED');
});

test('a context that turns out to be full within a stream has the code too', async () => {
  const event = `event: error\ndata: ${JSON.stringify(anthropicError('invalid_request_error', words))}\n\n`;
  const start = { type: 'message_start', message: { id: 'm', usage: { input_tokens: 3 } } };
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hel' } };
  const begun = [start, block].map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`);
  upstream.on('/v1/messages', pieces([...begun, event], 5));
  const { status, text } = await ask('chat', 'anthropic-model', { stream: true });
  assert.equal(status, 200);
  assert.match(text, /"code":"context_length_exceeded"\}\}\n\n$/);
});

test('an upstream that has too much to do says so in the shape of the client, with its Retry-After', async () => {
  const limited = json(anthropicError('rate_limit_error', 'Slow down.'), 429, { 'retry-after': '7' });
  upstream.on('/v1/messages', limited);
  const { status, headers, text } = await ask('chat', 'anthropic-model');
  assert.deepEqual([status, headers.get('retry-after')], [429, '7']);
  const { error } = JSON.parse(text);
  assert.deepEqual([error.type, error.code], ['rate_limit_error', 'rate_limit_exceeded']);
  assert.ok(error.message.startsWith('Slow down.'));
  assert.equal(headers.get('x-should-retry'), null);
});

test('an upstream that does not have the model says so in the shape of the client', async () => {
  upstream.on('/v1/messages', json(anthropicError('not_found_error', 'model: anthropic-model'), 404));
  const { status, text } = await ask('gemini', 'anthropic-model');
  assert.deepEqual([status, JSON.parse(text).error.status], [404, 'NOT_FOUND']);
});

test("an upstream's error that quotes the operator's key does not show it", async () => {
  const error = anthropicError('invalid_request_error', `no such field for ${secret}`);
  for (const status of [400, 200]) {
    upstream.on('/v1/messages', json(error, status));
    const shown = await ask('chat', 'anthropic-model');
    assert.equal(shown.status, 400);
    assert.match(shown.text, /no such field for \[redacted\]/);
  }
});

test('a client of the same protocol gets the error as it came', async () => {
  const error = anthropicError('invalid_request_error', words);
  upstream.on('/v1/messages', json(error, 400));
  assert.deepEqual(JSON.parse((await ask('messages', 'anthropic-model')).text), error);
});
