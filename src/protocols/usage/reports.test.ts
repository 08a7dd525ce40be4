/** Reports as upstreams write them, where their conventions differ from the protocol's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { piecesOf } from '../../../tests/support/pieces.ts';
import { noToolCalls, noUsage, type Usage } from '../../domain/usage.ts';
import type { ResponseForm } from '../protocol.ts';
import { anthropicUsageReader } from './anthropic-usage.ts';
import { geminiUsageReader } from './gemini-usage.ts';
import { imagesUsageReader } from './images-usage.ts';
import { chatUsageReader, responsesUsageReader } from './openai-usage.ts';
import type { UsageReaderFactory } from './usage-reader.ts';

function read(reader: UsageReaderFactory, form: ResponseForm, text: string, complete = true) {
  const usageReader = reader(form);
  for (const piece of piecesOf(form, [Buffer.from(text)])) usageReader.push(piece);
  return { ...usageReader.finish(complete), output: usageReader.output() };
}

const data = (...events: readonly object[]) =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
const chunk = (content: string, more: object = {}) => ({ choices: [{ delta: { content }, ...more }] });
const chatJson = (usage: object, more: object = {}) =>
  JSON.stringify({ id: 'c', choices: [{ message: { content: 'hi' } }], usage, ...more });
const used = (usage: Partial<Usage>): Usage => ({ ...noUsage, ...usage });

test('reasoning beside the output is added where the total says so, and only there', () => {
  const usage = (total_tokens: number) => ({
    prompt_tokens: 10_120,
    completion_tokens: 1499,
    total_tokens,
    completion_tokens_details: { reasoning_tokens: 2809 },
  });
  assert.deepEqual(
    read(chatUsageReader, 'json', chatJson(usage(14_428))).usage,
    used({ inputTokens: 10_120, outputTokens: 4308, reasoningTokens: 2809 }),
  );
  const within = { ...usage(14_428), completion_tokens: 4308 };
  assert.equal(read(chatUsageReader, 'json', chatJson(within)).usage?.outputTokens, 4308);
  assert.equal(read(chatUsageReader, 'json', chatJson(usage(11_619))).usage?.outputTokens, 1499);
});

test('cache writes in the details of the input are cache writes', () => {
  const expected = used({ inputTokens: 100, cachedTokens: 20, cacheWriteTokens: 50, outputTokens: 5 });
  const chat = {
    prompt_tokens: 100,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 50 },
  };
  assert.deepEqual(read(chatUsageReader, 'json', chatJson(chat)).usage, expected);
  const usage = {
    input_tokens: 100,
    output_tokens: 5,
    input_tokens_details: { cached_tokens: 20, cache_write_tokens: 50 },
  };
  const done = { type: 'response.completed', response: { id: 'r', usage } };
  assert.deepEqual(read(responsesUsageReader, 'sse', data(done)).usage, expected);
});

test('a report inside the choice, and cached tokens under other names, are read', () => {
  const usage = { prompt_tokens: 9, completion_tokens: 3, cached_tokens: 4 };
  const expected = used({ inputTokens: 9, cachedTokens: 4, outputTokens: 3 });
  assert.deepEqual(read(chatUsageReader, 'sse', data(chunk('a'), chunk('', { usage }))).usage, expected);
  const inChoice = JSON.stringify({ choices: [{ message: { content: 'hi' }, usage }] });
  assert.deepEqual(read(chatUsageReader, 'json', inChoice).usage, expected);
  const deepSeek = {
    prompt_tokens: 9,
    completion_tokens: 3,
    prompt_cache_hit_tokens: 4,
    prompt_cache_miss_tokens: 5,
  };
  assert.deepEqual(read(chatUsageReader, 'json', chatJson(deepSeek)).usage, expected);
});

test('what stays in the cache for an hour or longer is a part of what was written to it', () => {
  const lifetimes = { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 40 };
  const counts = { input_tokens: 5, cache_read_input_tokens: 10 };
  const written = { ...counts, cache_creation_input_tokens: 60, cache_creation: lifetimes };
  const input = { inputTokens: 75, cachedTokens: 10, cacheWriteTokens: 60, longCacheWriteTokens: 40 };
  const expected = used({ ...input, outputTokens: 7 });
  const message = (usage: object) => JSON.stringify({ content: [], usage: { ...usage, output_tokens: 7 } });
  assert.deepEqual(read(anthropicUsageReader, 'json', message(written)).usage, expected);
  const lifetimesAlone = { ...counts, cache_creation: lifetimes };
  assert.deepEqual(read(anthropicUsageReader, 'json', message(lifetimesAlone)).usage, expected);
  // The lifetimes come at the beginning alone, whatever the end repeats.
  const start = { type: 'message_start', message: { usage: { ...written, output_tokens: 1 } } };
  for (const last of [{}, { ...counts, cache_creation_input_tokens: 60 }]) {
    const end = { type: 'message_delta', delta: {}, usage: { ...last, output_tokens: 7 } };
    assert.deepEqual(read(anthropicUsageReader, 'sse', data(start, end)).usage, expected);
  }
  const most = { ...written, cache_creation: { ephemeral_1h_input_tokens: 99 } };
  assert.equal(read(anthropicUsageReader, 'json', message(most)).usage?.longCacheWriteTokens, 60);
  const details = { cached_tokens: 10, cache_write_tokens: 60 };
  const openai = { ...details, cache_write_tokens_details: { ttl_30m_tokens: 20, ttl_12h_tokens: 40 } };
  const response = {
    output: [],
    usage: { input_tokens: 75, input_tokens_details: openai, output_tokens: 7 },
  };
  assert.deepEqual(read(responsesUsageReader, 'json', JSON.stringify(response)).usage, expected);
});

test('the tokens of a compaction are charged beside the totals, which leave them out', () => {
  const step = { type: 'message', input_tokens: 9, output_tokens: 3 };
  const compaction = {
    type: 'compaction',
    input_tokens: 1000,
    cache_read_input_tokens: 400,
    cache_creation_input_tokens: 60,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 60 },
    output_tokens: 50,
  };
  const iterations = [step, compaction, step, compaction];
  const input = {
    inputTokens: 18 + 2920,
    cachedTokens: 800,
    cacheWriteTokens: 120,
    longCacheWriteTokens: 120,
  };
  const expected = used({ ...input, outputTokens: 106 });
  const usage = { input_tokens: 18, output_tokens: 6, iterations };
  assert.deepEqual(
    read(anthropicUsageReader, 'json', JSON.stringify({ content: [], usage })).usage,
    expected,
  );
  const start = { type: 'message_start', message: { usage: { input_tokens: 18, output_tokens: 1 } } };
  for (const more of [{}, { input_tokens: 18 }]) {
    const end = { type: 'message_delta', delta: {}, usage: { output_tokens: 6, iterations, ...more } };
    assert.deepEqual(read(anthropicUsageReader, 'sse', data(start, end)).usage, expected);
  }
  const none = JSON.stringify({ content: [], usage: { ...usage, iterations: [step] } });
  assert.deepEqual(
    read(anthropicUsageReader, 'json', none).usage,
    used({ inputTokens: 18, outputTokens: 6 }),
  );
});

test('the service tier is the one of the response, wherever the protocol reports it', () => {
  const counts = { prompt_tokens: 9, completion_tokens: 3 };
  const tierOf = (reader: UsageReaderFactory, form: ResponseForm, text: string) =>
    read(reader, form, text).tier;
  const chat = (more: object) => tierOf(chatUsageReader, 'json', chatJson(counts, more));
  assert.equal(chat({ service_tier: 'priority' }), 'priority');
  assert.equal(chat({ service_tier: 'fast' }), 'priority');
  assert.equal(chat({ service_tier: 'default' }), '');
  assert.equal(chat({}), '');
  const streamed = data(chunk('hi'), { choices: [], usage: counts, service_tier: 'flex' });
  assert.equal(tierOf(chatUsageReader, 'sse', streamed), 'flex');
  const usage = { input_tokens: 9, output_tokens: 3 };
  const response = { output: [], service_tier: 'flex', usage, user: null };
  assert.equal(tierOf(responsesUsageReader, 'json', JSON.stringify(response)), 'flex');
  const done = data({ type: 'response.completed', response });
  assert.equal(tierOf(responsesUsageReader, 'sse', done), 'flex');
  const message = (more: object) =>
    tierOf(anthropicUsageReader, 'json', JSON.stringify({ content: [], usage: { ...usage, ...more } }));
  assert.equal(message({ service_tier: 'priority', speed: 'standard' }), 'priority');
  assert.equal(message({ service_tier: 'standard', speed: 'fast' }), 'fast');
  const start = { type: 'message_start', message: { usage: { ...usage, service_tier: 'priority' } } };
  const end = { type: 'message_delta', delta: {}, usage: { ...usage, cache_read_input_tokens: 0 } };
  assert.equal(tierOf(anthropicUsageReader, 'sse', data(start, end)), 'priority');
  const generated = (more: object) => {
    const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 3, ...more };
    return tierOf(geminiUsageReader, 'json', JSON.stringify({ candidates: [], usageMetadata }));
  };
  assert.equal(generated({ trafficType: 'ON_DEMAND_PRIORITY' }), 'priority');
  assert.equal(generated({ serviceTier: 'flex' }), 'flex');
  assert.equal(generated({ trafficType: 'ON_DEMAND' }), '');
});

test('a client cannot name the tier in what the response repeats', () => {
  const usage = { input_tokens: 9, output_tokens: 3 };
  const tools = [{ type: 'function', parameters: { properties: { service_tier: 'flex' } } }];
  const named = { metadata: { service_tier: 'flex' }, tools, instructions: '"service_tier":"flex"' };
  for (const response of [
    { output: [], ...named, service_tier: 'priority', usage },
    { output: [], service_tier: 'priority', usage, ...named },
    { output: [], service_tier: 'priority', ...named, usage },
  ]) {
    assert.equal(read(responsesUsageReader, 'json', JSON.stringify(response)).tier, 'priority');
    const done = data({ type: 'response.completed', response });
    assert.equal(read(responsesUsageReader, 'sse', done).tier, 'priority');
  }
  const untold = JSON.stringify({ output: [], ...named, usage });
  assert.equal(read(responsesUsageReader, 'json', untold).tier, '');
});

const message = (usage: object, more: object = {}) => ({
  content: [],
  usage: { ...tokens, ...usage },
  ...more,
});
const tokens = { input_tokens: 9, output_tokens: 3 };
const metadata = (more: object = {}) => ({
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 3 },
  ...more,
});
const grounded = (...webSearchQueries: readonly string[]) => ({
  candidates: [{ content: { parts: [{ text: 'hi' }] }, groundingMetadata: { webSearchQueries } }],
});

test('the calls of hosted tools are counted where each protocol shows them, whole', () => {
  const callsOf = (reader: UsageReaderFactory, body: object) =>
    read(reader, 'json', JSON.stringify(body)).toolCalls;
  const web = (webSearches: number) => ({ ...noToolCalls, webSearches });
  const searched = { server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 } };
  assert.deepEqual(callsOf(anthropicUsageReader, message(searched)), web(3));
  assert.deepEqual(callsOf(anthropicUsageReader, message({ server_tool_use: null })), noToolCalls);
  const output = [
    { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'a' } },
    { type: 'web_search_call', status: 'completed', action: { type: 'open_page' } },
    { type: 'web_search_call', status: 'failed', action: { type: 'search', query: 'b' } },
    { type: 'web_search_call', status: 'completed' },
    { type: 'file_search_call', status: 'completed' },
    { type: 'code_interpreter_call', status: 'completed', container_id: 'c' },
    { type: 'code_interpreter_call', status: 'completed', container_id: 'c' },
    { type: 'message', content: [{ type: 'output_text', text: '"web_search_call"' }] },
  ];
  const calls = { webSearches: 2, fileSearches: 1, codeSessions: 1 };
  assert.deepEqual(callsOf(responsesUsageReader, { output, usage: tokens }), calls);
  const tool_usage = { web_search: { num_requests: 1 } };
  const charged = { output, tool_usage, usage: tokens };
  assert.deepEqual(callsOf(responsesUsageReader, charged), { ...calls, webSearches: 1 });
  assert.deepEqual(callsOf(responsesUsageReader, { output }), calls);
  const annotations = [{ type: 'url_citation', url_citation: {} }, { type: 'url_citation' }];
  const cited = {
    choices: [{ message: { content: 'hi', annotations } }],
    usage: { prompt_tokens: 9, completion_tokens: 3 },
  };
  assert.deepEqual(callsOf(chatUsageReader, cited), web(1));
  const queries = grounded('a', '', 'b', 'a');
  assert.deepEqual(
    callsOf(geminiUsageReader, metadata({ ...queries, modelVersion: 'gemini-3.8-flash' })),
    web(2),
  );
  assert.deepEqual(
    callsOf(geminiUsageReader, metadata({ ...queries, modelVersion: 'gemini-2.5-pro' })),
    web(1),
  );
  assert.deepEqual(callsOf(geminiUsageReader, metadata(grounded(''))), noToolCalls);
});

test('the tokens of the tool that makes images are beside those of the model', () => {
  const image_gen = {
    input_tokens: 50,
    input_tokens_details: { image_tokens: 40, text_tokens: 10 },
    output_tokens: 1056,
    total_tokens: 1106,
  };
  const none = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
  const output = [{ type: 'image_generation_call', status: 'completed' }];
  const response = { output, tool_usage: { image_gen, web_search: { num_requests: 0 } }, usage: tokens };
  const input = { inputTokens: 59, imageInputTokens: 40 };
  const expected = used({ ...input, outputTokens: 1059, imageOutputTokens: 1056 });
  assert.deepEqual(read(responsesUsageReader, 'json', JSON.stringify(response)).usage, expected);
  const done = (of: object) => data({ type: 'response.completed', response: of });
  assert.deepEqual(read(responsesUsageReader, 'sse', done(response)).usage, expected);
  const unused = { ...response, tool_usage: { image_gen: none } };
  const plain = used({ inputTokens: 9, outputTokens: 3 });
  assert.deepEqual(read(responsesUsageReader, 'sse', done(unused)).usage, plain);
});

test('the calls of hosted tools are counted in streams, also in those that break off', () => {
  const callsOf = (reader: UsageReaderFactory, ...events: readonly object[]) =>
    read(reader, 'sse', data(...events), false).toolCalls;
  const web = (webSearches: number) => ({ ...noToolCalls, webSearches });
  const result = (content: unknown) => ({
    type: 'content_block_start',
    content_block: { type: 'web_search_tool_result', content },
  });
  const failed = result({ type: 'web_search_tool_result_error', error_code: 'unavailable' });
  const results = [result([]), failed, result([{ type: 'web_search_result' }])];
  assert.deepEqual(callsOf(anthropicUsageReader, ...results), web(2));
  const usage = { output_tokens: 7, server_tool_use: { web_search_requests: 3 } };
  assert.deepEqual(
    callsOf(anthropicUsageReader, ...results, { type: 'message_delta', delta: {}, usage }),
    web(3),
  );
  const done = (type: string) => ({ type: 'response.output_item.done', item: { type, status: 'completed' } });
  const items = [done('web_search_call'), done('file_search_call'), done('web_search_call')];
  const calls = { webSearches: 2, fileSearches: 1, codeSessions: 0 };
  assert.deepEqual(callsOf(responsesUsageReader, ...items), calls);
  const output = items.map(({ item }) => item);
  const completed = { type: 'response.completed', response: { output, usage: tokens } };
  assert.deepEqual(callsOf(responsesUsageReader, ...items, completed), calls);
  const annotations = [{ type: 'url_citation' }];
  const cited = chunk('hi', { delta: { annotations } });
  assert.deepEqual(callsOf(chatUsageReader, chunk('hi'), cited, cited), web(1));
  const early = { ...grounded('a', 'b'), modelVersion: 'gemini-3.8-flash' };
  assert.deepEqual(callsOf(geminiUsageReader, early, metadata()), web(2));
  assert.deepEqual(
    read(geminiUsageReader, 'json-array', JSON.stringify([early, metadata()])).toolCalls,
    web(2),
  );
});

test('embeddings with the total alone have it as their input', () => {
  const text = JSON.stringify({ data: [{ embedding: [0.1] }], usage: { total_tokens: 5 } });
  assert.deepEqual(read(chatUsageReader, 'json', text).usage, used({ inputTokens: 5 }));
});

test('an output of 0 beside a text is no report, and a zero that comes late takes nothing back', () => {
  const zero = { prompt_tokens: 9, completion_tokens: 0 };
  for (const [form, text] of [
    ['json', chatJson(zero)],
    ['sse', data(chunk('hi'), { choices: [], usage: zero })],
  ] as const) {
    const { usage, outputMissing, output } = read(chatUsageReader, form, text);
    assert.deepEqual([usage, outputMissing, output.text], [used({ inputTokens: 9 }), true, 'hi'], form);
  }
  const late = data(
    { ...chunk('hi'), usage: { prompt_tokens: 9, completion_tokens: 3 } },
    { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } },
  );
  const { usage, outputMissing } = read(chatUsageReader, 'sse', late);
  assert.deepEqual([usage, outputMissing], [used({ inputTokens: 9, outputTokens: 3 }), false]);
  const silent = JSON.stringify({ choices: [{ message: { content: '' } }], usage: zero });
  assert.equal(read(chatUsageReader, 'json', silent).outputMissing, false);
});

test('the output of an image endpoint is images where no kinds are reported', () => {
  const body = (usage: object) => JSON.stringify({ data: [{ b64_json: 'QUJD' }], usage });
  const plain = read(imagesUsageReader, 'json', body({ input_tokens: 10, output_tokens: 1000 })).usage;
  assert.deepEqual(plain, used({ inputTokens: 10, outputTokens: 1000, imageOutputTokens: 1000, images: 1 }));
  const kinds = {
    input_tokens: 10,
    output_tokens: 1000,
    output_tokens_details: { image_tokens: 900, text_tokens: 100 },
  };
  assert.equal(read(imagesUsageReader, 'json', body(kinds)).usage?.imageOutputTokens, 900);
});

test('a report over several data lines, and lines that end with CR alone, are read', () => {
  const text = 'data: {"choices":[],\rdata: "usage":{"prompt_tokens":5,\rdata: "completion_tokens":2}}\r\r';
  assert.deepEqual(read(chatUsageReader, 'sse', text).usage, used({ inputTokens: 5, outputTokens: 2 }));
});

const megabytes = 'iVBORw0KGgo'.repeat(200_000);
const inlineImage = (end: number) =>
  JSON.stringify([
    { candidates: [{ content: { parts: [{ text: 'Here it is.' }] } }] },
    { candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data: megabytes } }] } }] },
  ]).slice(0, end);

test('an image that breaks off is an image and no text', () => {
  for (const [name, text, form] of [
    ['array', inlineImage(2_000_000), 'json-array'],
    ['event', `data: ${inlineImage(2_000_000).slice(1)}`, 'sse'],
    ['short event', `data: ${inlineImage(9000).slice(1)}`, 'sse'],
  ] as const) {
    const { usage, output } = read(geminiUsageReader, form, text, false);
    assert.equal(usage, undefined, name);
    assert.deepEqual(output, { text: 'Here it is.', images: 1 }, name);
  }
});

test('a data URI within a text is an image, also when it breaks off', () => {
  const text = `Look: ![image](data:image/png;base64,${megabytes}) and more`;
  const whole = JSON.stringify({ choices: [{ message: { content: text } }] });
  assert.deepEqual(read(chatUsageReader, 'json', whole).output, {
    text: 'Look: ![image]() and more',
    images: 1,
  });
  const broken = read(chatUsageReader, 'json', whole.slice(0, 1_000_000), false);
  assert.deepEqual(broken.output, { text: 'Look: ![image](', images: 1 });
});

test('a whole response of several megabytes is read for its text, its images and its report', () => {
  const parts = [{ inlineData: { data: megabytes } }, { text: 'words '.repeat(300_000) }];
  const candidates = [{ content: { parts } }];
  const unreported = read(geminiUsageReader, 'json', JSON.stringify({ candidates }));
  assert.equal(unreported.output.text.length, 1_800_000);
  assert.equal(unreported.output.images, 1);
  const usageMetadata = { promptTokenCount: 4, candidatesTokenCount: 1295 };
  const reported = read(geminiUsageReader, 'json', JSON.stringify({ candidates, usageMetadata }));
  assert.deepEqual(reported.usage, used({ inputTokens: 4, outputTokens: 1295 }));
});
