import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { piecesOf } from '../../../tests/support/pieces.ts';
import { noToolCalls } from '../../domain/usage.ts';
import { limits } from '../../platform/limits.ts';
import type { ResponseForm } from '../protocol.ts';
import { anthropicUsageReader } from './anthropic-usage.ts';
import { geminiUsageReader } from './gemini-usage.ts';
import { imagesUsageReader } from './images-usage.ts';
import { chatUsageReader, responsesUsageReader } from './openai-usage.ts';
import type { UsageReaderFactory } from './usage-reader.ts';

interface Reporting {
  readonly usageReader: UsageReaderFactory;
}

const openai: Reporting = { usageReader: chatUsageReader };
const openaiImages: Reporting = { usageReader: imagesUsageReader };
const openaiResponses: Reporting = { usageReader: responsesUsageReader };
const anthropic: Reporting = { usageReader: anthropicUsageReader };
const gemini: Reporting = { usageReader: geminiUsageReader };

const data = (...events: readonly object[]) =>
  events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join('');
const cut = (text: string, places: readonly number[]): Buffer[] => {
  const bytes = Buffer.from(text);
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, at) => bytes.subarray(sorted[at - 1] ?? 0, end));
};

function outputOf(protocol: Reporting, form: ResponseForm, pieces: readonly Buffer[], complete = false) {
  const reader = protocol.usageReader(form);
  for (const piece of piecesOf(form, pieces)) reader.push(piece);
  return { ...reader.finish(complete), text: reader.output().text };
}

