/** What a translated response keeps of a request that the upstream cannot serve by itself, and its charge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { createAccount } from '../support/accounts.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { chatChunk, choose, json, pieces } from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;
let client: OpenAI;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({ env: { HALLEY_HTTP_HEARTBEAT_MS: '100' } });
  const openai = { protocols: ['openai'], options: { openai_api: 'responses' } };
  await gateway.createChannel(upstream.origin, { name: 'r', models: ['responses-model'], ...openai });
  await gateway.createChannel(upstream.origin, {
    name: 'g',
    protocols: ['gemini'],
    models: ['gemini-model'],
  });
  key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000_000 });
  client = new OpenAI({ apiKey: key.value, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const spent = async () => Number(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).used_quota);
const messages = [{ role: 'user' as const, content: 'Hello' }];

test('a stop sequence that the upstream does not take cuts the stream; all that the model made is charged', async () => {
  const event = (type: string, more: object) => `data: ${JSON.stringify({ type, ...more })}\n\n`;
  const delta = (text: string) =>
    event('response.output_text.delta', { output_index: 0, content_index: 0, delta: text });
  const response = {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    output: [],
    usage: { input_tokens: 3, output_tokens: 40, output_tokens_details: { reasoning_tokens: 30 } },
  };
  upstream.on(
    '/v1/responses',
    pieces([
      event('response.created', { response: { ...response, status: 'in_progress' } }),
      ...['Paris', '\n', '\nand then', ' on and on'].map(delta),
      event('response.completed', { response }),
    ]),
  );
  const before = await spent();
  const stream = client.chat.completions.stream({
    model: 'responses-model',
    messages,
    stop: '\n\n',
    stream_options: { include_usage: true },
  });
  const { choices, usage } = await stream.finalChatCompletion();
  assert.deepEqual([choices[0]?.message.content, choices[0]?.finish_reason], ['Paris', 'stop']);
  assert.equal(usage?.completion_tokens, 40);
  assert.equal(JSON.parse(upstream.requests.at(-1)?.body().toString() ?? '').stop, undefined);
  await until(async () => (await spent()) === before + 43);
});

test('several choices have their own texts, and one charge for all', async () => {
  const candidate = (index: number, text: string) => ({
    index,
    content: { role: 'model', parts: [{ text }] },
    finishReason: 'STOP',
  });
  upstream.on(
    '/v1beta/models/',
    json({
      candidates: [candidate(0, 'one'), candidate(1, 'two')],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 20, totalTokenCount: 23 },
    }),
  );
  const before = await spent();
  const { choices } = await client.chat.completions.create({ model: 'gemini-model', messages, n: 2 });
  assert.deepEqual(
    choices.map(({ message }) => message.content),
    ['one', 'two'],
  );
  await until(async () => (await spent()) === before + 23);
});

const post = (path: string, body: object) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'responses-model', stream: true, ...body }),
  });

/** A stream of Responses that shows nothing for half a second while the model thinks. */
function thinking(): readonly string[] {
  const event = (type: string, more: object) => `data: ${JSON.stringify({ type, ...more })}\n\n`;
  const response = { id: 'resp_1', object: 'response', status: 'completed', output: [] };
  const hidden = event('response.reasoning.hidden', { note: 'x' });
  return [
    event('response.created', { response: { ...response, status: 'in_progress' } }),
    ...Array.from({ length: 10 }, () => hidden),
    event('response.output_text.delta', { output_index: 0, content_index: 0, delta: 'Hi' }),
    event('response.completed', { response: { ...response, usage: { input_tokens: 3, output_tokens: 4 } } }),
  ];
}

test('a client waits for a model that thinks with heartbeats of its protocol, and none where it would fail', async () => {
  upstream.on('/v1/responses', pieces(thinking(), 50));
  const before = await spent();
  const textOf = async (path: string, body: object) => (await post(path, body)).text();
  const chat = await textOf('/v1/chat/completions', { messages });
  const anthropic = await textOf('/v1/messages', { messages, max_tokens: 9 });
  const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];
  const gemini = await textOf('/v1beta/models/responses-model:streamGenerateContent?alt=sse', { contents });
  assert.match(
    chat,
    /^data: [^\n]*"role":"assistant"[^\n]*\n\n(?:: heartbeat\n\n){2,}data: [^\n]*"content":"Hi"/,
  );
  const ping = 'event: ping\ndata: {"type": "ping"}\n\n';
  assert.match(
    anthropic,
    new RegExp(`^event: message_start\ndata: .*\n\n(?:${ping}){2,}event: content_block_start`),
  );
  assert.ok(!gemini.includes('heartbeat') && !gemini.includes('ping') && gemini.includes('Hi'));
  await until(async () => (await spent()) === before + 21);
});

test('no heartbeat comes before it is certain that the upstream responds', async () => {
  const error = { error: { message: 'Overloaded', type: 'server_error', code: 'server_error' } };
  upstream.on('/v1/responses', pieces([': wait\n\n', `data: ${JSON.stringify(error)}\n\n`], 400));
  const response = await post('/v1/chat/completions', { messages });
  assert.equal(response.status, 502);
  assert.ok(!(await response.text()).includes('heartbeat'));
});

test('encrypted reasoning comes back to its upstream for the account that got it, and for no other', async () => {
  const encrypted_content = 'Z0FBQUFB';
  const content = [{ type: 'output_text', text: 'Hi', annotations: [] }];
  upstream.on(
    '/v1/responses',
    json({
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      output: [
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content },
        { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content },
      ],
      usage: { input_tokens: 3, output_tokens: 4 },
    }),
  );
  const { choices } = await client.chat.completions.create({ model: 'responses-model', messages });
  const said = choices[0]?.message;
  assert.match(JSON.stringify(said), /halley2\.openai\./);
  const body = { model: 'responses-model', messages: [...messages, said, ...messages] };
  const other = await createAccount(gateway, 'other');
  const next = async (value: string) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200);
    const sent = upstream.requests.at(-1)?.body().toString() ?? '';
    return [
      sent.includes(`"encrypted_content":"${encrypted_content}"`),
      response.headers.get('x-halley-dropped'),
    ];
  };
  assert.deepEqual(await next(key.value), [true, null]);
  assert.deepEqual(await next((await other.createKey()).value), [false, 'reasoning']);
});

test('a server that refuses to be asked for usage in its stream is asked once, and its tokens are counted', async () => {
  const asked: boolean[] = [];
  await gateway.createChannel(upstream.origin, { models: ['no-options'], protocols: ['openai'] });
  const refusal = { error: { message: 'Unrecognized request argument supplied: stream_options' } };
  upstream.on(
    '/v1/chat/completions',
    choose((_, sent) => {
      const asks = sent.includes('stream_options');
      asked.push(asks);
      return asks ? json(refusal, 400) : pieces([chatChunk('Hello', 'stop'), 'data: [DONE]\n\n']);
    }),
  );
  for (const _ of [1, 2]) {
    const response = await post('/v1/messages', { model: 'no-options', messages, max_tokens: 9 });
    assert.match(await response.text(), /"text":"Hello"[\s\S]*message_stop/);
  }
  assert.deepEqual(asked, [true, false, false]);
});
