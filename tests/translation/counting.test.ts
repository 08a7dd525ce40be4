/** Tokens of a request, counted over every protocol by official SDKs: by the provider's own count, or by an estimate. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { answer, json } from '../support/upstream-behaviours.ts';
import { startMocks } from './mocks/upstream.ts';

const providers = ['openai', 'anthropic', 'gemini'] as const;

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

before(async () => {
  upstream = await startMocks();
  gateway = await startGateway();
  for (const provider of nonEmpty(providers)) {
    await gateway.createChannel(upstream.origin, { protocols: [provider], models: [`${provider}-model`] });
  }
  key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const system = 'Be brief.';
const hello = 'Hello there';
const tool = { name: 'get_weather', parameters: { type: 'object', properties: {} } };
/** By the rule of the mocks: a token a character. */
const textTokens = system.length + hello.length;

const openai = () => new OpenAI({ apiKey: key.value, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const anthropic = () => new Anthropic({ apiKey: key.value, baseURL: gateway.url, maxRetries: 0 });

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

for (const provider of nonEmpty(providers)) {
  const model = `${provider}-model`;

  test(`OpenAI's client counts over ${provider}: instructions, input and tools`, async () => {
    const { parameters, name } = tool;
    const tools = [{ type: 'function' as const, name, parameters, strict: false }];
    const counted = await openai().responses.inputTokens.count({ model, instructions: system, input: hello });
    assert.deepEqual(counted, { object: 'response.input_tokens', input_tokens: textTokens });
    const { input_tokens } = await openai().responses.inputTokens.count({
      ...{ model, instructions: system, input: hello, tools },
    });
    assert.equal(input_tokens, textTokens + name.length);
  });

  test(`Anthropic's client counts over ${provider}: system, messages and tools`, async () => {
    const messages = [{ role: 'user' as const, content: hello }];
    const tools = [{ name: tool.name, input_schema: { type: 'object' as const } }];
    const request = { model, system, messages, tools, thinking: { type: 'disabled' as const } };
    const counted = await anthropic().messages.countTokens(request);
    assert.equal(counted.input_tokens, textTokens + tool.name.length);
  });

  test(`Google's client counts over ${provider}`, async () => {
    const client = new GoogleGenAI({ apiKey: key.value, httpOptions: { baseUrl: gateway.url } });
    const { totalTokens } = await client.models.countTokens({ model, contents: hello });
    assert.equal(totalTokens, hello.length);
  });

  test(`a whole request of Google's protocol is counted over ${provider}`, async () => {
    const request = {
      model: `models/${model}`,
      contents: [{ role: 'user', parts: [{ text: hello }] }],
      systemInstruction: { parts: [{ text: system }] },
      tools: [{ functionDeclarations: [{ name: tool.name }] }],
    };
    for (const name of ['generateContentRequest', 'generate_content_request']) {
      if (provider === 'gemini' && name !== 'generateContentRequest') continue;
      const response = await post(`/v1beta/models/${model}:countTokens`, { [name]: request });
      assert.deepEqual(await response.json(), { totalTokens: textTokens + tool.name.length });
    }
  });
}

test('counting costs nothing, and is recorded', async () => {
  const { id } = key;
  const { used_quota } = dataOf(await gateway.call('GET', `/api/token/${id}`));
  assert.equal(used_quota, 0);
});

test('a field that the target cannot express is refused by its name', async () => {
  const response = await post('/v1beta/models/anthropic-model:countTokens', {
    generateContentRequest: { contents: [{ parts: [{ text: hello }] }], cachedContent: 'cachedContents/x' },
  });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /generateContentRequest\.cachedContent/);
});

/** A channel whose upstream lacks the endpoint, and its model. */
async function lacking(protocol: 'openai' | 'anthropic' | 'gemini', model: string) {
  await gateway.createChannel(upstream.origin, { protocols: [protocol], models: [model], priority: 1 });
}

const missing = [
  ['404 of plain text', answer(404, '404 page not found')],
  ['404 of FastAPI', json({ detail: 'Not Found' }, 404)],
  ['405', json({ detail: 'Method Not Allowed' }, 405)],
] as const;

for (const [index, [title, behaviour]] of missing.entries()) {
  test(`an upstream without the endpoint (${title}): the gateway counts, says so, and does not ask it again`, async () => {
    const model = `gpt-4o-lacking-${index}`;
    await lacking('openai', model);
    upstream.on('/v1/responses/input_tokens', behaviour);
    const body = { model, max_tokens: 9, messages: [{ role: 'user', content: 'hello world' }] };
    const asked = upstream.requests.length;
    for (const _ of [1, 2]) {
      const response = await post('/v1/messages/count_tokens', { ...body, max_tokens: undefined });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-halley-estimated'), 'input_tokens');
      // "hello world" is 2 tokens of o200k_base; 3 for the response and 4 for a message.
      assert.deepEqual(await response.json(), { input_tokens: 9 });
    }
    assert.equal(upstream.requests.length, asked + 1);
  });
}

test('an estimate has the shape of each protocol, also where the channel speaks it', async () => {
  upstream.on('/v1/responses/input_tokens', answer(404, ''));
  upstream.on('/v1/messages/count_tokens', answer(404, ''));
  await lacking('openai', 'gpt-4o-shape');
  await lacking('anthropic', 'claude-shape');
  const estimated = async (path: string, body: object) => {
    const response = await post(path, body);
    assert.equal(response.headers.get('x-halley-estimated'), 'input_tokens');
    return response.json();
  };
  const input = 'hello world';
  assert.deepEqual(await estimated('/v1/responses/input_tokens', { model: 'gpt-4o-shape', input }), {
    object: 'response.input_tokens',
    input_tokens: 5,
  });
  const contents = [{ role: 'user', parts: [{ text: input }] }];
  const path = '/v1beta/models/gpt-4o-shape:countTokens';
  assert.deepEqual(await estimated(path, { generateContentRequest: { contents } }), { totalTokens: 9 });
  // The tokenizer is not public: 1.3 times the 2 tokens, and 7 around them.
  const messages = [{ role: 'user', content: input }];
  assert.deepEqual(await estimated('/v1/messages/count_tokens', { model: 'claude-shape', messages }), {
    input_tokens: 10,
  });
});

test('an upstream that fails is replaced by an estimate, and its channel stays in service', async () => {
  await lacking('anthropic', 'failing');
  for (const [status, body] of [
    [500, 'down'],
    [429, '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}'],
    [401, '{"type":"error","error":{"type":"authentication_error","message":"no"}}'],
    [200, '{"error":"Unexpected endpoint or method. (POST /v1/messages/count_tokens)"}'],
    [200, '{"unexpected":true,"members":"only"}'],
  ] as const) {
    upstream.on('/v1/messages/count_tokens', answer(status, body, { 'content-type': 'application/json' }));
    const response = await post('/v1/responses/input_tokens', { model: 'failing', input: hello });
    assert.equal(response.status, 200, `${status} ${await response.clone().text()}`);
    assert.equal(response.headers.get('x-halley-estimated'), 'input_tokens');
  }
  assert.equal((await post('/v1/messages', { ...request('failing'), max_tokens: 9 })).status, 200);
});

const request = (model: string) => ({ model, messages: [{ role: 'user', content: hello }] });

test("an upstream's error about the request stays one", async () => {
  await lacking('anthropic', 'strict');
  const error = { type: 'invalid_request_error', message: 'messages: too many' };
  upstream.on('/v1/messages/count_tokens', json({ type: 'error', error }, 400));
  for (const path of ['/v1/responses/input_tokens', '/v1/messages/count_tokens']) {
    const response = await post(path, {
      ...request('strict'),
      ...(path.includes('responses') && { input: hello, messages: undefined }),
    });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /messages: too many/);
  }
});

test('an estimate is recorded as served', async () => {
  const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=100')) as {
    items: { model_name: string; type: number }[];
  };
  const kinds = items.filter(({ model_name }) => model_name === 'gpt-4o-lacking-0').map(({ type }) => type);
  assert.deepEqual(nonEmpty(kinds), [2, 2]);
});
