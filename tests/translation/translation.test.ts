/** What translation promises beside the matrix: signals, limits, and errors in the client's shape. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cardOf } from '../../src/ledger/price-list.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { json } from '../support/upstream-behaviours.ts';
import { startMocks } from './mocks/upstream.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

const providers = ['openai', 'anthropic', 'gemini'] as const;

before(async () => {
  upstream = await startMocks();
  gateway = await startGateway();
  for (const provider of providers) {
    await gateway.createChannel(upstream.origin, {
      name: provider,
      protocols: [provider],
      models: [`${provider}-model`],
    });
  }
  key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000_000 });
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const hello = [{ role: 'user', content: 'Hello' }];

test('a field that changes the meaning is refused by its name, or dropped with a signal where that is asked for', async () => {
  const body = { model: 'anthropic-model', messages: hello, n: 2 };
  const reached = upstream.requests.length;
  const refused = await post('/v1/chat/completions', body);
  assert.equal(refused.status, 400);
  const { error } = (await refused.json()) as { error: { param: string; message: string } };
  assert.equal(error.param, 'n');
  assert.match(error.message, /Anthropic Messages/);
  assert.equal(upstream.requests.length, reached);
  const lenient = await post('/v1/chat/completions', body, { 'x-halley-translation': 'lenient' });
  assert.equal(lenient.status, 200);
  assert.match(lenient.headers.get('x-halley-dropped') ?? '', /\bn\b/);
});

test('a field that only tunes is dropped, which a header and the log say', async () => {
  const response = await post('/v1/chat/completions', { model: 'anthropic-model', messages: hello, seed: 7 });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('x-halley-dropped'), 'seed');
  await until(() => gateway.logLines().some(({ dropped }) => dropped === 'seed'));
});

test('an unknown field is refused', async () => {
  const response = await post('/v1/messages', {
    model: 'openai-model',
    max_tokens: 9,
    messages: hello,
    made_up: 1,
  });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /made_up/);
});

test("an upstream's error about the request has the client's shape and the upstream's words", async () => {
  const refusal = {
    type: 'error',
    error: { type: 'invalid_request_error', message: 'max_tokens: too large' },
  };
  const other = await gateway.createChannel(upstream.origin, {
    protocols: ['anthropic'],
    models: ['failing'],
  });
  assert.ok(other);
  upstream.on('/v1/messages', json(refusal, 400));
  const response = await post('/v1/chat/completions', { model: 'failing', messages: hello });
  assert.equal(response.status, 400);
  const { error } = (await response.json()) as { error: { type: string; message: string } };
  assert.equal(error.type, 'invalid_request_error');
  assert.match(error.message, /max_tokens: too large/);
});

test('lists of models show what a client can reach by translation', async () => {
  for (const headers of [
    {},
    { 'anthropic-version': '2023-06-01', 'x-api-key': key.value },
    { 'x-goog-api-key': key.value },
  ]) {
    const response = await fetch(`${gateway.url}/v1/models`, {
      headers: {
        ...('x-api-key' in headers || 'x-goog-api-key' in headers
          ? {}
          : { authorization: `Bearer ${key.value}` }),
        ...headers,
      } as Record<string, string>,
    });
    const text = await response.text();
    for (const provider of nonEmpty(providers))
      assert.ok(text.includes(`${provider}-model`), `${provider}: ${text}`);
  }
});

test('a body that a thread reads is translated there', async () => {
  const reply = {
    id: 'm',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'Read.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 3, output_tokens: 1 },
  };
  upstream.on('/v1/messages', json(reply));
  const content = 'word '.repeat(400_000);
  const response = await post('/v1/chat/completions', {
    model: 'failing',
    messages: [{ role: 'user', content }],
    seed: 1,
  });
  assert.equal(response.status, 200, await response.clone().text());
  assert.equal(response.headers.get('x-halley-dropped'), 'seed');
  const sent = JSON.parse(upstream.requests.at(-1)?.body().toString() ?? '');
  assert.ok(JSON.stringify(sent.messages).includes(content));
  assert.equal(typeof sent.max_tokens, 'number');
});

test('a request without a limit may use what is reserved for its key, or what the model can', async () => {
  const model = 'claude-sonnet-4-5';
  await gateway.createChannel(upstream.origin, { protocols: ['anthropic'], models: [model] });
  const unlimited = await gateway.createKey();
  const limits: unknown[] = [];
  for (const { value } of [key, unlimited]) {
    const headers = { authorization: `Bearer ${value}` };
    const response = await post('/v1/chat/completions', { model, messages: hello }, headers);
    assert.equal(response.status, 200, await response.clone().text());
    limits.push(JSON.parse(upstream.requests.at(-1)?.body().toString() ?? '').max_tokens);
  }
  assert.deepEqual(limits, [4096, cardOf(model)?.maxCompletionTokens]);
  assert.ok(Number(limits[1]) > 4096);
});
