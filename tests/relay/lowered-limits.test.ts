/** Output limits that key and account cannot afford, lowered on their way to an upstream. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { differencesIn, reservationsIn } from '../support/database.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

let upstream: FakeUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  for (const protocol of ['openai', 'anthropic', 'gemini']) {
    const models = [`${protocol}-model`];
    await gateway.createChannel(upstream.origin, { name: protocol, protocols: [protocol], models });
  }
});

after(async () => {
  await until(async () => (await reservationsIn(gateway.dataDir)) === 0);
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  await gateway.stop();
  await upstream.close();
});

const limitedTo = (remain_quota: number) => ({ unlimited_quota: false, remain_quota });
const messages = [{ role: 'user', content: 'hi' }];
const parts = [{ parts: [{ text: 'hi' }] }];

/** @returns the head of the response, and what the upstream was sent of it last */
async function send(path: string, rawBody: string, quota: number) {
  const key = await gateway.createKey(limitedTo(quota));
  const seen = upstream.requests.length;
  const stream = chat(gateway.url, key.value, { path, rawBody });
  const { status, headers } = await stream.head();
  await stream.end();
  const [sent] = upstream.requests.slice(seen);
  return { status, headers, text: stream.text(), sent: sent?.body().toString(), key };
}

/** One unit a token: what is left beside the bytes of the body is for the output. */
const quotaFor = (text: string, tokens: number) => Buffer.byteLength(text) + tokens;

const ownProtocol: readonly (readonly [path: string, text: string, field: string, limit: RegExp])[] = [
  [
    '/v1/chat/completions',
    JSON.stringify({ model: 'openai-model', max_completion_tokens: 32_000, messages }),
    'max_completion_tokens',
    /(?<="max_completion_tokens":)32000/,
  ],
  [
    '/v1/completions',
    JSON.stringify({ model: 'openai-model', prompt: 'hi', max_tokens: 32_000 }),
    'max_tokens',
    /(?<="max_tokens":)32000/,
  ],
  [
    '/v1/responses',
    JSON.stringify({ model: 'openai-model', input: 'hi', max_output_tokens: 32_000 }),
    'max_output_tokens',
    /(?<="max_output_tokens":)32000/,
  ],
  [
    '/v1/messages',
    JSON.stringify({ model: 'anthropic-model', max_tokens: 32_000, messages }),
    'max_tokens',
    /(?<="max_tokens":)32000/,
  ],
  [
    '/v1beta/models/gemini-model:generateContent',
    JSON.stringify({ contents: parts, generationConfig: { maxOutputTokens: 32_000 } }),
    'generationConfig.maxOutputTokens',
    /(?<="maxOutputTokens":)32000/,
  ],
];

for (const [path, text, field, limit] of ownProtocol) {
  test(`what is left decides the limit of ${path}, and no other byte changes`, async () => {
    const { status, headers, sent } = await send(path, text, quotaFor(text, 1500));
    assert.equal(status, 200);
    assert.equal(headers['x-halley-dropped'], `${field} (lowered to 1500)`);
    assert.equal(sent, text.replace(limit, '1500'));
    const id = headers['x-request-id'];
    await until(() => gateway.logLines().some((line) => line.request_id === id || line.id === id));
    const line = gateway.logLines().findLast((each) => each.request_id === id || each.id === id);
    assert.equal(line?.dropped, `${field} (lowered to 1500)`);
    const whole = await send(path, text, quotaFor(text, 32_000));
    assert.deepEqual([whole.sent, whole.headers['x-halley-dropped']], [text, undefined]);
    const refused = await send(path, text, quotaFor(text, 1023));
    assert.deepEqual([refused.status, refused.sent], [403, undefined]);
  });
}

test('a request without a limit gets one that fits, where its protocol has one name for it', async () => {
  const text = JSON.stringify({ model: 'openai-model', input: 'hi' });
  const response = await send('/v1/responses', text, quotaFor(text, 1100));
  assert.deepEqual(JSON.parse(response.sent ?? ''), { ...JSON.parse(text), max_output_tokens: 1100 });
  const unset = JSON.stringify({ model: 'openai-model', messages });
  assert.equal((await send('/v1/chat/completions', unset, quotaFor(unset, 1100))).status, 403);
});

test('a body that is parsed elsewhere gets the limit in its place', async () => {
  const text = JSON.stringify({
    model: 'anthropic-model',
    messages: [{ role: 'user', content: 'a'.repeat(1_200_000) }],
    max_tokens: 32_000,
  });
  const { headers, sent } = await send('/v1/messages', text, quotaFor(text, 2000));
  assert.equal(headers['x-halley-dropped'], 'max_tokens (lowered to 2000)');
  assert.ok(sent === text.replace('"max_tokens":32000', '"max_tokens":2000'));
});