const call = (args: string) => ({ tool_calls: [{ index: 0, function: { name: 'f', arguments: args } }] });
const chat = [
  { choices: [{ delta: { role: 'assistant', content: '' } }] },
  { choices: [{ delta: { reasoning_content: 'hm. ' } }, { delta: { content: 'né"e ' } }] },
  { choices: [{ delta: call('{"a":') }, { delta: { refusal: 'no', content: null } }] },
  { choices: [{ text: 'plain' }] },
];
const chatText = 'hm. né"e f{"a":noplain';
const messages = [
  { type: 'message_start', message: { content: [] } },
  { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm. ' } },
  { type: 'content_block_delta', delta: { type: 'signature_delta', signature: 'xx' } },
  { type: 'content_block_delta', delta: { type: 'text_delta', text: 'é' } },
  { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"a"' } },
];
const responses = [
  { type: 'response.output_text.delta', delta: 'one ' },
  { type: 'response.reasoning_summary_text.delta', delta: 'two ' },
  { type: 'response.function_call_arguments.delta', delta: '{}' },
  { type: 'response.audio.delta', delta: 'base64' },
  { type: 'response.output_text.done', text: 'one ' },
];
const parts = [{ text: 'a', thought: true }, { text: 'b' }, { functionCall: { name: 'f', args: { x: 1 } } }];
const generated = [{ candidates: [{ content: { parts } }] }];

interface Case {
  readonly name: string;
  readonly protocol: Reporting;
  readonly form: ResponseForm;
  readonly response: string;
  readonly text: string;
}
const streams: readonly Case[] = [
  {
    name: 'chat',
    protocol: openai,
    form: 'sse',
    response: `${data(...chat)}data: [DONE]\n\n`,
    text: chatText,
  },
  { name: 'messages', protocol: anthropic, form: 'sse', response: data(...messages), text: 'hm. é{"a"' },
  {
    name: 'responses',
    protocol: openaiResponses,
    form: 'sse',
    response: data(...responses),
    text: 'one two {}',
  },
  { name: 'gemini', protocol: gemini, form: 'sse', response: data(...generated), text: 'ab{"x":1}' },
];
const wholes: readonly Case[] = [
  {
    name: 'chat',
    protocol: openai,
    form: 'json',
    response: JSON.stringify({ choices: [{ message: { content: [{ text: 'é' }], ...call('{}') } }] }),
    text: 'éf{}',
  },
  {
    name: 'messages',
    protocol: anthropic,
    form: 'json',
    response: JSON.stringify({
      content: [
        { type: 'thinking', thinking: 'a' },
        { type: 'text', text: 'b' },
        { type: 'tool_use', input: { x: 1 } },
      ],
    }),
    text: 'ab{"x":1}',
  },
  {
    name: 'responses',
    protocol: openaiResponses,
    form: 'json',
    response: JSON.stringify({
      output: [
        { type: 'reasoning', summary: [{ text: 'a' }] },
        { type: 'message', content: [{ type: 'output_text', text: 'b' }, { refusal: 'c' }] },
        { type: 'function_call', arguments: '{}' },
      ],
    }),
    text: 'abc{}',
  },
  {
    name: 'gemini',
    protocol: gemini,
    form: 'json-array',
    response: JSON.stringify(generated),
    text: 'ab{"x":1}',
  },
];

describe('the output of an answer without a report', () => {
  for (const { name, protocol, form, response, text } of [...streams, ...wholes]) {
    it(`${name} (${form}): has the texts and nothing around them, however it is cut`, () => {
      fc.assert(
        fc.property(fc.array(fc.nat(10_000), { maxLength: 9 }), (places) => {
          const found = outputOf(protocol, form, cut(response, places), true);
          assert.deepEqual(found, {
            usage: undefined,
            outputMissing: false,
            responseId: '',
            tier: '',
            toolCalls: noToolCalls,
            text,
          });
        }),
      );
    });
  }

  it('is read in full from a stream longer than is kept as it came', () => {
    const piece = data({ choices: [{ delta: { content: 'word é ' } }] });
    const long = outputOf(
      openai,
      'sse',
      cut(
        piece.repeat(4000),
        Array.from({ length: 900 }, (_, n) => n * 211),
      ),
    );
    assert.equal(long.text, 'word é '.repeat(4000));
    const tiny = outputOf(
      openai,
      'sse',
      Array.from(Buffer.from(piece.repeat(100)), (byte) => Buffer.from([byte])),
    );
    assert.equal(tiny.text, 'word é '.repeat(100));
  });

  it('of an event longer than the limit nothing, of texts beyond it the oldest', () => {
    const max = limits.usage_scan_bytes_max;
    const event = (content: string) => data({ choices: [{ delta: { content } }] });
    const pieces = cut(event('a') + event('x'.repeat(2 * max)) + event('b'), [1e5, 5e5, 1e6, 1.4e6, 2e6]);
    assert.equal(outputOf(openai, 'sse', pieces).text, 'ab');
    const many = [event('a'.repeat(max / 2)), event('b'.repeat(max)), event('c')].map((text) =>
      Buffer.from(text),
    );
    assert.equal(outputOf(openai, 'sse', many).text, 'a'.repeat(max / 2) + 'b'.repeat(max / 2));
  });

  it('is empty once usage was reported, and not when only the input was', () => {
    const begin = {
      type: 'message_start',
      message: { id: 'm', usage: { input_tokens: 3, output_tokens: 1 } },
    };
    const end = { type: 'message_delta', delta: {}, usage: { output_tokens: 9 } };
    const cutOff = outputOf(anthropic, 'sse', [Buffer.from(data(begin, ...messages))]);
    assert.equal(cutOff.usage?.inputTokens, 3);
    assert.equal(cutOff.usage?.outputTokens, 0);
    assert.deepEqual([cutOff.outputMissing, cutOff.responseId, cutOff.text], [true, 'm', 'hm. é{"a"']);
    const whole = outputOf(anthropic, 'sse', [Buffer.from(data(begin, ...messages, end))]);
    assert.deepEqual([whole.usage?.outputTokens, whole.outputMissing, whole.text], [9, false, '']);
    const chatInput = '{"choices":[{"message":{"content":"abc"}}],"usage":{"prompt_tokens":3}}';
    const half = outputOf(openai, 'json', [Buffer.from(chatInput)], true);
    assert.deepEqual([half.usage?.inputTokens, half.outputMissing, half.text], [3, true, 'abc']);
  });

  it('of broken JSON is what can be read, and nothing of what is no output', () => {
    const json = JSON.stringify({ id: 'c', choices: [{ message: { content: 'one \\ "two" é' } }] });
    const broken = (text: string) => outputOf(openai, 'json', [Buffer.from(text)]).text;
    assert.equal(broken(json.slice(0, -1)), 'one \\ "two" é');
    assert.equal(broken(json.slice(0, json.indexOf('é'))), 'one \\ "two" ');
    for (let end = 1; end < json.length; end++) broken(json.slice(0, end));
    assert.equal(broken('{"a":1,"b'), '');
    assert.equal(broken('<html>busy</html>'), '');
    const event = 'data: {"choices":[{"delta":{"content":"half \\u00e';
    assert.equal(outputOf(openai, 'sse', [Buffer.from(event)]).text, 'half ');
  });

  it('never throws and never grows, whatever the bytes', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          'data: {"choices":[{"delta":',
          '"content":"',
          '\\',
          '"',
          '}]}\n',
          '[null,{"content":[0]}]',
          '\n',
        )
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const bytes = pieces.reduce((sum, one) => sum + one.length, 0);
        for (const { protocol, form } of [...streams, ...wholes]) {
          assert.ok(outputOf(protocol, form, pieces).text.length <= bytes);
        }
      }),
    );
    const deep = `{"choices":[{"message":{"content":${'['.repeat(50_000)}${']'.repeat(50_000)}}}]}`;
    assert.equal(outputOf(openai, 'json', [Buffer.from(deep)], true).text, '');
  });
});

describe('pictures', () => {
  const usage = {
    input_tokens: 9,
    output_tokens: 70,
    input_tokens_details: { text_tokens: 5, image_tokens: 4 },
  };
  const response = (items: readonly object[], rest = {}) =>
    JSON.stringify({ created: 1, data: items, ...rest });
  const base64 = { b64_json: 'x'.repeat(50), revised_prompt: 'a "url" and "b64_json"' };

  it('are counted besides the tokens, however the answer is cut', () => {
    const text = response([base64, { url: null, ...base64 }, base64], { usage });
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 12 }), (places) => {
        const found = outputOf(openaiImages, 'json', cut(text, places), true).usage;
        assert.deepEqual(
          [found?.images, found?.inputTokens, found?.imageInputTokens, found?.outputTokens],
          [3, 9, 4, 70],
        );
      }),
    );
  });

  it('are counted where no tokens are reported', () => {
    const found = outputOf(openaiImages, 'json', [Buffer.from(response([{ url: 'https://a' }]))], true);
    assert.equal(found.usage?.images, 1);
    assert.equal(found.usage?.inputTokens, 0);
    assert.equal(outputOf(openaiImages, 'json', [Buffer.from(response([]))], true).usage, undefined);
  });
});
