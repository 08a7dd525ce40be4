/** Several choices and the log probabilities of tokens, between the forms that both have them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { JsonObject } from '../protocol.ts';
import { exchange } from './test-translation.ts';

const chat = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
const gemini = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] };
const responses = { model: 'm', input: 'Hello' };
const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
/** The objects of a stream of events. */
const objectsOf = (text: string): readonly JsonObject[] =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json = '']) => JSON.parse(json));

const openaiTokens = [
  { token: 'né', logprob: -0.5, bytes: [110, 195, 169], top_logprobs: [] },
  { token: '!', logprob: -1, bytes: [33], top_logprobs: [{ token: '?', logprob: -2, bytes: [63] }] },
];
const geminiTokens = {
  chosenCandidates: [
    { token: 'né', logProbability: -0.5 },
    { token: '!', logProbability: -1 },
  ],
  topCandidates: [{ candidates: [] }, { candidates: [{ token: '?', logProbability: -2 }] }],
};

describe('several choices', () => {
  const call = { functionCall: { name: 'f', args: {} } };
  const candidates = [
    { index: 0, content: { parts: [{ text: 'one' }, call] }, finishReason: 'STOP' },
    { index: 1, content: { parts: [{ text: 'two' }, call] }, finishReason: 'MAX_TOKENS' },
  ];

  it('of Gemini reach a chat client, each with its own end, and the usage of all', () => {
    const { body, json } = exchange('chat', 'gemini', { ...chat, n: 2 });
    assert.equal((body.generationConfig as JsonObject).candidateCount, 2);
    const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 9 };
    const { choices, usage } = json({ candidates, usageMetadata });
    assert.deepEqual(
      choices.map((choice: JsonObject) => [
        choice.index,
        (choice.message as JsonObject).content,
        choice.finish_reason,
      ]),
      [
        [0, 'one', 'tool_calls'],
        [1, 'two', 'length'],
      ],
    );
    const ids = choices.map(
      (choice: { message: { tool_calls: [{ id: string }] } }) => choice.message.tool_calls[0].id,
    );
    assert.equal(new Set(ids).size, 2);
    assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [3, 9]);
  });

  it('of chat completions reach a Gemini client, whole and interleaved in a stream', () => {
    const request = { ...gemini, generationConfig: { candidateCount: 2 } };
    const { body, json } = exchange('gemini', 'chat', request);
    assert.equal(body.n, 2);
    const choice = (index: number, content: string, finish_reason: string) => ({
      index,
      message: { role: 'assistant', content },
      finish_reason,
    });
    const told = (answer: { candidates: readonly JsonObject[] }) =>
      answer.candidates.map(({ index, content, finishReason }) => [
        index,
        (content as { parts: [{ text: string }] }).parts[0].text,
        finishReason,
      ]);
    assert.deepEqual(told(json({ choices: [choice(0, 'one', 'stop'), choice(1, 'two', 'length')] })), [
      [0, 'one', 'STOP'],
      [1, 'two', 'MAX_TOKENS'],
    ]);

    const streamed = exchange('gemini', 'chat', request, { form: 'sse' });
    const delta = (index: number, content: string, finish_reason: string | null = null) =>
      data({ id: 'c', choices: [{ index, delta: { content }, finish_reason }] });
    const { text, failure } = streamed.respond(
      delta(1, 'tw') + delta(0, 'one', 'stop'),
      delta(1, 'o', 'length'),
      'data: [DONE]\n\n',
    );
    assert.equal(failure, undefined);
    const seen = objectsOf(text).flatMap((object) => told(object as { candidates: readonly JsonObject[] }));
    assert.deepEqual(seen, [
      [1, 'tw', undefined],
      [0, 'one', undefined],
      [1, 'o', undefined],
      [0, '', 'STOP'],
      [1, '', 'MAX_TOKENS'],
    ]);
  });

  it('a stream of chat completions broken off before the end of each is no clean end', () => {
    const request = { ...gemini, generationConfig: { candidateCount: 2 } };
    const { respond } = exchange('gemini', 'chat', request, { form: 'sse' });
    const delta = (index: number, finish_reason: string | null) =>
      data({ id: 'c', choices: [{ index, delta: { content: 'a' }, finish_reason }] });
    assert.equal(respond(delta(0, 'stop') + delta(1, null)).failure?.code, 'upstream_broken');
    assert.equal(respond(delta(0, 'stop') + delta(1, 'stop')).failure, undefined);
  });

  it('that nobody asked for are left out', () => {
    const { json } = exchange('messages', 'gemini', { ...chat, max_tokens: 9 });
    const { content, stop_reason } = json({ candidates: [candidates[1], candidates[0]] });
    assert.deepEqual([content[0].text, content.length, stop_reason], ['one', 2, 'tool_use']);
  });

  it('are refused where the upstream has one', () => {
    const lists = [
      ['chat', 'messages', { ...chat, n: 2 }, 'n', 'json'],
      ['chat', 'responses', { ...chat, n: 2 }, 'n', 'json'],
      ['chat', 'gemini', { ...chat, n: 2 }, 'n', 'sse'],
      [
        'gemini',
        'messages',
        { ...gemini, generationConfig: { candidateCount: 2 } },
        'generationConfig.candidateCount',
        'json',
      ],
      ['chat', 'gemini', { ...chat, n: 0 }, 'n', 'json'],
      ['chat', 'gemini', { ...chat, n: 129 }, 'n', 'json'],
    ] as const;
    for (const [client, upstream, body, param, form] of nonEmpty(lists)) {
      assert.throws(() => exchange(client, upstream, body, { form }), { code: 'invalid_body', param });
    }
  });
});

