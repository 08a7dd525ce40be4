/** Charges for each way that a request can end: the rules of docs/reference/charging.md, one by one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { differencesIn, reservationsIn } from '../support/database.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';
import { type ChatOptions, chat } from './chat.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin);
  // In units for each token: input 1, cached 0.5, written to the cache 2, audio 10; output 3, reasoning 5. An
  // image: 10.
  const price = {
    input: '2',
    cached_input: '1',
    cache_write: '4',
    audio_input: '20',
    output: '6',
    reasoning: '10',
    per_image: '0.00002',
  };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'test-model', ...price }] } }));
  key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000_000 });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

interface LogRow {
  readonly type: number;
  readonly quota: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly other: string;
}

/** Returns the record of a request. Its reservation must have ended. */
async function recordOf(requestId: unknown): Promise<LogRow & { estimated: boolean }> {
  let row: LogRow | undefined;
  await until(async () => {
    const { items } = dataOf(await gateway.call('GET', `/api/log/?request_id=${requestId}`));
    row = (items as LogRow[])[0];
    return row !== undefined;
  });
  assert.equal(await reservationsIn(gateway.dataDir), 0);
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  if (!row) throw new Error('no record');
  return { ...row, estimated: (JSON.parse(row.other) as { estimated?: boolean }).estimated === true };
}

const messages = [{ role: 'user', content: 'hi' }];
const openai = { model: 'test-model', max_tokens: 50, messages };
const anthropic: ChatOptions = { path: '/v1/messages', body: openai };
const gemini: ChatOptions = {
  path: '/v1beta/models/test-model:generateContent',
  body: { contents: [{ parts: [{ text: 'hi' }] }] },
};
const sse = (...events: readonly object[]) =>
  upstreams.pieces(events.map((event) => `data: ${JSON.stringify(event)}\n\n`));

interface Rule {
  readonly upstream: Behaviour;
  readonly request: ChatOptions;
  readonly expected: Partial<LogRow & { estimated: boolean }>;
}

const chatUsage = {
  prompt_tokens: 100,
  completion_tokens: 40,
  prompt_tokens_details: { cached_tokens: 30, audio_tokens: 10 },
  completion_tokens_details: { reasoning_tokens: 15 },
};
/** 60 at 1, 30 at 0.5, 10 at 10; 25 at 3, 15 at 5. */
const chatUnits = 60 + 15 + 100 + 75 + 75;

