/** What a translated response keeps of a request that the upstream cannot serve by itself, and its charge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { json, pieces } from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;
let client: OpenAI;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
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
