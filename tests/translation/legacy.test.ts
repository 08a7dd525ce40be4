/** OpenAI's legacy forms by its official client: text completions, and `functions`, over every provider. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { json } from '../support/upstream-behaviours.ts';
import { usage } from './mocks/scene.ts';
import { startMocks } from './mocks/upstream.ts';

const providers = ['openai', 'anthropic', 'gemini'] as const;

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

/** OpenAI's error for a chat model at `/v1/completions`, with status 404. */
const chatModel =
  'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?';
const openaiError = (message: string) => ({
  error: { message, type: 'invalid_request_error', param: 'model', code: null },
});

before(async () => {
  upstream = await startMocks();
  upstream.on('/v1/completions', json(openaiError(chatModel), 404));
  gateway = await startGateway();
  for (const provider of nonEmpty(providers)) {
    await gateway.createChannel(upstream.origin, { protocols: [provider], models: [`${provider}-model`] });
  }
  key = await gateway.createKey();
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const client = () => new OpenAI({ apiKey: key.value, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const report = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
};

for (const provider of nonEmpty(providers)) {
  const model = `${provider}-model`;
  const limit = { max_tokens: 100 };

  test(`a text completion over ${provider}`, async () => {
    for (const prompt of ['Hello there', ['Hello there']]) {
      const completion = await client().completions.create({ model, prompt, ...limit });
      assert.equal(completion.object, 'text_completion');
      assert.deepEqual(completion.choices, [
        { text: 'You said: Hello there', index: 0, logprobs: null, finish_reason: 'stop' },
      ]);
      assert.deepEqual({ ...report, ...completion.usage }, completion.usage);
      assert.equal(completion.usage?.total_tokens, report.total_tokens);
    }
  });

  test(`a streamed text completion over ${provider}, with its usage where asked for`, async () => {
    for (const include_usage of [true, false]) {
      const chunks = await Array.fromAsync(
        await client().completions.create({
          ...{ model, prompt: 'Hello there', stream: true as const, stream_options: { include_usage } },
          ...limit,
        }),
      );
      assert.ok(chunks.length > 3);
      assert.ok(
        nonEmpty(chunks).every(({ object, id }) => object === 'text_completion' && id === chunks[0]?.id),
      );
      const choices = chunks.flatMap((chunk) => chunk.choices);
      assert.equal(choices.map(({ text }) => text).join(''), 'You said: Hello there');
      assert.deepEqual(choices.map(({ finish_reason }) => finish_reason).filter(Boolean), ['stop']);
      const usages = chunks.flatMap((chunk) => chunk.usage?.total_tokens ?? []);
      assert.deepEqual(usages, include_usage ? [report.total_tokens] : []);
      if (include_usage) assert.deepEqual(chunks.at(-1)?.choices, []);
    }
  });

  test(`a text completion over ${provider} says why it ended`, async () => {
    for (const [prompt, finish] of [
      ['a long story', 'length'],
      ['refuse this', 'content_filter'],
    ] as const) {
      const { choices } = await client().completions.create({ model, prompt });
      assert.equal(choices[0]?.finish_reason, finish);
    }
  });

  // An OpenAI upstream gets the bytes of the request.
  if (provider === 'openai') continue;

  test(`functions over ${provider}: a call, whole and streamed, and its result`, async () => {
    const functions = [{ name: 'get_weather', parameters: { type: 'object', properties: {} } }];
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'user', content: 'What is the weather in Paris?' },
    ];
    for (const function_call of ['auto', { name: 'get_weather' }] as const) {
      const { choices } = await client().chat.completions.create({
        model,
        messages,
        functions,
        function_call,
      });
      assert.equal(choices[0]?.finish_reason, 'function_call');
      assert.deepEqual(choices[0].message.function_call, {
        name: 'get_weather',
        arguments: '{"city":"Paris"}',
      });
      assert.equal(choices[0].message.tool_calls, undefined);
    }
    const streamed = await client()
      .chat.completions.stream({ model, messages, functions })
      .finalChatCompletion();
    assert.equal(streamed.choices[0]?.finish_reason, 'function_call');
    const called = streamed.choices[0].message.function_call;
    assert.deepEqual(called, { name: 'get_weather', arguments: '{"city":"Paris"}' });
    const { choices } = await client().chat.completions.create({
      model,
      functions,
      messages: [
        ...messages,
        { role: 'assistant', content: null, function_call: called },
        { role: 'function', name: 'get_weather', content: 'sunny' },
      ],
    });
    assert.equal(choices[0]?.message.content, 'It is sunny.');
    assert.equal(choices[0].finish_reason, 'stop');
  });
}

test('fields that a chat cannot express are refused by their names', async () => {
  const asked = { model: 'anthropic-model', prompt: 'Hello', max_tokens: 9 };
  for (const [param, more] of [
    ['suffix', { suffix: 'end' }],
    ['echo', { echo: true }],
    ['n', { n: 2 }],
    ['best_of', { best_of: 2 }],
    ['logprobs', { logprobs: 0 }],
    ['prompt', { prompt: [1, 2, 3] }],
    ['prompt', { prompt: [[1, 2, 3]] }],
    ['prompt', { prompt: ['one', 'two'] }],
    ['prompt', { prompt: null }],
    ['made_up', { made_up: 1 }],
  ] as const) {
    await assert.rejects(
      client().completions.create({ ...asked, ...more } as OpenAI.CompletionCreateParamsNonStreaming),
      (error: unknown) =>
        error instanceof OpenAI.BadRequestError && error.param === param && /"/.test(error.message),
      param,
    );
  }
  const plain = { suffix: null, echo: false, n: 1, best_of: 1, logprobs: null };
  assert.ok(await client().completions.create({ ...asked, ...plain }));
});

test('a chat model is asked for a text completion once, and by chat completions from then on', async () => {
  const model = 'gpt-4o';
  await gateway.createChannel(upstream.origin, { protocols: ['openai'], models: [model] });
  const from = upstream.requests.length;
  for (const prompt of ['one', 'two']) {
    const { choices } = await client().completions.create({ model, prompt });
    assert.equal(choices[0]?.text, `You said: ${prompt}`);
  }
  const paths = upstream.requests.slice(from).map(({ url }) => url);
  assert.deepEqual(paths, ['/v1/completions', '/v1/chat/completions', '/v1/chat/completions']);
});

test('an upstream that serves text completions gets the bytes as they are', async () => {
  const model = 'gpt-3.5-turbo-instruct';
  await gateway.createChannel(upstream.origin, { protocols: ['openai'], models: [model] });
  const whole = {
    ...{ id: 'cmpl-1', object: 'text_completion', created: 1, model },
    choices: [{ text: ' world', index: 0, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
  upstream.on('/v1/completions', json(whole));
  const completion = await client().completions.create({ model, prompt: 'Hello', suffix: '!', echo: true });
  assert.deepEqual({ ...completion }, whole);
  const { suffix } = JSON.parse(upstream.requests.at(-1)?.body().toString() ?? '');
  assert.equal(suffix, '!');
});

test('an upstream without Responses serves them by chat completions', async () => {
  const model = 'other-endpoint';
  await gateway.createChannel(upstream.origin, { protocols: ['openai'], models: [model] });
  upstream.on('/v1/responses', json({ detail: 'Not Found' }, 404));
  const { output_text } = await client().responses.create({ model, input: 'Hello' });
  assert.equal(output_text, 'You said: Hello');
});

test('a model that OpenAI serves by Responses alone serves chat completions by them', async () => {
  const model = 'responses-alone';
  await gateway.createChannel(upstream.origin, {
    ...{ protocols: ['openai'], models: [model], options: { openai_api: 'both' } },
  });
  const only = 'This model is only supported in v1/responses and not in v1/chat/completions.';
  upstream.on('/v1/chat/completions', json(openaiError(only), 404));
  const content = [{ type: 'output_text', text: 'By responses.', annotations: [] }];
  const message = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content };
  const whole = { id: 'resp_1', object: 'response', created_at: 1, model, status: 'completed' };
  const used = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
  upstream.on('/v1/responses', json({ ...whole, output: [message], usage: used }));
  const { choices } = await client().chat.completions.create({
    ...{ model, messages: [{ role: 'user', content: 'Hello' }] },
  });
  assert.equal(choices[0]?.message.content, 'By responses.');
});

test('a 404 about something that the request names stays an error', async () => {
  const model = 'with-state';
  await gateway.createChannel(upstream.origin, { protocols: ['openai'], models: [model] });
  upstream.on('/v1/responses', json(openaiError("Prompt with id 'pmpt_1' not found."), 404));
  await assert.rejects(
    client().responses.create({ model, input: 'Hello', prompt: { id: 'pmpt_1' } }),
    (error: unknown) => error instanceof OpenAI.NotFoundError && /pmpt_1/.test(error.message),
  );
});
