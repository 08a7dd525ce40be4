import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../../tests/support/non-empty.ts';
import { piecesOf } from '../../../tests/support/pieces.ts';
import { noToolCalls, noUsage, type Usage } from '../../domain/usage.ts';
import { limits } from '../../platform/limits.ts';
import type { ResponseForm } from '../protocol.ts';
import { anthropicUsageReader } from './anthropic-usage.ts';
import { geminiUsageReader } from './gemini-usage.ts';
import { chatUsageReader, responsesUsageReader } from './openai-usage.ts';
import { RecentBytes } from './recent-bytes.ts';
import type { UsageReaderFactory } from './usage-reader.ts';

interface Reporting {
  readonly usageReader: UsageReaderFactory;
}

const openai: Reporting = { usageReader: chatUsageReader };
const openaiResponses: Reporting = { usageReader: responsesUsageReader };
const anthropic: Reporting = { usageReader: anthropicUsageReader };
const gemini: Reporting = { usageReader: geminiUsageReader };

const events = (list: readonly object[], end = '\n\n') =>
  list.map((event) => `data: ${JSON.stringify(event)}${end}`).join('');
const named = (list: readonly { type: string }[]) =>
  list.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');

/** What a model may say, or a caller make it say, to look like a report. */
const hostile =
  'data: {"usage":{"prompt_tokens":999999,"completion_tokens":999999}}\n\n"output_tokens" "usageMetadata":{"promptTokenCount":9} \\" é';
const hostileObject = {
  usage: { prompt_tokens: 9e5, completion_tokens: 9e5, input_tokens: 9e5, output_tokens: 9e5 },
  usageMetadata: { promptTokenCount: 9e5, candidatesTokenCount: 9e5 },
};

const delta = (content: string, usage: object | null = null) => ({
  id: 'answer-1',
  choices: [{ delta: { content } }],
  usage,
});
const chatUsage = {
  prompt_tokens: 11,
  completion_tokens: 7,
  prompt_tokens_details: { cached_tokens: 2, audio_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 1 },
};
const chat = [delta(''), delta(hostile), delta(hostile), { id: 'answer-1', choices: [], usage: chatUsage }];
const chatJson = {
  id: 'answer-1',
  tools: [hostileObject],
  usage: chatUsage,
  choices: [{ message: { content: hostile } }],
};
const responseDone = {
  type: 'response.completed',
  response: {
    id: 'answer-1',
    tools: [hostileObject],
    usage: {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 2 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
    },
    metadata: hostileObject,
  },
};
const responses = [
  { type: 'response.created', response: { id: 'answer-1', usage: null, metadata: hostileObject.usage } },
  { type: 'response.output_text.delta', delta: hostile },
  responseDone,
];
const messagesBegin = [
  {
    type: 'message_start',
    message: {
      id: 'answer-1',
      usage: {
        input_tokens: 4,
        cache_creation_input_tokens: 5,
        cache_read_input_tokens: 2,
        cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
        output_tokens: 1,
      },
    },
  },
  { type: 'content_block_start', content_block: { type: 'tool_use', input: hostileObject } },
  { type: 'ping' },
  { type: 'content_block_delta', delta: { type: 'text_delta', text: hostile } },
  { type: 'content_block_delta', delta: { type: 'text_delta', text: '.' } },
];
const messages = [
  ...messagesBegin,
  { type: 'message_delta', delta: {}, usage: { output_tokens: 3 } },
  { type: 'message_delta', delta: {}, usage: { input_tokens: 0, output_tokens: 7 } },
];
const messageJson = {
  id: 'answer-1',
  content: [{ type: 'tool_use', input: hostileObject }],
  usage: {
    input_tokens: 4,
    cache_creation_input_tokens: 5,
    cache_read_input_tokens: 2,
    cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
    output_tokens: 7,
  },
};
const part = (usageMetadata: object) => ({
  candidates: [{ content: { parts: [{ text: hostile }, { functionCall: { args: hostileObject } }] } }],
  usageMetadata,
  modelVersion: 'x',
  responseId: 'answer-1',
});
const generated = [
  part({ promptTokenCount: 11 }),
  part({ promptTokenCount: 11, candidatesTokenCount: 2 }),
  part({
    promptTokenCount: 8,
    cachedContentTokenCount: 2,
    toolUsePromptTokenCount: 3,
    candidatesTokenCount: 4,
    thoughtsTokenCount: 3,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 5 },
      { modality: 'AUDIO', tokenCount: 1 },
    ],
    candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 4 }],
  }),
];

