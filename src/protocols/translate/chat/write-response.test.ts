/** Tests of writing chat completions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import OpenAI from 'openai';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import { noUsage } from '../../../domain/usage.ts';
import type { EndReason, PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import type { ClientForm } from '../parts.ts';
import { chatClient } from './client.ts';
import { done, eventsOf, joined } from './test-completions.ts';
import { argumentTexts, blobs, names, words } from './test-forms.ts';

type Chunk = OpenAI.Chat.Completions.ChatCompletionChunk;
type Completion = OpenAI.Chat.Completions.ChatCompletion;

const facts = { model: 'the-model', requestId: 'req', createdAt: 1700, includesUsage: true };
/** The client as one that sends `functions`. */
const functionsClient: ClientForm = {
  ...chatClient,
  writeResponse: (form, given) => chatClient.writeResponse(form, { ...given, usesFunctions: true }),
};

function write(
  form: 'sse' | 'json',
  events: readonly ResponseEvent[],
  client: ClientForm = chatClient,
  includesUsage = true,
): string {
  const writer = client.writeResponse(form, { ...facts, includesUsage });
  return events.map((event) => writer.push(event)).join('') + writer.end();
}

const chunksOf = (text: string): Chunk[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '' && event !== 'data: [DONE]')
    .map((event) => JSON.parse(event.slice('data: '.length)));
const wholeOf = (events: readonly ResponseEvent[], client?: ClientForm): Completion =>
  JSON.parse(write('json', events, client));

/** The events of a part. */
function part(
  index: number,
  head: PartStartEvent['part'],
  texts: readonly string[],
  tail: Omit<PartEndEvent, 'type' | 'index'> = {},
): ResponseEvent[] {
  return [
    { type: 'part-start', index, part: head },
    ...texts.map((text): ResponseEvent => ({ type: 'part-delta', index, text })),
    { type: 'part-end', index, ...tail },
  ];
}

const start: ResponseEvent = { type: 'start', id: 'msg_1' };
const usage = { ...noUsage, inputTokens: 20, cachedTokens: 5, outputTokens: 30, reasoningTokens: 7 };
const used: ResponseEvent = { type: 'usage', usage };
const end = (reason: EndReason, refusal?: string): ResponseEvent => ({
  type: 'end',
  reason,
  stopSequence: undefined,
  ...(refusal !== undefined && { refusal }),
});
const look = (id: string) => ({ kind: 'tool-call' as const, id, name: 'look' });

const response: readonly ResponseEvent[] = [
  start,
  ...part(0, { kind: 'reasoning' }, ['Hm', '.'], {
    carried: { provider: 'anthropic', blob: 'sig', seal: 's' },
  }),
  ...part(1, { kind: 'text' }, ['Hel', 'lo']),
  ...part(2, look('a'), ['{"n":', '1}'], { carried: { provider: 'gemini', blob: 'thought' } }),
  ...part(3, look('functions.look:0'), []),
  used,
  end('tool-calls'),
];
const detail = {
  type: 'reasoning.text',
  text: 'Hm.',
  signature: 'halley2.anthropic.s.sig',
  format: 'anthropic-claude-v1',
  index: 0,
};
const cleanId = /^functions_look_0_[\w-]{12}$/;

test("what is carried shows that it came by the gateway, OpenAI's own too", () => {
  const carried = { provider: 'openai', blob: 'rs_1|enc', seal: 's' } as const;
  const events = [start, ...part(0, { kind: 'reasoning' }, [], { carried }), end('stop')];
  const data = 'halley2.openai.s.rs_1|enc';
  assert.ok(write('sse', events).includes(`"data":"${data}"`));
  assert.ok(write('json', events).includes(`"data":"${data}"`));
});