const rules: Readonly<Record<string, Rule>> = {
  'a chat answer, by categories': {
    upstream: upstreams.json({ choices: [], usage: chatUsage }),
    request: { body: openai },
    expected: { type: 2, quota: chatUnits, prompt_tokens: 100, completion_tokens: 40, estimated: false },
  },
  'a chat stream, by categories': {
    upstream: upstreams.pieces([
      upstreams.chatChunk('hello'),
      `data: ${JSON.stringify({ choices: [], usage: chatUsage })}\n\ndata: [DONE]\n\n`,
    ]),
    request: { body: { ...openai, stream: true } },
    expected: { type: 2, quota: chatUnits, estimated: false },
  },
  'a Responses stream': {
    upstream: sse({
      type: 'response.completed',
      response: {
        id: 'r',
        usage: {
          input_tokens: 100,
          input_tokens_details: { cached_tokens: 20 },
          output_tokens: 10,
          output_tokens_details: { reasoning_tokens: 4 },
        },
      },
    }),
    request: {
      path: '/v1/responses',
      body: { model: 'test-model', input: 'hi', max_output_tokens: 50, stream: true },
    },
    expected: { type: 2, quota: 80 + 10 + 18 + 20, prompt_tokens: 100, completion_tokens: 10 },
  },
  'an Anthropic answer: cached input is reported beside the input': {
    upstream: upstreams.json({
      content: [],
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 5,
        output_tokens: 7,
      },
    }),
    request: anthropic,
    expected: { type: 2, quota: 10 + 10 + 10 + 21, prompt_tokens: 35, completion_tokens: 7 },
  },
  'a Gemini answer: thoughts are output': {
    upstream: upstreams.json({
      candidates: [],
      usageMetadata: {
        promptTokenCount: 20,
        cachedContentTokenCount: 10,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 3,
      },
    }),
    request: gemini,
    expected: { type: 2, quota: 10 + 5 + 15 + 15, prompt_tokens: 20, completion_tokens: 8 },
  },
  'a Responses answer': {
    upstream: upstreams.json({ output: [], usage: { input_tokens: 30, output_tokens: 10 } }),
    request: { path: '/v1/responses', body: { model: 'test-model', input: 'hi', max_output_tokens: 50 } },
    expected: { type: 2, quota: 30 + 30, estimated: false },
  },
  'an Anthropic stream: input at its start, output at its end': {
    upstream: sse(
      {
        type: 'message_start',
        message: { id: 'm', usage: { input_tokens: 10, cache_read_input_tokens: 20, output_tokens: 1 } },
      },
      { type: 'content_block_delta', delta: { type: 'text_delta', text: 'hi' } },
      { type: 'message_delta', delta: {}, usage: { output_tokens: 7 } },
      { type: 'message_stop' },
    ),
    request: { path: '/v1/messages', body: { ...openai, stream: true } },
    expected: { type: 2, quota: 10 + 10 + 21, prompt_tokens: 30, completion_tokens: 7, estimated: false },
  },
  'a Gemini stream: the last report counts': {
    upstream: sse(
      {
        candidates: [{ content: { parts: [{ text: 'h' }] } }],
        usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 1 },
      },
      {
        candidates: [{ content: { parts: [{ text: 'i' }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 5, thoughtsTokenCount: 3 },
      },
    ),
    request: { ...gemini, path: '/v1beta/models/test-model:streamGenerateContent?alt=sse' },
    expected: { type: 2, quota: 20 + 15 + 15, prompt_tokens: 20, completion_tokens: 8, estimated: false },
  },
  'a Gemini stream as an array': {
    upstream: upstreams.json([
      { candidates: [{ content: { parts: [{ text: 'h' }] } }] },
      { candidates: [], usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 5 } },
    ]),
    request: { ...gemini, path: '/v1beta/models/test-model:streamGenerateContent' },
    expected: { type: 2, quota: 20 + 15, estimated: false },
  },
  'pictures are charged by the piece, as many as came': {
    upstream: upstreams.json({ created: 1, data: [{ b64_json: 'x' }, { b64_json: 'y' }] }),
    request: {
      path: '/v1/images/generations',
      body: { model: 'test-model', prompt: 'a cat', n: 3 },
    },
    expected: { type: 2, quota: 20 },
  },
  'embeddings have no output': {
    upstream: upstreams.json({ data: [], usage: { prompt_tokens: 12, total_tokens: 12 } }),
    request: { path: '/v1/embeddings', body: { model: 'test-model', input: 'hi' } },
    expected: { type: 2, quota: 12, completion_tokens: 0 },
  },
  'an answer without a report is counted': {
    // No tokenizer fits the model, so four bytes count as one token.
    upstream: upstreams.json({ choices: [{ message: { content: 'x'.repeat(40) } }] }),
    request: { body: openai },
    expected: { type: 2, completion_tokens: 10, estimated: true },
  },
  'a stream that is reset after output is charged for what came': {
    upstream: upstreams.resetAfter([upstreams.chatChunk('x'.repeat(80))]),
    request: { body: { ...openai, stream: true } },
    expected: { type: 2, completion_tokens: 20, estimated: true },
  },
  'a stream that is reset before output is free': {
    upstream: upstreams.resetAfter(['data: {"id":"c","choices":[{"delta":{"role":"assistant"}}]}\n\n']),
    request: { body: { ...openai, stream: true } },
    expected: { type: 5, quota: 0 },
  },
  'a message stream that breaks off after output: its input is as reported': {
    upstream: upstreams.resetAfter([
      `data: ${JSON.stringify({ type: 'message_start', message: { usage: { input_tokens: 25, output_tokens: 1 } } })}\n\n`,
      `data: ${JSON.stringify({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(40) } })}\n\n`,
    ]),
    request: { path: '/v1/messages', body: { ...openai, stream: true } },
    expected: { type: 2, quota: 25 + 30, prompt_tokens: 25, completion_tokens: 10, estimated: true },
  },
  'an error event after output: what came before it is charged': {
    upstream: upstreams.pieces([
      upstreams.chatChunk('x'.repeat(80)),
      `data: ${JSON.stringify({ error: { message: 'overloaded', type: 'server_error' } })}\n\n`,
    ]),
    request: { body: { ...openai, stream: true } },
    expected: { type: 2, completion_tokens: 20, estimated: true },
  },
  'an error event in place of output is free': {
    upstream: sse({ error: { message: 'overloaded', type: 'server_error' } }),
    request: { body: { ...openai, stream: true } },
    expected: { type: 5, quota: 0 },
  },
  'an error event of messages in place of output is free': {
    upstream: sse(
      { type: 'message_start', message: { usage: { input_tokens: 25, output_tokens: 1 } } },
      { type: 'error', error: { type: 'overloaded_error', message: 'overloaded' } },
    ),
    request: { path: '/v1/messages', body: { ...openai, stream: true } },
    expected: { type: 5, quota: 0 },
  },
  'an empty answer is free': {
    upstream: upstreams.answer(200, '', { 'content-type': 'application/json' }),
    request: { body: openai },
    expected: { type: 5, quota: 0 },
  },
  'an answer that breaks off before its first byte is free': {
    upstream: upstreams.wrongLength(100, 0),
    request: { body: openai },
    expected: { type: 5, quota: 0 },
  },
  'an upstream that refuses the credentials of the gateway is free': {
    upstream: upstreams.json({ error: { message: 'who are you' } }, 401),
    request: { body: openai },
    expected: { type: 5, quota: 0 },
  },
  'an error of the upstream is free': {
    upstream: upstreams.json({ error: { message: 'bad' } }, 400),
    request: { body: openai },
    expected: { type: 5, quota: 0 },
  },
  'an upstream that is reset at once is free': {
    upstream: upstreams.resetAtOnce,
    request: { body: openai },
    expected: { type: 5, quota: 0 },
  },
  'counting tokens is free': {
    upstream: upstreams.json({ input_tokens: 5 }),
    request: { ...anthropic, path: '/v1/messages/count_tokens' },
    expected: { type: 2, quota: 0 },
  },
};

