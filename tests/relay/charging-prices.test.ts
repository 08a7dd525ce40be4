/** Charges of what providers price apart: by the protocol that reports it, whole and in streams. */
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
  // In units for each token: input 1, written to the cache 2, for an hour or longer 4; output 3.
  // By priority: input 3, output 5; by flex: input 0.5, output 1.
  const tiers = { priority: { input: '6', output: '10' }, flex: { input: '1', output: '2' } };
  const price = { input: '2', cache_write: '4', long_cache_write: '8', output: '6', tiers };
  // A web search 100 units, a file search 50, a container 200.
  const calls = { per_web_search: '0.0002', per_file_search: '0.0001', per_code_session: '0.0004' };
  dataOf(
    await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'test-model', ...price, ...calls }] } }),
  );
  key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000_000 });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** What a request was charged, and what its record says of it. Its reservation must have ended. */
async function chargeOf(request: ChatOptions, behaviour: Behaviour): Promise<Record<string, unknown>> {
  upstream.on('', behaviour);
  const stream = chat(gateway.url, key.value, request);
  const { headers } = await stream.head();
  await stream.end();
  let row: { quota: number; other: string } | undefined;
  await until(async () => {
    const { items } = dataOf(await gateway.call('GET', `/api/log/?request_id=${headers['x-request-id']}`));
    row = (items as { quota: number; other: string }[])[0];
    return row !== undefined;
  });
  assert.ok(row);
  assert.equal(await reservationsIn(gateway.dataDir), 0);
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  return { quota: row.quota, ...(JSON.parse(row.other) as object) };
}

const messages = [{ role: 'user', content: 'hi' }];
const message: ChatOptions = {
  path: '/v1/messages',
  body: { model: 'test-model', max_tokens: 50, messages },
};
const response: ChatOptions = {
  path: '/v1/responses',
  body: { model: 'test-model', input: 'hi', max_output_tokens: 50 },
};
const streamed = ({ path, body }: ChatOptions): ChatOptions => ({
  ...(path !== undefined && { path }),
  body: { ...(body as object), stream: true },
});
const sse = (...events: readonly object[]) =>
  upstreams.pieces(events.map((event) => `data: ${JSON.stringify(event)}\n\n`));

interface Case {
  readonly upstream: Behaviour;
  readonly request: ChatOptions;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** 10 fresh, 5 written to the cache for five minutes, 40 for an hour. */
const writes = {
  input_tokens: 10,
  cache_creation_input_tokens: 45,
  cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 40 },
};
const written = { quota: 10 + 10 + 160 + 21, cache_write_tokens: 45, long_cache_write_tokens: 40 };
const messageStream = (start: object, end: object) =>
  sse(
    { type: 'message_start', message: { id: 'm', usage: { output_tokens: 1, ...start } } },
    { type: 'content_block_delta', delta: { type: 'text_delta', text: 'hi' } },
    { type: 'message_delta', delta: {}, usage: { output_tokens: 7, ...end } },
    { type: 'message_stop' },
  );