describe('log probabilities', () => {
  const said = { role: 'assistant', content: 'né!' };
  const chatResponse = {
    choices: [
      { index: 0, message: said, logprobs: { content: openaiTokens, refusal: null }, finish_reason: 'stop' },
    ],
  };
  const part = { type: 'output_text', text: 'né!', annotations: [], logprobs: openaiTokens };
  const responsesResponse = {
    object: 'response',
    status: 'completed',
    output: [{ type: 'message', role: 'assistant', content: [part] }],
  };
  const geminiResponse = {
    candidates: [
      { content: { parts: [{ text: 'né!' }] }, logprobsResult: geminiTokens, finishReason: 'STOP' },
    ],
  };
  const requests = {
    chat: { ...chat, logprobs: true, top_logprobs: 1 },
    responses: { ...responses, include: ['message.output_text.logprobs'], top_logprobs: 1 },
    gemini: { ...gemini, generationConfig: { responseLogprobs: true, logprobs: 1 } },
  };
  const upstreamResponses = { chat: chatResponse, responses: responsesResponse, gemini: geminiResponse };
  const asked = {
    chat: (body: JsonObject) => [body.logprobs, body.top_logprobs],
    responses: (body: JsonObject) => [
      (body.include as string[]).includes('message.output_text.logprobs'),
      body.top_logprobs,
    ],
    gemini: ({ generationConfig }: JsonObject) => {
      const { responseLogprobs, logprobs } = generationConfig as JsonObject;
      return [responseLogprobs, logprobs];
    },
  };
  const shown = {
    chat: (response: { choices: [{ logprobs: JsonObject }] }) => response.choices[0].logprobs.content,
    responses: (response: { output: [{ content: [JsonObject] }] }) => response.output[0].content[0].logprobs,
    gemini: (response: { candidates: [JsonObject] }) => response.candidates[0].logprobsResult,
  };
  const pairs = [
    ['chat', 'responses'],
    ['chat', 'gemini'],
    ['responses', 'chat'],
    ['responses', 'gemini'],
    ['gemini', 'chat'],
    ['gemini', 'responses'],
  ] as const;

  for (const [client, upstream] of nonEmpty(pairs)) {
    it(`${client} over ${upstream}: are asked for and come back whole`, () => {
      const { body, json } = exchange(client, upstream, requests[client]);
      assert.deepEqual(asked[upstream](body), [true, 1]);
      const tokens = client === 'gemini' ? geminiTokens : openaiTokens;
      assert.deepEqual(shown[client](json(upstreamResponses[upstream])), tokens);
    });
  }

  const [first, second] = openaiTokens;
  const chunk = (content: string, tokens: readonly unknown[]) =>
    data({
      id: 'c',
      choices: [{ index: 0, delta: { content }, logprobs: { content: tokens }, finish_reason: null }],
    });
  const chatStream = `${chunk('né', [first])}${chunk('', [second])}${chunk('!', [])}${data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}`;

  it('stand beside their piece of a stream, and those of an empty piece are not lost', () => {
    const { respond } = exchange('responses', 'chat', requests.responses, { form: 'sse' });
    const events = objectsOf(respond(chatStream).text);
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta');
    assert.deepEqual(
      deltas.map(({ delta, logprobs }) => [delta, logprobs]),
      [
        ['né', [first]],
        ['', [second]],
        ['!', []],
      ],
    );
    const done = events.find(({ type }) => type === 'response.output_text.done');
    assert.deepEqual(done?.logprobs, openaiTokens);
    const toGemini = exchange('gemini', 'chat', requests.gemini, { form: 'sse' }).respond(chatStream).text;
    const results = objectsOf(toGemini).flatMap(({ candidates }) => {
      const { logprobsResult } = (
        candidates as [{ logprobsResult?: { chosenCandidates: readonly unknown[] } }]
      )[0];
      return logprobsResult?.chosenCandidates ?? [];
    });
    assert.deepEqual(results, geminiTokens.chosenCandidates);
  });

  it('reach a chat client beside their piece', () => {
    const delta = (text: string, tokens: readonly unknown[]) =>
      data({
        type: 'response.output_text.delta',
        output_index: 0,
        content_index: 0,
        delta: text,
        logprobs: tokens,
      });
    const end = data({ type: 'response.completed', response: { ...responsesResponse } });
    const { respond } = exchange('chat', 'responses', requests.chat, { form: 'sse' });
    const { text } = respond(delta('né', [first]) + delta('!', [second]) + end);
    const lists = objectsOf(text).flatMap(({ choices }) => {
      const { logprobs } = (choices as [{ logprobs: { content: readonly unknown[] } | null }])[0];
      return logprobs?.content ?? [];
    });
    assert.deepEqual(lists, openaiTokens);
  });

  it('are refused towards Anthropic', () => {
    assert.throws(() => exchange('chat', 'messages', requests.chat), { param: 'logprobs' });
    assert.throws(() => exchange('responses', 'messages', { ...requests.responses, top_logprobs: 0 }), {
      param: 'logprobs',
    });
    const config = { ...gemini, generationConfig: { responseLogprobs: true } };
    assert.throws(() => exchange('gemini', 'messages', config), {
      param: 'generationConfig.responseLogprobs',
    });
  });
});
