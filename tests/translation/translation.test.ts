/** Every client with every provider: official SDKs, through the gateway, to mocks that refuse what providers refuse. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cardOf } from '../../src/ledger/price-list.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { json, pieces } from '../support/upstream-behaviours.ts';
import { type Client, chat, gemini, messages, responses } from './clients.ts';
import { type ProviderName, providers, startProviders } from './providers/provider.ts';
import { usage } from './providers/scene.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

const clients: Readonly<Record<string, Client>> = { chat, responses, messages, gemini };
const ownProvider: Readonly<Record<string, ProviderName>> = {
  chat: 'openai',
  responses: 'openai',
  messages: 'anthropic',
  gemini: 'gemini',
};

before(async () => {
  upstream = await startProviders();
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

const spent = async () => Number(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).used_quota);
/** One unit a token; what is cached is part of the input. */
const unitsOf = (count: number) => count * (usage.input + usage.output);

for (const [clientName, client] of Object.entries(clients)) {
  for (const provider of nonEmpty(providers)) {
    if (ownProvider[clientName] === provider) continue;
    for (const stream of [false, true]) {
      const how = `${clientName} over ${provider}, ${stream ? 'streamed' : 'whole'}`;
      const begin = (more: { tools?: boolean; system?: string } = {}) =>
        client({
          url: gateway.url,
          key: key.value,
          model: `${provider}-model`,
          stream,
          tools: false,
          ...more,
        });

      test(`${how}: a text, its usage and its exact charge`, async () => {
        const before = await spent();
        const talk = begin({ system: 'Be brief.' });
        talk.say('Hello there');
        const seen = await talk.send();
        assert.deepEqual(seen, { text: 'You said: Hello there', calls: [], ending: 'end_turn', ...usage });
        await until(async () => (await spent()) === before + unitsOf(1));
        talk.say('And again');
        assert.equal((await talk.send()).text, 'You said: And again');
      });

      test(`${how}: a tool loop of two steps, forced and free`, async () => {
        for (const force of [false, true]) {
          const talk = begin({ tools: true });
          talk.say('What is the weather in Paris?');
          const asked = await talk.send({ force });
          assert.equal(asked.text, 'Let me look.');
          assert.equal(asked.ending, 'tool');
          assert.deepEqual(
            asked.calls.map(({ name, args }) => [name, args]),
            [['get_weather', { city: 'Paris' }]],
          );
          talk.answer('sunny');
          const told = await talk.send();
          assert.deepEqual([told.text, told.ending], ['It is sunny.', 'end_turn']);
        }
      });

      test(`${how}: parallel calls, and a text after their results`, async () => {
        const talk = begin({ tools: true });
        talk.say('Compare two cities');
        const { calls } = await talk.send();
        assert.deepEqual(
          calls.map(({ args }) => args),
          [{ city: 'Paris' }, { city: 'Rome' }],
        );
        assert.equal(new Set(calls.map(({ id }) => id)).size, 2);
        talk.answer('sunny', 'rainy');
        assert.equal((await talk.send()).text, 'It is sunny,rainy.');
        talk.say('Thanks');
        assert.equal((await talk.send()).text, 'You said: Thanks');
      });

      test(`${how}: the length and a refusal end it as such`, async () => {
        const talk = begin();
        talk.say('a long story');
        const { text, ending } = await talk.send();
        assert.deepEqual([text, ending], ['It is cut', 'length']);
        const other = begin();
        other.say('refuse this');
        assert.equal((await other.send()).ending, 'refusal');
      });

      test(`${how}: instructions in the middle are neither lost nor said by the assistant`, async () => {
        const talk = begin();
        talk.say('Hello there');
        await talk.send();
        talk.say('Now');
        talk.instruct('Answer in French.');
        talk.say('Go on');
        assert.match((await talk.send()).text, /Go on/);
        assert.match(upstream.requests.at(-1)?.body().toString() ?? '', /Answer in French\./);
      });
    }
  }
}

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

test('an upstream that closes early, or fails in its stream, is an error in the stream and never a clean end', async () => {
  const event = (type: string, more: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const begun = [
    event('message_start', { message: { id: 'm', usage: { input_tokens: 3, output_tokens: 1 } } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hel' } }),
  ];
  const failure = event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
  for (const stream of [begun, [...begun, failure]]) {
    upstream.on('/v1/messages', pieces(stream, 5, { 'content-type': 'text/event-stream' }));
    const response = await post('/v1/chat/completions', { model: 'failing', messages: hello, stream: true });
    assert.equal(response.status, 200);
    const text = await response.text();
    assert.match(text, /"content":"Hel"/);
    assert.match(text, /data: \{"error":\{[^\n]*upstream_broken[^\n]*\}\}\n\n$/);
    assert.ok(!text.includes('[DONE]'));
  }
});

test('the deletion of its key ends a translated stream like any other', async () => {
  const doomed = await gateway.createKey();
  const event = (type: string, more: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const endless = [
    event('message_start', { message: { id: 'm', usage: { input_tokens: 3, output_tokens: 1 } } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: 10_000 }, () =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'word ' } }),
    ),
  ];
  upstream.on('/v1/messages', pieces(endless, 20, { 'content-type': 'text/event-stream' }));
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${doomed.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'failing', messages: hello, stream: true }),
  });
  const reader = response.body?.getReader();
  assert.ok(reader);
  await reader.read();
  const ended = Array.fromAsync({
    async *[Symbol.asyncIterator]() {
      for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
    },
  });
  assert.equal((await gateway.call('DELETE', `/api/token/${doomed.id}`)).json?.success, true);
  const text = Buffer.concat(await ended).toString();
  assert.match(text, /key_revoked/);
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