interface Case {
  readonly name: string;
  readonly protocol: Reporting;
  readonly form: ResponseForm;
  readonly text: string;
  readonly usage: Usage;
}
const both = { ...noUsage, inputTokens: 11, outputTokens: 7, cachedTokens: 2, reasoningTokens: 3 };
const chatTotal = { ...both, audioInputTokens: 1, audioOutputTokens: 1 };
const messagesTotal = { ...both, cacheWriteTokens: 5, longCacheWriteTokens: 3, reasoningTokens: 0 };
const geminiTotal = { ...both, audioInputTokens: 1, imageOutputTokens: 4 };
const oneCase = (
  name: string,
  protocol: Reporting,
  form: ResponseForm,
  text: string,
  usage: Usage,
): Case => ({
  name,
  protocol,
  form,
  text,
  usage,
});
const cases: readonly Case[] = [
  oneCase('chat stream', openai, 'sse', `${events(chat)}data: [DONE]\n\n`, chatTotal),
  oneCase('chat stream with CRLF', openai, 'sse', events(chat, '\r\n\r\n'), chatTotal),
  oneCase('chat stream cut right after its report', openai, 'sse', events(chat).trimEnd(), chatTotal),
  oneCase('chat answer', openai, 'json', JSON.stringify(chatJson), chatTotal),
  oneCase('indented chat answer', openai, 'json', JSON.stringify(chatJson, null, 2), chatTotal),
  oneCase('responses stream', openaiResponses, 'sse', named(responses), both),
  oneCase('responses answer', openaiResponses, 'json', JSON.stringify(responseDone.response), both),
  oneCase('messages stream', anthropic, 'sse', named(messages), messagesTotal),
  oneCase('messages answer', anthropic, 'json', JSON.stringify(messageJson), messagesTotal),
  oneCase('gemini stream', gemini, 'sse', events(generated, '\r\n\r\n'), geminiTotal),
  oneCase('gemini array', gemini, 'json-array', JSON.stringify(generated, null, 2), geminiTotal),
  oneCase('gemini answer', gemini, 'json', JSON.stringify(generated[2]), geminiTotal),
];

function read({ usageReader }: Reporting, form: ResponseForm, chunks: readonly Buffer[], complete = true) {
  const reader = usageReader(form);
  for (const piece of piecesOf(form, chunks)) reader.push(piece);
  return { ...reader.finish(complete), text: reader.output().text };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, at) => bytes.subarray(sorted[at - 1] ?? 0, end));
}

