/** Responses of Gemini's upstreams, in each form and however they are cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Candidate, FinishReason, type GenerateContentResponse, type Part } from '@google/genai';
import fc from 'fast-check';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import { noUsage } from '../../../domain/usage.ts';
import type { ResponseForm } from '../../protocol.ts';
import type { ResponseEvent } from '../form/response.ts';
import { framed, joined, readAll, readText } from './test-response.ts';

type Chunk = Partial<Omit<GenerateContentResponse, 'candidates'>> & { candidates?: readonly Candidate[] };

const chunk = (parts: readonly Part[], candidate: object = {}, more: object = {}): Chunk => ({
  candidates: [{ content: { parts: [...parts], role: 'model' }, index: 0, ...candidate }],
  modelVersion: 'gemini-3-flash-preview',
  responseId: 'resp-1',
  ...more,
});
const stop = { finishReason: 'STOP' };
const stream = (...chunks: readonly Chunk[]) => readText('sse', framed('sse', chunks));
const whole = (response: Chunk) => readText('json', JSON.stringify(response));
const ends = (events: readonly ResponseEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'end' ? last.reason : last?.type === 'error' ? `error ${last.code}` : last?.type;
};
const start = { type: 'start', id: 'resp-1' };
const gemini = (blob: string) => ({ provider: 'gemini', blob });
/** A part of the output in one. */
const part = (index: number, kind: string, text: string, end: object = {}, more: object = {}) => [
  { type: 'part-start', index, part: { kind, ...more } },
  ...(text === '' ? [] : [{ type: 'part-delta', index, text }]),
  { type: 'part-end', index, ...end },
];

const image = { inlineData: { mimeType: 'image/png', data: 'iVBORw0K' } };
/** As Google sends it: usage in each object, the reason in one after the call, a signature on an empty text. */
const recorded: readonly Chunk[] = [
  chunk(
    [{ text: '**Plan', thought: true }],
    {},
    { usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 } },
  ),
  chunk([{ text: 'ning** ü', thought: true }]),
  chunk([{ text: 'Hal' }]),
  chunk([{ text: 'lo "🌍"\n' }]),
  chunk([image as Part]),
  chunk([{ functionCall: { name: 'a', args: { x: ['}', '\\"'] } }, thoughtSignature: 'c2ln' }]),
  chunk([{ functionCall: { name: 'b', id: 'given' } }]),
  chunk([{ text: '', thoughtSignature: 'ZW5k' }], stop, {
    usageMetadata: {
      promptTokenCount: 9,
      toolUsePromptTokenCount: 2,
      cachedContentTokenCount: 4,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 30,
      totalTokenCount: 61,
    },
  }),
];
const recordedEnd = [
  {
    type: 'end',
    reason: 'tool-calls',
    stopSequence: undefined,
  },
  {
    type: 'usage',
    usage: { ...noUsage, inputTokens: 11, cachedTokens: 4, outputTokens: 50, reasoningTokens: 30 },
  },
];