test('a stream has its chunks in order, with one id, time and model', () => {
  const text = write('sse', response);
  const chunks = chunksOf(text);
  assert.ok(text.endsWith(done));
  for (const { id, object, created, model } of nonEmpty(chunks)) {
    assert.deepEqual(
      { id, object, created, model },
      { id: 'msg_1', object: 'chat.completion.chunk', created: 1700, model: 'the-model' },
    );
  }
  const deltas = chunks.slice(0, -2).map(({ choices: [choice] }) => choice?.delta);
  const [, , , , , , called] = deltas;
  const [clean] = deltas
    .flatMap((delta) => delta?.tool_calls ?? [])
    .filter(({ index, id }) => index === 1 && id);
  assert.match(clean?.id ?? '', cleanId);
  assert.deepEqual(called, {
    tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'look', arguments: '' } }],
  });
  assert.deepEqual(deltas, [
    { role: 'assistant', content: '' },
    { reasoning_content: 'Hm' },
    { reasoning_content: '.' },
    { reasoning_details: [detail] },
    { content: 'Hel' },
    { content: 'lo' },
    called,
    { tool_calls: [{ index: 0, function: { arguments: '{"n":' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
    {
      tool_calls: [
        {
          index: 0,
          function: { arguments: '' },
          extra_content: { google: { thought_signature: 'thought' } },
        },
      ],
    },
    { tool_calls: [clean] },
    { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
  ]);
  const [finish, last] = chunks.slice(-2);
  assert.deepEqual(finish?.choices, [{ index: 0, delta: {}, logprobs: null, finish_reason: 'tool_calls' }]);
  assert.ok(nonEmpty(chunks.slice(0, -1)).every((chunk) => chunk.usage === null));
  assert.deepEqual(last?.choices, []);
  assert.equal(last?.usage?.total_tokens, 50);
});

test('a client that did not ask for usage gets no chunk with it', () => {
  const chunks = chunksOf(write('sse', response, chatClient, false));
  assert.ok(nonEmpty(chunks).every((chunk) => chunk.choices.length === 1 && !('usage' in chunk)));
});

test('a whole response has every field that the SDK requires', () => {
  const completion = wholeOf(response);
  const [choice] = completion.choices;
  const [, second] = choice?.message.tool_calls ?? [];
  const expected: Completion = {
    id: 'msg_1',
    object: 'chat.completion',
    created: 1700,
    model: 'the-model',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Hello',
          refusal: null,
          ...{ reasoning_content: 'Hm.', reasoning_details: [detail] },
          tool_calls: [
            {
              id: 'a',
              type: 'function',
              function: { name: 'look', arguments: '{"n":1}' },
              ...{ extra_content: { google: { thought_signature: 'thought' } } },
            },
            { id: second?.id ?? '', type: 'function', function: { name: 'look', arguments: '{}' } },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 20,
      completion_tokens: 30,
      total_tokens: 50,
      prompt_tokens_details: { cached_tokens: 5, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 7, audio_tokens: 0 },
    },
  };
  assert.deepEqual(completion, expected);
  assert.match(second?.id ?? '', cleanId);
});

/** OpenAI's own client, served by a text. */
const sdk = (body: string, type: string) =>
  new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    fetch: async () => new Response(body, { headers: { 'content-type': type } }),
  }).chat.completions;
const asked = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };

test("OpenAI's client reads the stream as the whole response", async () => {
  const streamed = await sdk(write('sse', response), 'text/event-stream')
    .stream({ ...asked, stream_options: { include_usage: true } })
    .finalChatCompletion();
  const whole = await sdk(write('json', response), 'application/json').create(asked);
  const [choice] = streamed.choices;
  assert.equal(choice?.finish_reason, 'tool_calls');
  assert.equal(choice?.message.content, 'Hello');
  const callsOf = (completion: Completion) =>
    completion.choices[0]?.message.tool_calls?.map(
      (call) => call.type === 'function' && [call.id, call.function.name, call.function.arguments],
    );
  assert.deepEqual(callsOf(streamed), callsOf(whole));
  assert.deepEqual(streamed.usage, whole.usage);
});

test("OpenAI's client raises an error in the stream", async () => {
  const text = write('sse', [start, { type: 'error', message: 'Overloaded.', code: 'overloaded_error' }]);
  await assert.rejects(async () => {
    for await (const _ of await sdk(text, 'text/event-stream').create({ ...asked, stream: true }));
  }, /Overloaded\./);
});

