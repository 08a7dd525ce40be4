import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../platform/limits.ts';
import { anthropic } from './anthropic.ts';
import { gemini } from './gemini.ts';
import { openai, openaiResponses } from './openai.ts';
import type { AnswerForm, Protocol, Usage, UsageReader } from './protocol.ts';
import { RecentBytes } from './recent-bytes.ts';

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
  choices: [{ delta: { content } }],
  usage,
});
const chat = [
  delta(''),
  delta(hostile),
  delta(hostile),
  { choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } },
];
const chatJson = {
  tools: [hostileObject],
  usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  choices: [{ message: { content: hostile } }],
};
const responseDone = {
  type: 'response.completed',
  response: {
    tools: [hostileObject],
    usage: { input_tokens: 11, output_tokens: 7, output_tokens_details: { reasoning_tokens: 3 } },
    metadata: hostileObject,
  },
};
const responses = [
  { type: 'response.created', response: { usage: null, metadata: hostileObject.usage } },
  { type: 'response.output_text.delta', delta: hostile },
  responseDone,
];
const messagesBegin = [
  {
    type: 'message_start',
    message: {
      usage: {
        input_tokens: 4,
        cache_creation_input_tokens: 5,
        cache_read_input_tokens: 2,
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
  content: [{ type: 'tool_use', input: hostileObject }],
  usage: { input_tokens: 4, cache_creation_input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 7 },
};
const part = (usageMetadata: object) => ({
  candidates: [{ content: { parts: [{ text: hostile }, { functionCall: { args: hostileObject } }] } }],
  usageMetadata,
  modelVersion: 'x',
});
const generated = [
  part({ promptTokenCount: 11 }),
  part({ promptTokenCount: 11, candidatesTokenCount: 2 }),
  part({ promptTokenCount: 8, toolUsePromptTokenCount: 3, candidatesTokenCount: 4, thoughtsTokenCount: 3 }),
];

interface Case {
  readonly name: string;
  readonly protocol: Protocol;
  readonly form: AnswerForm;
  readonly text: string;
}
const expected: Usage = { inputTokens: 11, outputTokens: 7, estimated: false };
const cases: readonly Case[] = [
  { name: 'chat stream', protocol: openai, form: 'sse', text: `${events(chat)}data: [DONE]\n\n` },
  { name: 'chat stream with CRLF', protocol: openai, form: 'sse', text: events(chat, '\r\n\r\n') },
  {
    name: 'chat stream cut right after its report',
    protocol: openai,
    form: 'sse',
    text: events(chat).trimEnd(),
  },
  { name: 'chat answer', protocol: openai, form: 'json', text: JSON.stringify(chatJson) },
  { name: 'indented chat answer', protocol: openai, form: 'json', text: JSON.stringify(chatJson, null, 2) },
  { name: 'responses stream', protocol: openaiResponses, form: 'sse', text: named(responses) },
  {
    name: 'responses answer',
    protocol: openaiResponses,
    form: 'json',
    text: JSON.stringify(responseDone.response),
  },
  { name: 'messages stream', protocol: anthropic, form: 'sse', text: named(messages) },
  { name: 'messages answer', protocol: anthropic, form: 'json', text: JSON.stringify(messageJson) },
  { name: 'gemini stream', protocol: gemini, form: 'sse', text: events(generated, '\r\n\r\n') },
  { name: 'gemini array', protocol: gemini, form: 'json-array', text: JSON.stringify(generated, null, 2) },
  { name: 'gemini answer', protocol: gemini, form: 'json', text: JSON.stringify(generated[2]) },
];

function read(reader: UsageReader, chunks: readonly Buffer[], complete = true) {
  for (const chunk of chunks) reader.push(chunk);
  return { usage: reader.finish(complete), estimate: reader.estimatedOutputTokens() };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, at) => bytes.subarray(sorted[at - 1] ?? 0, end));
}

describe('usage readers', () => {
  for (const { name, protocol, form, text } of cases) {
    const bytes = Buffer.from(text);

    it(`${name}: the reported usage is read, and nothing that only looks like it`, () => {
      assert.deepEqual(read(protocol.usageReader(form), [bytes]).usage, expected);
    });

    it(`${name}: however the bytes are cut, the result is the same`, () => {
      const whole = read(protocol.usageReader(form), [bytes]);
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      assert.deepEqual(read(protocol.usageReader(form), single), whole);
      fc.assert(
        fc.property(fc.array(fc.nat(100_000), { maxLength: 12 }), (places) => {
          assert.deepEqual(read(protocol.usageReader(form), cut(bytes, places)), whole);
        }),
        { numRuns: 60 },
      );
    });

    it(`${name}: broken off anywhere, it never reports more than was used`, () => {
      for (let end = 0; end < bytes.length; end += 7) {
        const { usage } = read(protocol.usageReader(form), [bytes.subarray(0, end)], false);
        if (!usage) continue;
        assert.ok(usage.inputTokens <= 11 && usage.outputTokens <= 7, `at ${end}: ${JSON.stringify(usage)}`);
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
        for (const { protocol, form } of cases) read(protocol.usageReader(form), chunks);
      }),
    );
  });

  it('an embeddings answer has input alone', () => {
    const text = '{"data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":5,"total_tokens":5}}';
    const { usage } = read(openai.usageReader('json'), [Buffer.from(text)]);
    assert.deepEqual(usage, { inputTokens: 5, outputTokens: 0, estimated: false });
  });

  it('counts that are no counts are not believed', () => {
    for (const count of ['-5', '1.5', '1e30', '"7"', 'null', '{}']) {
      const text = `{"usage":{"prompt_tokens":${count},"completion_tokens":${count}}}`;
      assert.equal(read(openai.usageReader('json'), [Buffer.from(text)]).usage, undefined, count);
    }
  });

  it('compressed or empty answers report nothing', () => {
    for (const { protocol, form } of cases) {
      assert.equal(read(protocol.usageReader(form), []).usage, undefined);
      assert.equal(read(protocol.usageReader(form), [Buffer.from('1f8b0800', 'hex')]).usage, undefined);
    }
  });

  it('answers beyond the limit are still read from their end', () => {
    const filler = 'x"\\'.repeat(limits.usage_scan_bytes_max / 3);
    const json = JSON.stringify({ content: [{ text: filler, ...hostileObject }], ...chatJson });
    const done = { ...responseDone, response: { output: filler, ...responseDone.response } };
    const array = JSON.stringify([{ candidates: [filler] }, ...generated]);
    const chunked = (text: string) => cut(Buffer.from(text), [1e5, 3e5, 1_000_000, 1_500_000, 1_900_000]);
    assert.deepEqual(read(openai.usageReader('json'), chunked(json)).usage, expected);
    assert.deepEqual(read(openaiResponses.usageReader('sse'), chunked(named([done]))).usage, expected);
    assert.deepEqual(read(gemini.usageReader('json-array'), chunked(array)).usage, expected);
  });

  it('a stream broken off before its report counts one token for each event with content', () => {
    const chatCut = read(openai.usageReader('sse'), [Buffer.from(events(chat.slice(0, 3)))]);
    assert.deepEqual(chatCut, { usage: undefined, estimate: 2 });
    const messagesCut = read(anthropic.usageReader('sse'), [Buffer.from(named(messagesBegin))]);
    assert.deepEqual(messagesCut, {
      usage: { inputTokens: 11, outputTokens: 2, estimated: true },
      estimate: 2,
    });
    const nothing = read(openaiResponses.usageReader('sse'), [Buffer.from(': ping\n\n')]);
    assert.deepEqual(nothing, { usage: undefined, estimate: 0 });
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