describe('a response of Gemini', () => {
  it('a stream: thoughts, text, an image, calls, signatures, the end and the usage', () => {
    const events = joined(stream(...recorded));
    const [madeUp] = events.flatMap((event) =>
      event.type === 'part-start' && event.part.kind === 'tool-call' ? event.part.id : [],
    );
    assert.match(madeUp ?? '', /^call_[\w-]{24}$/);
    assert.deepEqual(events, [
      start,
      ...part(0, 'reasoning', '**Planning** ü'),
      ...part(1, 'text', 'Hallo "🌍"\n'),
      ...part(2, 'image', 'iVBORw0K', {}, { mediaType: 'image/png' }),
      ...part(
        3,
        'tool-call',
        '{"x":["}","\\\\\\""]}',
        { carried: gemini('c2ln') },
        { id: madeUp, name: 'a' },
      ),
      ...part(4, 'tool-call', '{}', {}, { id: 'given', name: 'b' }).map((event) => ({ ...event })),
      ...part(5, 'reasoning', '', { carried: gemini('ZW5k') }),
      ...recordedEnd,
    ]);
  });

  const asWhole = (): Chunk => {
    const parts = recorded.flatMap(({ candidates = [] }) => candidates[0]?.content?.parts ?? []);
    const last = recorded.at(-1) ?? {};
    return { ...last, candidates: [{ ...last.candidates?.[0], content: { parts, role: 'model' } }] };
  };

  it('whole JSON gives the same events as its stream, and so does an array', () => {
    const streamed = joined(stream(...recorded));
    assert.deepEqual(joined(whole(asWhole())), streamed);
    assert.deepEqual(joined(readText('json-array', framed('json-array', recorded))), streamed);
  });

  const forms: readonly (readonly [ResponseForm, string])[] = [
    ['sse', framed('sse', recorded)],
    ['json-array', framed('json-array', recorded)],
    ['json', JSON.stringify(asWhole())],
  ];
  for (const [form, text] of forms) {
    const bytes = Buffer.from(text);

    it(`${form}: cut at any byte, the events are the same`, () => {
      const uncut = readAll(form, [bytes]);
      for (const at of nonEmpty(bytes.keys())) {
        assert.deepEqual(readAll(form, [bytes.subarray(0, at), bytes.subarray(at)]), uncut, `cut at ${at}`);
      }
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      assert.deepEqual(readAll(form, single), uncut);
    });

    it(`${form}: broken off at any byte before its end, it is an error and no end`, () => {
      const marker = form === 'sse' ? bytes.lastIndexOf('"finishReason"') : bytes.lastIndexOf(']');
      for (const at of nonEmpty(bytes.subarray(0, marker).keys())) {
        assert.match(ends(readAll(form, [bytes.subarray(0, at)])) ?? '', /^error/, `at ${at}`);
      }
    });

    it(`${form}: never throws, whatever the bytes`, () => {
      const garbage = fc.oneof(
        fc.uint8Array({ maxLength: 20 }).map((list) => Buffer.from(list)),
        fc
          .constantFrom(
            'data: {',
            '{"candidates":[{"content":{"parts":[',
            'null',
            '[',
            ']',
            '}',
            '\n\n',
            '"',
            '\\',
          )
          .map((value) => Buffer.from(value)),
        fc.jsonValue().map((value) => Buffer.from(`data: {"candidates":${JSON.stringify(value)}}\n\n`)),
      );
      fc.assert(
        fc.property(fc.array(garbage, { maxLength: 12 }), (chunks) => {
          const events = readAll(form, chunks);
          const finals = events.filter(({ type }) => type === 'end' || type === 'error');
          assert.equal(finals.length, 1);
          assert.equal(events.at(-1), finals[0]);
        }),
      );
    });
  }

  it('comments, and the end that gateways add, are no objects', () => {
    const text = `: ping\n\n${framed('sse', [chunk([{ text: 'a' }], stop)])}data: [DONE]\n\n`;
    assert.equal(ends(readText('sse', text)), 'stop');
  });

  it('an event that is too long to hold is read from its parts', () => {
    const data = 'A'.repeat(200_000);
    const picture = chunk([{ inlineData: { mimeType: 'image/png', data } } as Part]);
    const bytes = Buffer.from(framed('sse', [picture, chunk([{ text: 'a' }], stop)]));
    const cuts = Array.from({ length: Math.ceil(bytes.length / 9000) }, (_, at) => 9000 * at);
    const events = readAll(
      'sse',
      cuts.map((at) => bytes.subarray(at, at + 9000)),
    );
    assert.deepEqual(events.slice(0, -1), [
      start,
      ...part(0, 'image', data, {}, { mediaType: 'image/png' }),
      ...part(1, 'text', 'a'),
    ]);
    assert.equal(ends(events), 'stop');
  });
});