test('after an error there is nothing, neither an end nor a mark of it', () => {
  const error: ResponseEvent = { type: 'error', message: 'Overloaded.', code: '' };
  const expected = { error: { message: 'Overloaded.', type: 'server_error', param: null, code: null } };
  const text = write('sse', [start, error, end('stop')]);
  assert.ok(text.endsWith(`data: ${JSON.stringify(expected)}\n\n`));
  assert.equal(chunksOf(text).length, 2);
  assert.deepEqual(wholeOf([start, error]), expected);
});

test('an id is made where the upstream has none', () => {
  const events: ResponseEvent[] = [{ type: 'start', id: '' }, end('stop')];
  assert.equal(wholeOf(events).id, 'chatcmpl-req');
  assert.equal(chunksOf(write('sse', events))[0]?.id, 'chatcmpl-req');
});

test('a response without text has null for it', () => {
  assert.equal(
    wholeOf([start, ...part(0, look('a'), []), end('tool-calls')]).choices[0]?.message.content,
    null,
  );
});

test('reasons of the end', () => {
  const finishOf = (reason: EndReason, client: ClientForm = chatClient) => {
    const events = [start, ...part(0, { kind: 'text' }, ['Hi']), end(reason)];
    const streamed = chunksOf(write('sse', events, client)).at(-1)?.choices[0]?.finish_reason;
    assert.equal(wholeOf(events, client).choices[0]?.finish_reason, streamed);
    return streamed;
  };
  assert.equal(finishOf('stop'), 'stop');
  assert.equal(finishOf('stop-sequence'), 'stop');
  assert.equal(finishOf('length'), 'length');
  assert.equal(finishOf('paused'), 'length');
  assert.equal(finishOf('tool-calls'), 'tool_calls');
  assert.equal(finishOf('tool-calls', functionsClient), 'function_call');
  assert.equal(finishOf('refusal'), 'content_filter');
});

test('a refusal says why, once', () => {
  const filtered = [start, end('refusal', 'Not this.')];
  const [choice] = wholeOf(filtered).choices;
  assert.equal(choice?.message.refusal, 'Not this.');
  assert.equal(choice?.finish_reason, 'content_filter');
  const refusals = (events: readonly ResponseEvent[]) =>
    chunksOf(write('sse', events)).flatMap(({ choices: [each] }) => each?.delta.refusal ?? []);
  assert.deepEqual(refusals(filtered), ['Not this.']);
  const own = [start, ...part(0, { kind: 'refusal' }, ['I can', 'not.']), end('refusal', 'Not this.')];
  assert.deepEqual(refusals(own), ['I can', 'not.']);
  assert.equal(wholeOf(own).choices[0]?.message.refusal, 'I cannot.');
  assert.equal(wholeOf(own).choices[0]?.finish_reason, 'stop');
});

test('citations count from the beginning of the content', () => {
  const citation = { url: 'https://a', title: 'A', start: 0, end: 2 };
  const events = [
    start,
    ...part(0, { kind: 'text' }, ['a👋']),
    ...part(1, { kind: 'text' }, ['cd'], { citations: [citation] }),
    end('stop'),
  ];
  const annotations = [
    { type: 'url_citation', url_citation: { start_index: 3, end_index: 5, title: 'A', url: 'https://a' } },
  ];
  assert.deepEqual(wholeOf(events).choices[0]?.message.annotations, annotations);
  const streamed = chunksOf(write('sse', events)).flatMap(
    ({ choices: [choice] }) => ((choice?.delta ?? {}) as { annotations?: object[] }).annotations ?? [],
  );
  assert.deepEqual(streamed, annotations);
});

