/** Responses for Gemini's clients, in each form. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GenerateContentResponse } from '@google/genai';
import fc from 'fast-check';
import { noUsage } from '../../../domain/usage.ts';
import type { ResponseForm } from '../../protocol.ts';
import type { Carried } from '../form/request.ts';
import type { EndReason, ResponseEvent } from '../form/response.ts';
import type { RequestFacts } from '../parts.ts';
import { joined, readText } from './test-response.ts';
import { writeResponse } from './write-response.ts';

const facts: RequestFacts = {
  model: 'claude-sonnet',
  requestId: 'req-1',
  createdAt: 1_700_000_000,
  includesUsage: false,
};

function write(form: ResponseForm, events: readonly ResponseEvent[]): readonly string[] {
  const writer = writeResponse(form, facts);
  return [...events.map((event) => writer.push(event)), writer.end()];
}

const end = (reason: EndReason, more: object = {}): ResponseEvent => ({
  type: 'end',
  reason,
  stopSequence: undefined,
  ...more,
});
const usage = { ...noUsage, inputTokens: 10, cachedTokens: 4, outputTokens: 9, reasoningTokens: 5 };
const anthropic: Carried = { provider: 'anthropic', blob: 'sig+/=', seal: 's' };
const wrapped = Buffer.from('halley2.anthropic.s.sig+/=').toString('base64');
const events: readonly ResponseEvent[] = [
  { type: 'start', id: 'msg-1' },
  { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
  { type: 'part-delta', index: 0, text: 'h' },
  { type: 'part-delta', index: 0, text: 'm' },
  { type: 'part-end', index: 0, carried: anthropic },
  { type: 'part-start', index: 1, part: { kind: 'text' } },
  { type: 'part-delta', index: 1, text: 'Hi' },
  { type: 'part-end', index: 1 },
  { type: 'part-start', index: 2, part: { kind: 'tool-call', id: 'c1', name: 'f' } },
  { type: 'part-delta', index: 2, text: '{"id":12345678' },
  { type: 'part-delta', index: 2, text: '901234567890}' },
  { type: 'part-end', index: 2 },
  { type: 'usage', usage },
  end('tool-calls'),
];
const usageMetadata = {
  promptTokenCount: 10,
  candidatesTokenCount: 4,
  totalTokenCount: 19,
  cachedContentTokenCount: 4,
  thoughtsTokenCount: 5,
};
const call = '{"functionCall":{"id":"c1","name":"f","args":{"id":12345678901234567890}}}';
const rest = '"modelVersion":"claude-sonnet","responseId":"msg-1"';
const object = (parts: string, more = '', top = '') =>
  `{"candidates":[{"content":{"role":"model","parts":[${parts}]},"index":0${more}}],${top}${rest}}`;
const last = [',"finishReason":"STOP"', `"usageMetadata":${JSON.stringify(usageMetadata)},`] as const;
const objects = [
  object('{"text":"h","thought":true}'),
  object('{"text":"m","thought":true}'),
  object(`{"text":"","thought":true,"thoughtSignature":"${wrapped}"}`),
  object('{"text":"Hi"}'),
  object(call),
  object('{"text":""}', ...last),
];

describe('a response for a Gemini client', () => {
  it('as a stream: one complete object for each piece, the reason and the usage in the last', () => {
    const written = write('sse', events);
    assert.deepEqual(
      written.filter((text) => text !== ''),
      objects.map((each) => `data: ${each}\n\n`),
    );
    assert.equal(written.at(-1), '');
  });

  it('as an array, element by element', () => {
    const written = write('json-array', events);
    assert.equal(written.join(''), `[${objects.join(',\n')}\n]`);
    assert.equal(written.at(-1), '\n]');
  });

  it('as JSON, with nothing before the end', () => {
    const written = write('json', events);
    assert.equal(written.slice(0, -1).join(''), '');
    const thought = `{"text":"hm","thought":true,"thoughtSignature":"${wrapped}"}`;
    assert.equal(written.at(-1), object([thought, '{"text":"Hi"}', call].join(','), ...last));
    const response: Partial<GenerateContentResponse> = JSON.parse(written.at(-1) ?? '');
    assert.equal(response.candidates?.[0]?.finishReason, 'STOP');
  });

  it("without the upstream's id it has the request's", () => {
    const text = write('json', [{ type: 'start', id: '' }, end('stop')]).join('');
    assert.equal(JSON.parse(text).responseId, 'req-1');
  });

  it('images are inline data', () => {
    const text = write('json', [
      { type: 'part-start', index: 0, part: { kind: 'image', mediaType: 'image/png' } },
      { type: 'part-delta', index: 0, text: 'iVBO' },
      { type: 'part-delta', index: 0, text: 'Rw0K' },
      { type: 'part-end', index: 0 },
      end('stop'),
    ]).join('');
    assert.deepEqual(JSON.parse(text).candidates[0].content.parts, [
      { inlineData: { mimeType: 'image/png', data: 'iVBORw0K' } },
    ]);
  });

  const candidateOf = (...list: readonly ResponseEvent[]) => {
    const [whole] = write('json', list).slice(-1);
    const streamed = write('sse', list)
      .filter((text) => text !== '')
      .at(-1)
      ?.replace('data: ', '');
    const { finishReason, finishMessage } = JSON.parse(streamed ?? '').candidates[0];
    const candidate = JSON.parse(whole ?? '').candidates[0];
    assert.equal(candidate.finishReason, finishReason);
    assert.equal(candidate.finishMessage, finishMessage);
    return candidate;
  };
  const ofReason = (reason: EndReason, more: object = {}) => candidateOf(end(reason, more));

  it('ends', () => {
    for (const reason of ['stop', 'stop-sequence', 'tool-calls'] as const)
      assert.equal(ofReason(reason).finishReason, 'STOP');
    assert.equal(ofReason('length').finishReason, 'MAX_TOKENS');
    const refused = ofReason('refusal', { refusal: 'No.' });
    assert.deepEqual([refused.finishReason, refused.finishMessage], ['SAFETY', 'No.']);
    // Google's client would ask again by itself after CONTINUATION.
    assert.equal(ofReason('paused').finishReason, 'OTHER');
    assert.deepEqual(ofReason('refusal').content, { role: 'model', parts: [{ text: '' }] });
  });

  it("a refusal in words is a text, and its end is one for safety's sake", () => {
    const candidate = candidateOf(
      { type: 'part-start', index: 0, part: { kind: 'refusal' } },
      { type: 'part-delta', index: 0, text: 'I cannot.' },
      { type: 'part-end', index: 0 },
      end('stop'),
    );
    assert.deepEqual(candidate.content.parts, [{ text: 'I cannot.' }]);
    assert.equal(candidate.finishReason, 'SAFETY');
  });

  it('a call whose arguments are no object is left out, and the end says so', () => {
    const broken = (text: string, reason: EndReason) =>
      candidateOf(
        { type: 'part-start', index: 0, part: { kind: 'tool-call', id: 'c', name: 'f' } },
        { type: 'part-delta', index: 0, text },
        { type: 'part-end', index: 0 },
        end(reason),
      );
    for (const text of ['{"a":', '[1]', '12345678901234567890'])
      assert.equal(broken(text, 'tool-calls').finishReason, 'MALFORMED_FUNCTION_CALL');
    assert.equal(broken('{"a":', 'length').finishReason, 'MAX_TOKENS');
    assert.deepEqual(broken('', 'tool-calls').content.parts[0].functionCall.args, {});
  });

  it("an error is one of Google's, and nothing follows it", () => {
    const failed: readonly ResponseEvent[] = [
      { type: 'part-start', index: 0, part: { kind: 'text' } },
      { type: 'part-delta', index: 0, text: 'a' },
      { type: 'error', message: 'Overloaded', code: 'overloaded_error' },
      end('stop'),
    ];
    const info =
      '[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"overloaded_error","domain":"halley"}]';
    const error = `{"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE","details":${info}}}`;
    assert.equal(write('sse', failed).slice(2).join(''), `data: ${error}\n\n`);
    assert.equal(write('json-array', failed).slice(2).join(''), `,\n${error}\n]`);
    assert.equal(write('json-array', failed.slice(2)).join(''), `[${error}\n]`);
    assert.equal(write('json', failed.slice(0, 3)).join(''), error);
    const code = (name: string) =>
      JSON.parse(write('json', [{ type: 'error', message: 'm', code: name }]).join('')).error.code;
    assert.deepEqual(
      ['rate_limit_error', 'insufficient_quota', 'invalid_request_error', '', 'constructor'].map(code),
      [429, 429, 400, 500, 500],
    );
  });
});

describe('usage', () => {
  it('audio and images are details; no count is negative', () => {
    const written = (more: object) =>
      JSON.parse(write('json', [{ type: 'usage', usage: { ...noUsage, ...more } }, end('stop')]).join(''))
        .usageMetadata;
    assert.deepEqual(
      written({ inputTokens: 9, audioInputTokens: 3, outputTokens: 4, imageOutputTokens: 4 }),
      {
        promptTokenCount: 9,
        candidatesTokenCount: 4,
        totalTokenCount: 13,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 6 },
          { modality: 'AUDIO', tokenCount: 3 },
        ],
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 4 }],
      },
    );
    assert.equal(written({ outputTokens: 2, reasoningTokens: 5 }).candidatesTokenCount, 0);
    assert.equal(written({ outputTokens: 2, reasoningTokens: 5 }).thoughtsTokenCount, 2);
  });
});

describe('events, written for a client and read as those of an upstream', () => {
  const words = fc.string({ minLength: 1, maxLength: 8 });
  const pieces = fc.array(words, { minLength: 1, maxLength: 3 });
  const carried = fc.constantFrom<Carried>(
    anthropic,
    { provider: 'openai', blob: 'gAAA', seal: 's' },
    { provider: 'gemini', blob: 'c2ln' },
  );
  type Made = readonly [
    part: Extract<ResponseEvent, { type: 'part-start' }>['part'],
    pieces: readonly string[],
    more: object,
  ];
  const made: fc.Arbitrary<Made> = fc.oneof(
    pieces.map((list): Made => [{ kind: 'text' }, list, {}]),
    fc
      .tuple(fc.oneof(pieces, fc.constant([])), carried)
      .map(([list, signature]): Made => [{ kind: 'reasoning' }, list, { carried: signature }]),
    pieces.map((list): Made => [{ kind: 'reasoning' }, list, {}]),
    fc.constant<Made>([{ kind: 'reasoning' }, [], { carried: anthropic, isRedacted: true }]),
    fc
      .tuple(fc.nat(999), fc.dictionary(words, fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true }))
      .map(
        ([id, args]): Made => [{ kind: 'tool-call', id: `c${id}`, name: 'f' }, [JSON.stringify(args)], {}],
      ),
    fc.constant<Made>([{ kind: 'image', mediaType: 'image/webp' }, ['UklG', 'Rg=='], {}]),
  );
  /** Two texts, or a thought without an end of its own and another one, are one for Gemini. */
  const isOne = ([one, , more]: Made, [two, , next]: Made) =>
    one.kind === two.kind &&
    (one.kind === 'text' || (one.kind === 'reasoning' && !('carried' in more) && !('isRedacted' in next)));
  const response = fc
    .tuple(
      fc.array(made, { maxLength: 6 }),
      fc.nat(50),
      fc.nat(50),
      fc.constantFrom<EndReason>('stop', 'length', 'refusal'),
    )
    .map(([list, input, output, reason]): readonly ResponseEvent[] => {
      const parts: Made[] = [];
      for (const each of list) if (!parts.length || !isOne(parts.at(-1) ?? each, each)) parts.push(each);
      const calls = parts.some(([{ kind }]) => kind === 'tool-call');
      return [
        { type: 'start', id: 'r' },
        ...parts.flatMap(([part, texts, more], index): readonly ResponseEvent[] => [
          { type: 'part-start', index, part },
          ...texts.map((text): ResponseEvent => ({ type: 'part-delta', index, text })),
          { type: 'part-end', index, ...more },
        ]),
        {
          type: 'usage',
          usage: {
            ...noUsage,
            inputTokens: input + 1,
            cachedTokens: Math.floor(input / 2),
            outputTokens: output,
            reasoningTokens: Math.floor(output / 3),
          },
        },
        end(
          calls && reason === 'stop' ? 'tool-calls' : reason,
          reason === 'refusal' ? { refusal: 'No.' } : {},
        ),
      ];
    });

  for (const form of ['sse', 'json-array', 'json'] as const) {
    it(`are the same: ${form}`, () => {
      fc.assert(
        fc.property(response, (list) => {
          assert.deepEqual(joined(readText(form, write(form, list).join(''))), joined(list));
        }),
        { numRuns: 300 },
      );
    });
  }
});