const chatUsage = { prompt_tokens: 20, completion_tokens: 10 };
const responseUsage = { input_tokens: 20, output_tokens: 10 };
const chatBody = { model: 'test-model', max_tokens: 50, messages };
const generated = (more: object) => ({
  candidates: [{ content: { parts: [{ text: 'hi' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 10, ...more },
});
const generate = (verb: string, more: object = {}): ChatOptions => ({
  path: `/v1beta/models/test-model:${verb}`,
  body: { contents: [{ parts: [{ text: 'hi' }] }], ...more },
});
const standard = { quota: 20 + 30, service_tier: '' };
const priority = { quota: 60 + 50, service_tier: 'priority' };
const flex = { quota: 10 + 10, service_tier: 'flex' };

const called = [
  { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'a' } },
  { type: 'web_search_call', status: 'completed', action: { type: 'open_page', url: 'b' } },
  { type: 'file_search_call', status: 'completed', queries: ['a'] },
  { type: 'code_interpreter_call', status: 'completed', container_id: 'c' },
];
const grounded = (modelVersion: string) => {
  const [candidate] = generated({}).candidates;
  const candidates = [{ ...candidate, groundingMetadata: { webSearchQueries: ['a', 'b'] } }];
  return { ...generated({}), candidates, modelVersion };
};

const cases: Readonly<Record<string, Case>> = {
  'a message: an hour in the cache has its own price': {
    upstream: upstreams.json({ content: [], usage: { ...writes, output_tokens: 7 } }),
    request: message,
    expected: written,
  },
  'a message stream: an hour in the cache is reported at its start alone': {
    upstream: messageStream(writes, {
      input_tokens: 10,
      cache_creation_input_tokens: 45,
      cache_read_input_tokens: 0,
    }),
    request: streamed(message),
    expected: written,
  },
  'chat: the tier of the response, not the one that was asked for': {
    upstream: upstreams.json({ choices: [], usage: chatUsage, service_tier: 'default' }),
    request: { body: { ...chatBody, service_tier: 'priority' } },
    expected: standard,
  },
  'a chat stream by priority': {
    upstream: upstreams.pieces([
      upstreams.chatChunk('hello'),
      `data: ${JSON.stringify({ choices: [], usage: chatUsage, service_tier: 'priority' })}\n\n`,
      'data: [DONE]\n\n',
    ]),
    request: { body: { ...chatBody, stream: true } },
    expected: priority,
  },
  'a response by flex: it names the tier before the usage': {
    upstream: upstreams.json({ output: [], service_tier: 'flex', usage: responseUsage }),
    request: response,
    expected: flex,
  },
  'a response stream by flex': {
    upstream: sse({
      type: 'response.completed',
      response: { id: 'r', output: [], service_tier: 'flex', usage: responseUsage },
    }),
    request: streamed(response),
    expected: flex,
  },
  'a message by priority': {
    upstream: upstreams.json({ content: [], usage: { ...responseUsage, service_tier: 'priority' } }),
    request: message,
    expected: priority,
  },
  'a message stream by priority: reported at its start': {
    upstream: messageStream(
      { input_tokens: 20, service_tier: 'priority' },
      { input_tokens: 20, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 10 },
    ),
    request: streamed(message),
    expected: priority,
  },
  'a message by a tier without a price is at the standard one': {
    upstream: upstreams.json({ content: [], usage: { ...responseUsage, service_tier: 'batch' } }),
    request: message,
    expected: { ...standard, service_tier: 'batch' },
  },
  'Gemini by priority, as Vertex AI reports it': {
    upstream: upstreams.json(generated({ trafficType: 'ON_DEMAND_PRIORITY' })),
    request: generate('generateContent'),
    expected: priority,
  },
  'a Gemini stream by flex': {
    upstream: sse(generated({ serviceTier: 'flex' })),
    request: generate('streamGenerateContent?alt=sse', { serviceTier: 'flex' }),
    expected: flex,
  },
  'a message with web searches': {
    upstream: upstreams.json({
      content: [],
      usage: { ...responseUsage, server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 } },
    }),
    request: message,
    expected: { quota: 20 + 30 + 300, web_searches: 3 },
  },
  'a message stream with web searches': {
    upstream: messageStream(
      { input_tokens: 20, server_tool_use: { web_search_requests: 0 } },
      { output_tokens: 10, server_tool_use: { web_search_requests: 2 } },
    ),
    request: streamed(message),
    expected: { quota: 20 + 30 + 200, web_searches: 2 },
  },
  'a message stream that breaks off after a search': {
    upstream: upstreams.resetAfter(
      [
        { type: 'message_start', message: { id: 'm', usage: { input_tokens: 20, output_tokens: 1 } } },
        { type: 'content_block_start', content_block: { type: 'web_search_tool_result', content: [] } },
        { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(40) } },
      ].map((event) => `data: ${JSON.stringify(event)}\n\n`),
    ),
    request: streamed(message),
    expected: { quota: 20 + 30 + 100, web_searches: 1, estimated: true },
  },
  'a response with calls of each kind': {
    upstream: upstreams.json({ output: called, usage: responseUsage }),
    request: response,
    expected: { quota: 20 + 30 + 100 + 50 + 200, web_searches: 1, file_searches: 1, code_sessions: 1 },
  },
  'a response stream: what is charged of the searches': {
    upstream: sse({
      type: 'response.completed',
      response: {
        id: 'r',
        output: called,
        tool_usage: { web_search: { num_requests: 4 } },
        usage: responseUsage,
      },
    }),
    request: streamed(response),
    expected: { quota: 20 + 30 + 400 + 50 + 200, web_searches: 4 },
  },
  'a chat stream that cites pages has searched once': {
    upstream: upstreams.pieces([
      upstreams.chatChunk('hello'),
      `data: ${JSON.stringify({ choices: [{ delta: { annotations: [{ type: 'url_citation' }] } }] })}\n\n`,
      `data: ${JSON.stringify({ choices: [], usage: chatUsage })}\n\ndata: [DONE]\n\n`,
    ]),
    request: { body: { ...chatBody, stream: true } },
    expected: { quota: 20 + 30 + 100, web_searches: 1 },
  },
  'Gemini with two queries': {
    upstream: upstreams.json(grounded('gemini-3.8-flash')),
    request: generate('generateContent', { tools: [{ googleSearch: {} }] }),
    expected: { quota: 20 + 30 + 200, web_searches: 2 },
  },
  'a stream of an older Gemini: two queries are one search': {
    upstream: sse(grounded('gemini-2.5-pro')),
    request: generate('streamGenerateContent?alt=sse', { tools: [{ googleSearch: {} }] }),
    expected: { quota: 20 + 30 + 100, web_searches: 1 },
  },
  'a response: twelve hours in the cache': {
    upstream: upstreams.json({
      output: [],
      usage: {
        input_tokens: 55,
        input_tokens_details: {
          cache_write_tokens: 45,
          cache_write_tokens_details: { ttl_30m_tokens: 5, ttl_12h_tokens: 40 },
        },
        output_tokens: 7,
      },
    }),
    request: response,
    expected: written,
  },
};

for (const [name, { upstream: behaviour, request, expected }] of Object.entries(cases)) {
  test(name, async () => {
    const charge = await chargeOf(request, behaviour);
    assert.deepEqual({ ...charge, ...expected }, charge);
  });
}

test('what may stay in the cache for an hour is reserved at its price', async () => {
  upstream.on('', upstreams.json({ content: [], usage: { input_tokens: 1, output_tokens: 1 } }));
  const text = 'x'.repeat(1000);
  const statusOf = async (ttl: string | undefined) => {
    const content = [{ type: 'text', text, cache_control: { type: 'ephemeral', ttl } }];
    const body = { model: 'test-model', max_tokens: 1, messages: [{ role: 'user', content }] };
    // A token for each byte: 2 units of it for five minutes, 4 for an hour.
    const limited = await gateway.createKey({ unlimited_quota: false, remain_quota: 3600 });
    const stream = chat(gateway.url, limited.value, { path: '/v1/messages', body });
    const { status } = await stream.head();
    await stream.end();
    return status;
  };
  assert.equal(await statusOf(undefined), 200);
  assert.equal(await statusOf('1h'), 403);
});

test('the dearest tier is reserved that the request may get', async () => {
  upstream.on('', upstreams.json({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }));
  const statusOf = async (more: object) => {
    const body = { ...chatBody, max_tokens: 1000, ...more };
    // The output costs 3000 units at the standard tier, 5000 by priority.
    const limited = await gateway.createKey({ unlimited_quota: false, remain_quota: 4500 });
    const stream = chat(gateway.url, limited.value, { body });
    const { status } = await stream.head();
    await stream.end();
    return status;
  };
  assert.equal(await statusOf({ service_tier: 'default' }), 200);
  assert.equal(await statusOf({ service_tier: 'flex' }), 200);
  assert.equal(await statusOf({ service_tier: 'priority' }), 403);
  assert.equal(await statusOf({ service_tier: 'auto' }), 403);
  assert.equal(await statusOf({}), 403);
});

test('the searches that a request allows are reserved', async () => {
  upstream.on('', upstreams.json({ content: [], usage: { input_tokens: 1, output_tokens: 1 } }));
  const statusOf = async (tool: object) => {
    const body = {
      model: 'test-model',
      max_tokens: 1,
      service_tier: 'standard_only',
      messages,
      tools: [tool],
    };
    // The tokens need less than 1000 units; ten searches need 1000, three need 300.
    const limited = await gateway.createKey({ unlimited_quota: false, remain_quota: 1300 });
    const stream = chat(gateway.url, limited.value, { path: '/v1/messages', body });
    const { status } = await stream.head();
    await stream.end();
    return status;
  };
  assert.equal(await statusOf({ type: 'web_search_20260318', name: 'web_search', max_uses: 3 }), 200);
  assert.equal(await statusOf({ type: 'web_search_20260318', name: 'web_search' }), 403);
});