test('clients of the old form get one function call, and an error for several', () => {
  const one = [start, ...part(0, look('a'), ['{"a":1}']), end('tool-calls')];
  const called = { name: 'look', arguments: '{"a":1}' };
  assert.deepEqual(wholeOf(one, functionsClient).choices[0]?.message.function_call, called);
  const deltas = chunksOf(write('sse', one, functionsClient)).flatMap(
    ({ choices: [choice] }) => choice?.delta.function_call ?? [],
  );
  assert.deepEqual(deltas, [{ name: 'look', arguments: '' }, { arguments: '{"a":1}' }]);
  const two = [start, ...part(0, look('a'), []), ...part(1, look('b'), []), end('tool-calls')];
  assert.ok('error' in wholeOf(two, functionsClient));
  const text = write('sse', two, functionsClient);
  assert.match(text, /"error":\{"message":"The model made several calls/);
  assert.ok(!text.includes('[DONE]'));
});

const counts = fc.nat({ max: 1e9 });
const usages = fc.record({
  inputTokens: counts,
  cachedTokens: counts,
  cacheWriteTokens: counts,
  longCacheWriteTokens: fc.constant(0),
  audioInputTokens: counts,
  imageInputTokens: counts,
  outputTokens: counts,
  reasoningTokens: counts,
  audioOutputTokens: counts,
  imageOutputTokens: counts,
  images: fc.constant(0),
  webSearches: fc.constant(0),
  fileSearches: fc.constant(0),
  codeSessions: fc.constant(0),
  characters: fc.constant(0),
  audioSeconds: fc.constant(0),
  searchUnits: fc.constant(0),
  videoSeconds: fc.constant(0),
});
/** What is carried through a client is wrapped. */
const seal = 's';
const pieces = fc.array(words, { minLength: 1, maxLength: 3 });
const reasonings = fc.oneof(
  pieces.map((texts) => [{ texts, tail: {} }]),
  fc.array(
    fc
      .tuple(
        fc.oneof(pieces, fc.constant([])),
        fc.constantFrom('anthropic' as const, 'openai' as const, 'gemini' as const),
        blobs,
      )
      .map(([texts, provider, blob]) => ({ texts, tail: { carried: { provider, blob, seal } } })),
    { maxLength: 3 },
  ),
  fc
    .tuple(fc.constantFrom('anthropic' as const, 'gemini' as const), blobs)
    .map(([provider, blob]) => [
      { texts: [], tail: { carried: { provider, blob, seal }, isRedacted: true } },
    ]),
);
const calls = fc.uniqueArray(
  fc.record({ id: names, name: names, args: argumentTexts, blob: fc.option(blobs, { nil: undefined }) }),
  { maxLength: 3, selector: ({ id }) => id },
);

/** Responses whose parts are in the order of a message. */
const responses = fc
  .record({
    reasonings,
    texts: fc.option(pieces),
    refusal: fc.option(pieces),
    calls,
    usage: fc.option(usages),
    isCut: fc.boolean(),
  })
  .map((given): ResponseEvent[] => {
    const events: ResponseEvent[] = [start];
    let index = 0;
    for (const { texts, tail } of given.reasonings)
      events.push(...part(index++, { kind: 'reasoning' }, texts, tail));
    if (given.texts) events.push(...part(index++, { kind: 'text' }, given.texts));
    if (given.refusal) events.push(...part(index++, { kind: 'refusal' }, given.refusal));
    for (const { id, name, args, blob } of given.calls) {
      const tail = blob === undefined ? {} : { carried: { provider: 'gemini' as const, blob } };
      events.push(...part(index++, { kind: 'tool-call', id, name }, [args], tail));
    }
    if (given.usage) events.push({ type: 'usage', usage: given.usage });
    const own = given.calls.length > 0 ? 'tool-calls' : given.refusal ? 'refusal' : 'stop';
    return structuredClone([...events, end(given.isCut ? 'length' : own)]);
  });

test('what is written of a response is read as the same events', () => {
  fc.assert(
    fc.property(responses, (events) => {
      assert.deepEqual(joined(eventsOf('json', write('json', events))), joined(events));
      assert.deepEqual(joined(eventsOf('sse', write('sse', events))), joined(events));
    }),
    { numRuns: 400 },
  );
});
