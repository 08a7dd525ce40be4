/** Which of OpenAI's two APIs for generation an upstream is spoken to by: the channel's choice. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { json } from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

const chatResponse = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const responsesResponse = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'completed',
  output: [
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
    },
  ],
  usage: {
    input_tokens: 3,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 5,
  },
};

before(async () => {
  upstream = await startFakeUpstream();
  upstream.on('/v1/responses', json(responsesResponse));
  upstream.on('/v1/chat', json(chatResponse));
  gateway = await startGateway();
  key = await gateway.createKey({});
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const hello = [{ role: 'user', content: 'Hello' }];
const requests = {
  chat: { path: '/v1/chat/completions', body: { messages: hello } },
  responses: { path: '/v1/responses', body: { input: 'Hello' } },
  messages: { path: '/v1/messages', body: { messages: hello, max_tokens: 100 } },
  gemini: {
    path: '/v1beta/models/{model}:generateContent',
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  },
} as const;

const textOf = {
  chat: /"content":"Hi"/,
  responses: /"text":"Hi"/,
  messages: /"text":"Hi"/,
  gemini: /"text":"Hi"/,
};

/** The upstream's path for a request of each client, by the channel's option. */
const expected = {
  none: {
    chat: 'chat/completions',
    responses: 'responses',
    messages: 'chat/completions',
    gemini: 'chat/completions',
  },
  both: { chat: 'chat/completions', responses: 'responses', messages: 'responses', gemini: 'responses' },
  chat: {
    chat: 'chat/completions',
    responses: 'chat/completions',
    messages: 'chat/completions',
    gemini: 'chat/completions',
  },
  responses: { chat: 'responses', responses: 'responses', messages: 'responses', gemini: 'responses' },
} as const;

for (const [chosen, paths] of Object.entries(expected)) {
  test(`openai_api: ${chosen}`, async () => {
    const model = `model-${chosen}`;
    await gateway.createChannel(upstream.origin, {
      name: chosen,
      protocols: ['openai'],
      models: [model],
      ...(chosen !== 'none' && { options: { openai_api: chosen } }),
    });
    for (const [client, path] of nonEmpty(Object.entries(paths))) {
      const request = requests[client as keyof typeof requests];
      const response = await fetch(gateway.url + request.path.replace('{model}', model), {
        method: 'POST',
        headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, ...request.body }),
      });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      assert.match(text, textOf[client as keyof typeof textOf]);
      assert.equal(upstream.requests.at(-1)?.url, `/v1/${path}`);
    }
  });
}

test('an unknown option is refused by its name', async () => {
  const refused = await gateway.call('POST', '/api/channel/', {
    body: {
      name: 'odd',
      protocols: ['openai'],
      models: ['odd'],
      base_url: upstream.origin,
      options: { openai_api: 'completions' },
    },
  });
  assert.equal(refused.json?.success, false);
  assert.match(String(refused.json?.message), /openai_api/);
});