test('a thinking budget stays below the limit, or the request is refused', async () => {
  const thinking = { type: 'enabled', budget_tokens: 2000 };
  const text = JSON.stringify({ model: 'anthropic-model', max_tokens: 32_000, thinking, messages });
  const { sent } = await send('/v1/messages', text, quotaFor(text, 3024));
  assert.equal(JSON.parse(sent ?? '').max_tokens, 3024);
  assert.equal((await send('/v1/messages', text, quotaFor(text, 3023))).status, 403);
});

test('several choices share what is left', async () => {
  const text = JSON.stringify({ model: 'openai-model', max_tokens: 32_000, n: 3, messages });
  const { sent } = await send('/v1/chat/completions', text, quotaFor(text, 5000));
  assert.equal(JSON.parse(sent ?? '').max_tokens, 1666);
});

test('a translated request has the limit in the words of its upstream, and its name in those of the client', async () => {
  const chats = JSON.stringify({ model: 'anthropic-model', max_completion_tokens: 32_000, messages });
  const first = await send('/v1/chat/completions', chats, quotaFor(chats, 1500));
  assert.equal(JSON.parse(first.sent ?? '').max_tokens, 1500);
  const asMessages = JSON.stringify({ model: 'gemini-model', max_tokens: 32_000, messages });
  const second = await send('/v1/messages', asMessages, quotaFor(asMessages, 1500));
  assert.equal(JSON.parse(second.sent ?? '').generationConfig.maxOutputTokens, 1500);
  const asGemini = JSON.stringify({ contents: parts });
  const path = '/v1beta/models/openai-model:generateContent';
  const third = await send(path, asGemini, quotaFor(asGemini, 1500));
  assert.equal(JSON.parse(third.sent ?? '').max_completion_tokens, 1500);
  assert.equal(third.headers['x-halley-dropped'], 'generationConfig.maxOutputTokens (lowered to 1500)');
});

test('of two requests at once for the rest one runs with all of it, and the other is refused', async () => {
  upstream.on('/v1/chat', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const text = JSON.stringify({ model: 'openai-model', stream: true, max_tokens: 32_000, messages });
  const key = await gateway.createKey(limitedTo(quotaFor(text, 1500)));
  const both = [1, 2].map(() => chat(gateway.url, key.value, { rawBody: text }));
  const statuses = await Promise.all(both.map(async (stream) => (await stream.head()).status));
  assert.deepEqual(statuses.toSorted(), [200, 403]);
  for (const stream of both) stream.leave();
  upstream.on('/v1/chat', upstreams.chatAnswer());
});

test('another channel after a failure gets the lowered limit as well', async () => {
  const other = await startFakeUpstream();
  try {
    other.on('/v1', upstreams.json({}, 500));
    await gateway.createChannel(other.origin, { name: 'broken', models: ['twice'], priority: 9 });
    await gateway.createChannel(upstream.origin, { name: 'sound', models: ['twice'] });
    const text = JSON.stringify({ model: 'twice', max_tokens: 32_000, messages });
    const { status, sent, headers } = await send('/v1/chat/completions', text, quotaFor(text, 1500));
    assert.equal(other.requests.length, 1);
    assert.equal(status, 200);
    assert.equal(JSON.parse(sent ?? '').max_tokens, 1500);
    assert.equal(headers['x-halley-dropped'], 'max_tokens (lowered to 1500)');
  } finally {
    await other.close();
  }
});

test('what is charged for a response that fills its lowered limit empties the key and no more', async () => {
  const text = JSON.stringify({ model: 'openai-model', max_tokens: 32_000, messages });
  const usage = { prompt_tokens: Buffer.byteLength(text), completion_tokens: 1500 };
  const message = { role: 'assistant', content: 'hello' };
  const choices = [{ index: 0, message, finish_reason: 'length' }];
  upstream.on('/v1/chat', upstreams.json({ id: 'c', object: 'chat.completion', choices, usage }));
  const { key } = await send('/v1/chat/completions', text, quotaFor(text, 1500));
  const left = async () => dataOf(await gateway.call('GET', `/api/token/${key.id}`)).remain_quota;
  await until(async () => (await left()) === 0);
  upstream.on('/v1/chat', upstreams.chatAnswer());
});

test('with `ledger.lowered_output_tokens_min = 0` no limit is lowered', async () => {
  const strict = await startGateway({ env: { HALLEY_LEDGER_LOWERED_OUTPUT_TOKENS_MIN: '0' } });
  try {
    await strict.createChannel(upstream.origin, { models: ['m'] });
    const key = await strict.createKey(limitedTo(20_000));
    const stream = chat(strict.url, key.value, { body: { model: 'm', max_tokens: 32_000, messages } });
    assert.equal((await stream.head()).status, 403);
  } finally {
    await strict.stop();
  }
});