for (const [name, rule] of Object.entries(rules)) {
  test(name, async () => {
    upstream.on('', rule.upstream);
    const stream = chat(gateway.url, key.value, rule.request);
    const { headers } = await stream.head();
    await stream.end();
    const row = await recordOf(headers['x-request-id']);
    assert.deepEqual({ ...row, ...rule.expected }, row);
  });
}

test('removes a usage report that only the gateway asked for, and keeps one the client asked for', async () => {
  const asked: boolean[] = [];
  upstream.on(
    '',
    upstreams.choose((_, body) => {
      const { stream_options } = JSON.parse(body.toString('utf8')) as {
        stream_options?: { include_usage?: boolean };
      };
      asked.push(stream_options?.include_usage === true);
      return upstreams.chatStream(3);
    }),
  );
  const streamed = { ...openai, stream: true };
  const silent = chat(gateway.url, key.value, { body: streamed });
  const silentId = (await silent.head()).headers['x-request-id'];
  assert.equal(await silent.end(), 'whole');
  assert.doesNotMatch(silent.text(), /usage/);
  assert.match(silent.text(), /word2[\s\S]*\[DONE\]/);
  assert.equal((await recordOf(silentId)).quota, 7 + 9);
  const asking = chat(gateway.url, key.value, {
    body: { ...streamed, stream_options: { include_usage: true } },
  });
  await asking.end();
  assert.match(asking.text(), /"prompt_tokens":7/);
  assert.deepEqual(asked, [true, true]);
});