describe('how a response of Gemini ends', () => {
  const meanings: Readonly<Record<string, string>> = {
    STOP: 'stop',
    MAX_TOKENS: 'length',
    CONTINUATION: 'paused',
    ...Object.fromEntries(
      [
        ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII'],
        ...['IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION'],
      ].map((reason) => [reason, 'refusal']),
    ),
    FINISH_REASON_UNSPECIFIED: 'error ',
  };
  for (const reason of [...Object.values(FinishReason), 'SOMETHING_NEW', 'constructor']) {
    it(`${reason}, streamed and not`, () => {
      const expected = meanings[reason as FinishReason] ?? `error ${reason}`;
      const wanted = Object.hasOwn(meanings, reason) ? expected : `error ${reason}`;
      const response = chunk([{ text: 'a' }], { finishReason: reason });
      assert.equal(ends(stream(response)), wanted);
      assert.equal(ends(whole(response)), wanted);
    });
  }

  it('STOP with calls is an end for calls, also where it comes before or after them', () => {
    const call = chunk([{ functionCall: { name: 'f', args: {} } }]);
    assert.equal(ends(stream(call, chunk([], stop))), 'tool-calls');
    assert.equal(ends(stream(chunk([{ text: 'a' }], stop), call)), 'tool-calls');
    assert.equal(ends(stream(call, { candidates: [stop as Candidate] })), 'tool-calls');
    assert.equal(ends(stream(call, chunk([], { finishReason: 'MAX_TOKENS' }))), 'length');
  });

  it('a blocked prompt is a refusal, with its reason in words', () => {
    const blocked = {
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 7 },
    };
    for (const events of [stream(blocked as Chunk), whole(blocked as Chunk)]) {
      assert.deepEqual(events, [
        { type: 'start', id: '' },
        { type: 'usage', usage: { ...noUsage, inputTokens: 7 } },
        {
          type: 'end',
          reason: 'refusal',
          stopSequence: undefined,
          refusal: 'The prompt was blocked: PROHIBITED_CONTENT.',
        },
      ]);
    }
    const message = { finishReason: 'SAFETY', finishMessage: 'Not that.' };
    const end = stream(chunk([], message)).at(-1);
    assert.equal(end?.type === 'end' && end.refusal, 'Not that.');
  });

  it('failures keep their message; nothing follows them', () => {
    const error = { error: { code: 429, message: 'Too much.', status: 'RESOURCE_EXHAUSTED' } };
    const expected = { type: 'error', message: 'Too much.', code: 'RESOURCE_EXHAUSTED' };
    const events = stream(chunk([{ text: 'a' }]), error as Chunk, chunk([{ text: 'b' }], stop));
    assert.deepEqual(events.at(-1), expected);
    assert.equal(events.filter(({ type }) => type === 'part-delta').length, 1);
    assert.deepEqual(readText('json-array', JSON.stringify(error)), [expected]);
    assert.deepEqual(readText('json-array', JSON.stringify([error])), [expected]);
    assert.deepEqual(readText('json', JSON.stringify([error])), [expected]);
    const malformed = {
      finishReason: 'MALFORMED_FUNCTION_CALL',
      finishMessage: 'Malformed function call: f(',
    };
    assert.deepEqual(stream(chunk([], malformed)).at(-1), {
      type: 'error',
      message: 'Malformed function call: f(',
      code: 'MALFORMED_FUNCTION_CALL',
    });
  });

  it('an upstream that closes without a reason has broken off', () => {
    assert.equal(ends(stream(chunk([{ text: 'a' }]))), 'error ');
    assert.equal(ends(whole(chunk([{ text: 'a' }]))), 'error ');
    assert.equal(ends(readText('sse', '')), 'error ');
    assert.equal(ends(readText('json', '')), 'error ');
    const withoutBracket = framed('json-array', [chunk([{ text: 'a' }], stop)])
      .trimEnd()
      .slice(0, -1);
    assert.equal(ends(readText('json-array', withoutBracket)), 'error ');
  });
});

describe('parts of a response of Gemini', () => {
  const partsOf = (...chunks: readonly Chunk[]) =>
    joined(stream(...chunks, chunk([], stop))).filter(({ type }) => type.startsWith('part'));

  it('big numbers of arguments stay exact', () => {
    const text = JSON.stringify(chunk([{ functionCall: { name: 'f', args: { id: '?' } } }], stop));
    const events = readText('sse', `data: ${text.replace('"?"', '12345678901234567890')}\n\n`);
    const delta = events.find(({ type }) => type === 'part-delta');
    assert.equal(delta?.type === 'part-delta' && delta.text, '{"id":12345678901234567890}');
  });

  it('a signed text is a text and a thought that has only the signature', () => {
    assert.deepEqual(
      partsOf(chunk([{ text: 'a' }]), chunk([{ text: 'b', thoughtSignature: 's' }]), chunk([{ text: 'c' }])),
      [
        ...part(0, 'text', 'ab'),
        ...part(1, 'reasoning', '', { carried: gemini('s') }),
        ...part(2, 'text', 'c'),
      ],
    );
  });

  it('a signed thought ends with its signature', () => {
    assert.deepEqual(
      partsOf(
        chunk([{ text: 'a', thought: true }]),
        chunk([{ text: '', thought: true, thoughtSignature: 's' }]),
        chunk([{ text: 'b', thought: true }]),
      ),
      [...part(0, 'reasoning', 'a', { carried: gemini('s') }), ...part(1, 'reasoning', 'b')],
    );
  });

  it('made up ids differ from call to call and from response to response', () => {
    const call = { functionCall: { name: 'f', args: {} } };
    const ids = (responseId: string) =>
      partsOf(chunk([call, call], {}, { responseId })).flatMap((event) =>
        event.type === 'part-start' && event.part.kind === 'tool-call' ? event.part.id : [],
      );
    assert.equal(new Set([...ids('a'), ...ids('b'), ...ids('a')]).size, 4);
  });

  it('ids are those that the client can have', () => {
    const call = { functionCall: { name: 'first', id: 'a:b', args: {} } };
    const [begun] = partsOf(chunk([call]));
    assert.ok(begun?.type === 'part-start' && begun.part.kind === 'tool-call');
    assert.equal(begun.part.name, 'first');
    assert.match(begun.part.id, /^a_b_/);
  });

  it('pictures among the thoughts are no output', () => {
    const parts = [{ ...image, thought: true }, { text: 'a' }];
    assert.deepEqual(partsOf({ candidates: [{ content: { parts } }] }), part(0, 'text', 'a'));
  });

  it('a call in pieces, which nobody asks for, is an error', () => {
    const events = stream(chunk([{ functionCall: { name: 'f', willContinue: true } }, { text: 'a' }], stop));
    assert.equal(events.length, 2);
    assert.equal(ends(events), 'error ');
  });
});