describe('usage readers', () => {
  for (const { name, protocol, form, text, usage: expected } of cases) {
    const bytes = Buffer.from(text);

    it(`${name}: the reported usage is read, and nothing that only looks like it`, () => {
      assert.deepEqual(read(protocol, form, [bytes]), {
        usage: expected,
        outputMissing: false,
        responseId: 'answer-1',
        tier: '',
        toolCalls: noToolCalls,
        text: '',
      });
    });

    it(`${name}: however the bytes are cut, the result is the same`, () => {
      const whole = read(protocol, form, [bytes]);
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      assert.deepEqual(read(protocol, form, single), whole);
      fc.assert(
        fc.property(fc.array(fc.nat(100_000), { maxLength: 12 }), (places) => {
          assert.deepEqual(read(protocol, form, cut(bytes, places)), whole);
        }),
        { numRuns: 60 },
      );
    });

    it(`${name}: broken off anywhere, it never reports more than was used`, () => {
      for (let end = 0; end < bytes.length; end += 7) {
        const { usage } = read(protocol, form, [bytes.subarray(0, end)], false);
        if (!usage) continue;
        for (const [kind, tokens] of maybeEmpty(Object.entries(usage))) {
          assert.ok(tokens <= (expected[kind as keyof Usage] ?? 0), `at ${end}: ${JSON.stringify(usage)}`);
        }
      }
    });
  }

  it('never throw, whatever the bytes', () => {
    const needle = fc.constantFrom(
      'data: {"usage":{"prompt_tokens":',
      '"output_tokens"',
      '{"usageMetadata":{',
      '\n',
      '[',
      '}',
      '"',
      '\\',
      'null',
    );
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      needle.map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (chunks) => {
        for (const { protocol, form } of cases) read(protocol, form, chunks);
      }),
    );
  });

  it('an embeddings answer has input alone', () => {
    const text = '{"data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":5,"total_tokens":5}}';
    const { usage, outputMissing } = read(openai, 'json', [Buffer.from(text)]);
    assert.deepEqual(usage, { ...noUsage, inputTokens: 5 });
    assert.equal(outputMissing, false);
  });

  it('counts that are no counts are not believed', () => {
    for (const count of ['-5', '1.5', '1e30', '"7"', 'null', '{}']) {
      const text = `{"usage":{"prompt_tokens":${count},"completion_tokens":${count}}}`;
      assert.equal(read(openai, 'json', [Buffer.from(text)]).usage, undefined, count);
    }
  });

  it('whatever is reported, each number is a safe one and no part is more than its total', () => {
    const value = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.constantFrom(2 ** 40, 2 ** 53, 1e300, '7', null, [], {}),
    );
    const shaped = (shape: object): fc.Arbitrary<object> =>
      fc.record(
        Object.fromEntries(
          Object.entries(shape).map(([key, inner]) => [
            key,
            typeof inner === 'number'
              ? value
              : fc.oneof(Array.isArray(inner) ? fc.constant(inner) : shaped(inner), value),
          ]),
        ),
        { requiredKeys: [] },
      );
    const reports = fc.oneof(
      shaped(chatUsage).map((usage) => [openai, { usage }] as const),
      shaped(responseDone.response.usage).map((usage) => [openaiResponses, { usage }] as const),
      shaped(messageJson.usage).map((usage) => [anthropic, { usage }] as const),
      shaped(generated[2]?.usageMetadata ?? {}).map((usageMetadata) => [gemini, { usageMetadata }] as const),
    );
    fc.assert(
      fc.property(reports, ([protocol, response]) => {
        const { usage } = read(protocol, 'json', [Buffer.from(JSON.stringify(response))]);
        if (!usage) return;
        for (const tokens of maybeEmpty(Object.values(usage)))
          assert.ok(Number.isSafeInteger(tokens) && tokens >= 0);
        assert.ok(usage.cachedTokens + usage.cacheWriteTokens <= usage.inputTokens);
        assert.ok(usage.audioInputTokens + usage.imageInputTokens <= usage.inputTokens);
        assert.ok(usage.audioOutputTokens + usage.imageOutputTokens <= usage.outputTokens);
        assert.ok(usage.longCacheWriteTokens <= usage.cacheWriteTokens);
        assert.ok(usage.reasoningTokens <= usage.outputTokens);
      }),
      { numRuns: 500 },
    );
  });

  it('compressed or empty answers report nothing', () => {
    for (const { protocol, form } of cases) {
      assert.equal(read(protocol, form, []).usage, undefined);
      assert.equal(read(protocol, form, [Buffer.from('1f8b0800', 'hex')]).usage, undefined);
    }
  });

  it('answers beyond the limit are still read from their end', () => {
    const filler = 'x"\\'.repeat(limits.usage_scan_bytes_max / 3);
    const json = JSON.stringify({ content: [{ text: filler, ...hostileObject }], ...chatJson });
    const done = { ...responseDone, response: { output: filler, ...responseDone.response } };
    const array = JSON.stringify([{ candidates: [filler] }, ...generated]);
    const chunked = (text: string) => cut(Buffer.from(text), [1e5, 3e5, 1_000_000, 1_500_000, 1_900_000]);
    assert.deepEqual(read(openai, 'json', chunked(json)).usage, chatTotal);
    assert.deepEqual(read(openaiResponses, 'sse', chunked(named([done]))).usage, both);
    assert.deepEqual(read(gemini, 'json-array', chunked(array)).usage, geminiTotal);
  });

  it('the id is that of the answer, not of a part of it', () => {
    const idOf = (protocol: Reporting, form: ResponseForm, text: string) =>
      read(protocol, form, [Buffer.from(text)], false).responseId;
    assert.equal(idOf(openai, 'sse', 'data: {"id":"c-1","choices":[]}\n\n'), 'c-1');
    assert.equal(idOf(anthropic, 'sse', named(messagesBegin)), 'answer-1');
    assert.equal(idOf(openai, 'json', '{"choices":[{"tool_calls":[{"id":"call"}]}],"id":"c-1"'), '');
    assert.equal(idOf(openai, 'json', `{"id":"${'x'.repeat(200)}"`), '');
    assert.equal(idOf(openai, 'json', '{"id":"a b"'), '');
    assert.equal(idOf(openai, 'json', '{"id":7}'), '');
  });
});

describe('RecentBytes', () => {
  it('keeps everything up to its limit, and beyond it the newest half or more', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 90 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, (list) => {
        const kept = new RecentBytes(100);
        for (const piece of list) kept.push(Buffer.from(piece));
        const all = Buffer.concat(list);
        const { bytes, whole } = kept.take();
        assert.ok(bytes.length <= 100);
        assert.equal(whole, bytes.length === all.length);
        assert.ok(whole || bytes.length >= 50);
        assert.deepEqual(bytes, all.subarray(all.length - bytes.length));
        assert.equal(kept.length, 0);
      }),
    );
  });
});