test('a client that disconnects pays for the output until then', async () => {
  upstream.on('', upstreams.hangAfterHeaders(upstreams.chatChunk('x'.repeat(120))));
  const stream = chat(gateway.url, key.value, { body: { ...openai, stream: true } });
  const { headers } = await stream.head();
  await stream.sees('xxx');
  stream.leave();
  const row = await recordOf(headers['x-request-id']);
  assert.deepEqual([row.type, row.completion_tokens, row.estimated], [2, 30, true]);
});

test('the usage of a deleted key is charged to its account before DELETE responds', async () => {
  upstream.on('', upstreams.hangAfterHeaders(upstreams.chatChunk('x'.repeat(120))));
  const doomed = await gateway.createKey();
  const used = async () => Number(dataOf(await gateway.call('GET', '/api/user/self')).used_quota);
  const before = await used();
  const stream = chat(gateway.url, doomed.value, { body: { ...openai, stream: true } });
  await stream.sees('xxx');
  await gateway.call('DELETE', `/api/token/${doomed.id}`);
  assert.ok((await used()) >= before + 90);
  await stream.end();
});

test('a request served by a second channel is charged once, by the group that served it', async () => {
  const broken = await startFakeUpstream();
  broken.on('', upstreams.json({ error: {} }, 500));
  const models = ['retried'];
  await gateway.createChannel(broken.origin, { models, priority: 9, groups: ['default'] });
  await gateway.createChannel(upstream.origin, { models, groups: ['vip'] });
  upstream.on('', upstreams.json({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 10 } }));
  dataOf(await gateway.call('PUT', '/api/price/group', { body: { group: 'vip', multiplier: '1.55' } }));
  const root = dataOf(await gateway.call('GET', '/api/user/self'));
  dataOf(await gateway.call('PUT', '/api/user/', { body: { id: root.id, group: 'vip' } }));
  const crossing = await gateway.createKey({ group: 'auto', cross_group_retry: true });
  const answer = chat(gateway.url, crossing.value, { body: { ...openai, model: 'retried' } });
  const { status, headers } = await answer.head();
  await answer.end();
  assert.equal(status, 200);
  const row = await recordOf(headers['x-request-id']);
  assert.equal(row.quota, 31);
  dataOf(await gateway.call('PUT', '/api/user/', { body: { id: root.id, group: 'default' } }));
  await broken.close();
});

test('refuses a model without a price in the format of each protocol', async () => {
  await gateway.createChannel(upstream.origin, { models: ['unpriced'] });
  dataOf(await gateway.call('DELETE', '/api/price?model=unpriced'));
  const before = upstream.requests.length;
  const openaiError = chat(gateway.url, key.value, { body: { ...openai, model: 'unpriced' } });
  assert.equal((await openaiError.head()).status, 400);
  await openaiError.end();
  assert.equal(JSON.parse(openaiError.text()).error.code, 'model_not_priced');
  const anthropicError = chat(gateway.url, key.value, {
    ...anthropic,
    body: { ...openai, model: 'unpriced' },
  });
  await anthropicError.end();
  assert.equal(JSON.parse(anthropicError.text()).error.type, 'invalid_request_error');
  const geminiError = chat(gateway.url, key.value, {
    ...gemini,
    path: '/v1beta/models/unpriced:generateContent',
  });
  await geminiError.end();
  assert.equal(JSON.parse(geminiError.text()).error.details[0].reason, 'MODEL_NOT_PRICED');
  assert.equal(upstream.requests.length, before);
});
