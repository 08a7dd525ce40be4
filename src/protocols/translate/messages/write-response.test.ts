import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages/messages.js';
import fc from 'fast-check';
import { noUsage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { wrap } from '../carrier.ts';
import type { PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import { messagesClient } from './client.ts';
import { contentOf, events, message, readText, streamOf } from './test-streams.ts';

const facts = { model: 'my-model', requestId: '1700-abc', createdAt: 1700, includesUsage: false };

function write(form: 'json' | 'sse', list: readonly ResponseEvent[]): string {
  const writer = messagesClient.writeResponse(form, facts);
  return list.map((event) => writer.push(event)).join('') + writer.end();
}

const whole = (list: readonly ResponseEvent[]): Message => JSON.parse(write('json', list));

/** The events of a stream, each of which is named by its type. */
function stream(list: readonly ResponseEvent[]): readonly (RawMessageStreamEvent & JsonObject)[] {
  return write('sse', list)
    .split('\n\n')
    .slice(0, -1)
    .map((event) => {
      const [, name, data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      const parsed = JSON.parse(data);
      assert.equal(parsed.type, name);
      return parsed;
    });
}

const part = (
  index: number,
  begun: PartStartEvent['part'],
  texts: readonly string[],
  more: Partial<PartEndEvent> = {},
): readonly ResponseEvent[] => [
  { type: 'part-start', index, part: begun },
  ...texts.map((text): ResponseEvent => ({ type: 'part-delta', index, text })),
  { type: 'part-end', index, ...more },
];
const start: ResponseEvent = { type: 'start', id: 'resp_1' };
const end: ResponseEvent = { type: 'end', reason: 'stop', stopSequence: undefined };

describe('responses for Anthropic clients', () => {
  it('are the messages of the API again, whole and as a stream', () => {
    const read = readText('sse', streamOf(events));
    const expected: Message = {
      ...message,
      model: 'my-model',
      usage: { ...message.usage, service_tier: null, speed: null },
    };
    assert.deepEqual(whole(read), expected);
    const silent = events.filter(
      (event) =>
        event.type !== 'ping' &&
        !(
          event.type === 'content_block_delta' &&
          'partial_json' in event.delta &&
          event.delta.partial_json === ''
        ),
    );
    assert.deepEqual(
      stream(read)
        .map(({ type, ...rest }) => [type, rest.index, rest.delta])
        .slice(0, -2),
      silent
        .map((event) => [event.type, (event as JsonObject).index, (event as JsonObject).delta])
        .slice(0, -2),
    );
  });

  it('have every member of the types', () => {
    const [first, ...rest] = stream([start, { type: 'usage', usage: { ...noUsage, outputTokens: 3 } }, end]);
    const usage = {
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 3,
      output_tokens_details: { thinking_tokens: 0 },
      server_tool_use: null,
    };
    const expected: readonly RawMessageStreamEvent[] = [
      {
        type: 'message_start',
        message: {
          id: 'resp_1',
          type: 'message',
          role: 'assistant',
          model: 'my-model',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          stop_details: null,
          container: null,
          diagnostics: null,
          usage: {
            ...usage,
            output_tokens: 0,
            cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
            inference_geo: null,
            service_tier: null,
            speed: null,
          },
        },
      },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null, stop_details: null, container: null },
        usage,
      },
      { type: 'message_stop' },
    ];
    assert.deepEqual([first, ...rest], expected);
  });

  it('begin at once, and have an id where the upstream gives none', () => {
    const writer = messagesClient.writeResponse('sse', facts);
    assert.match(writer.push({ type: 'start', id: '' }), /"id":"msg_1700-abc"/);
    assert.equal(messagesClient.writeResponse('json', facts).push(start), '');
  });

  it('count what went through the cache beside the input, never below 0', () => {
    const usage = {
      ...noUsage,
      inputTokens: 100,
      cachedTokens: 70,
      cacheWriteTokens: 20,
      longCacheWriteTokens: 15,
      outputTokens: 5,
      reasoningTokens: 4,
    };
    const counted = whole([start, { type: 'usage', usage }, end]).usage;
    assert.deepEqual(
      [counted.input_tokens, counted.cache_read_input_tokens, counted.cache_creation_input_tokens],
      [10, 70, 20],
    );
    assert.deepEqual(counted.cache_creation, {
      ephemeral_5m_input_tokens: 5,
      ephemeral_1h_input_tokens: 15,
    });
    assert.deepEqual(counted.output_tokens_details, { thinking_tokens: 4 });
    const absurd = { ...usage, inputTokens: 10 };
    assert.equal(whole([start, { type: 'usage', usage: absurd }, end]).usage.input_tokens, 0);
  });

  it('carry signatures of other providers in thinking', () => {
    const carried = { provider: 'openai', blob: 'enc', seal: 's' } as const;
    const signature = wrap(carried, 'anthropic');
    const list = [
      start,
      ...part(0, { kind: 'reasoning' }, [], { carried }),
      ...part(1, { kind: 'reasoning' }, ['why']),
      end,
    ];
    assert.deepEqual(whole(list).content, [
      { type: 'thinking', thinking: '', signature },
      { type: 'thinking', thinking: 'why', signature: '' },
    ]);
    assert.deepEqual(
      stream(list).map(({ type, delta }) => (delta as JsonObject | undefined)?.type ?? type),
      [
        'message_start',
        ...['content_block_start', 'signature_delta', 'content_block_stop'],
        ...['content_block_start', 'thinking_delta', 'content_block_stop'],
        ...['message_delta', 'message_stop'],
      ],
    );
  });

  it('carry the signature of a call in a block before it, which comes back with the call', () => {
    const carried = { provider: 'gemini', blob: 'c2ln', seal: 's' } as const;
    const call = { kind: 'tool-call', id: 'a', name: 'look' } as const;
    const list = [
      start,
      ...part(0, call, ['{"x":1}'], { carried }),
      ...part(1, { ...call, id: 'b' }, ['{}']),
      end,
    ];
    const { content } = whole(list);
    assert.deepEqual(
      content.map(({ type }) => type),
      ['thinking', 'tool_use', 'tool_use'],
    );
    assert.deepEqual(
      stream(list).flatMap(({ type, index }) => (type === 'content_block_start' ? [index] : [])),
      [0, 1, 2],
    );
    const request = { max_tokens: 9, messages: [{ role: 'assistant', content }] };
    const { turns } = messagesClient.readRequest(request, {} as never);
    assert.deepEqual(turns[0]?.parts, [
      { kind: 'tool-call', id: 'a', name: 'look', arguments: '{"x":1}', carried },
      { kind: 'tool-call', id: 'b', name: 'look', arguments: '{}' },
    ]);
  });

  it('have calls with ids that the API accepts, and an object whatever the arguments are', () => {
    const call = (id: string, ...texts: readonly string[]) =>
      whole([start, ...part(0, { kind: 'tool-call', id, name: 'look' }, texts), end])
        .content[0] as unknown as JsonObject;
    assert.match(String(call('functions.look:0').id), /^[a-zA-Z0-9_-]{1,64}$/);
    assert.match(String(call('').id), /^toolu_1700-abc_0$/);
    assert.deepEqual(call('a').input, {});
    assert.deepEqual(call('a', '{"x"').input, { arguments: '{"x"' });
    const exact = write('json', [
      start,
      ...part(0, { kind: 'tool-call', id: 'a', name: 'b' }, ['{"x":', '12345678901234567890}']),
      end,
    ]);
    assert.match(exact, /"input":\{"x":12345678901234567890\}/);
  });

  it('have citations in the text', () => {
    const citations = [{ url: 'https://a', title: 'A', start: 3, end: 5 }];
    const { content } = whole([start, ...part(0, { kind: 'text' }, ['It ', 'is so.'], { citations }), end]);
    assert.deepEqual(content[0], {
      type: 'text',
      text: 'It is so.',
      citations: [
        {
          type: 'web_search_result_location',
          url: 'https://a',
          title: 'A',
          cited_text: 'is',
          encrypted_index: '',
        },
      ],
    });
  });

  it('show images in the text: the API has none in responses', () => {
    const { content } = whole([
      start,
      ...part(0, { kind: 'image', mediaType: 'image/png' }, ['AA', 'BB']),
      end,
    ]);
    assert.deepEqual(content, [
      { type: 'text', text: '![image](data:image/png;base64,AABB)', citations: null },
    ]);
  });

  const reasons = [
    ['stop', 'end_turn'],
    ['stop-sequence', 'stop_sequence'],
    ['length', 'max_tokens'],
    ['tool-calls', 'tool_use'],
    ['refusal', 'refusal'],
    ['paused', 'pause_turn'],
  ] as const;
  for (const [reason, stop_reason] of reasons) {
    it(`end for the reason ${stop_reason}`, () => {
      const list = [
        start,
        { type: 'end', reason, stopSequence: reason === 'stop-sequence' ? 'END' : undefined } as const,
      ];
      const { stop_reason: said, stop_sequence } = whole(list);
      assert.deepEqual([said, stop_sequence], [stop_reason, reason === 'stop-sequence' ? 'END' : null]);
    });
  }

  it('say why the model refused: in a text where there is no other', () => {
    const refused: ResponseEvent = {
      type: 'end',
      reason: 'refusal',
      stopSequence: undefined,
      refusal: 'No.',
    };
    const text = { type: 'text', text: 'No.', citations: null };
    const silent = whole([start, refused]);
    assert.deepEqual(
      [silent.content, silent.stop_details],
      [[text], { type: 'refusal', category: null, explanation: 'No.' }],
    );
    const told = whole([start, ...part(0, { kind: 'refusal' }, ['No.']), refused]);
    assert.deepEqual(told.content, [text]);
  });

  it('fail in band, and nothing follows', () => {
    const list: readonly ResponseEvent[] = [
      start,
      ...part(0, { kind: 'text' }, ['x']),
      { type: 'error', message: 'Too much.', code: 'rate_limit_exceeded' },
    ];
    const error = {
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Too much.' },
      request_id: '1700-abc',
    };
    const streamed = stream(list);
    assert.deepEqual(streamed.at(-1), error);
    assert.equal(
      streamed.some(({ type }) => type === 'message_stop'),
      false,
    );
    assert.deepEqual(JSON.parse(write('json', list)), error);
  });
});

const text = fc.string({ minLength: 1 });
const texts = fc.array(text, { minLength: 1, maxLength: 4 });
const blob = fc.base64String({ minLength: 4 });
type Made = readonly [PartStartEvent['part'], readonly string[], Partial<PartEndEvent>];
const made: fc.Arbitrary<Made> = fc.oneof(
  texts.map((said): Made => [{ kind: 'text' }, said, {}]),
  fc
    .tuple(fc.array(text, { maxLength: 3 }), blob)
    .map(
      ([said, signature]): Made => [
        { kind: 'reasoning' },
        said,
        { carried: { provider: 'anthropic', blob: signature } },
      ],
    ),
  texts.map((said): Made => [{ kind: 'reasoning' }, said, {}]),
  blob.map(
    (data): Made => [
      { kind: 'reasoning' },
      [],
      { carried: { provider: 'anthropic', blob: data }, isRedacted: true },
    ],
  ),
  fc
    .tuple(
      fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/),
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
      fc.nat(),
    )
    .map(([id, input, cut]): Made => {
      const json = JSON.stringify(JSON.parse(JSON.stringify(input)));
      const at = 1 + (cut % (json.length - 1));
      return [{ kind: 'tool-call', id, name: 'look' }, [json.slice(0, at), json.slice(at)], {}];
    }),
);
const tokens = fc.nat({ max: 100_000 });
const response = fc
  .record({
    parts: fc.array(made, { maxLength: 5 }),
    reason: fc.constantFrom('stop' as const, 'length' as const, 'tool-calls' as const, 'paused' as const),
    usage: fc.tuple(fc.integer({ min: 1, max: 1000 }), tokens, tokens, tokens, tokens),
  })
  .map(({ parts, reason, usage: [fresh, cached, written, output, thinking] }): readonly ResponseEvent[] => {
    const usage = {
      ...noUsage,
      inputTokens: fresh + cached + written,
      cachedTokens: cached,
      cacheWriteTokens: written,
      outputTokens: output,
      reasoningTokens: Math.min(thinking, output),
    };
    return [
      start,
      ...parts.flatMap(([begun, said, more], index) => part(index, begun, said, more)),
      { type: 'usage', usage },
      { type: 'end', reason, stopSequence: undefined },
    ];
  });

describe('responses of Anthropic’s protocol', () => {
  it('read as they were written, as a stream', () => {
    fc.assert(
      fc.property(response, (list) => {
        assert.deepEqual(readText('sse', write('sse', list)), list);
      }),
    );
  });

  it('read as they were written, whole', () => {
    fc.assert(
      fc.property(response, (list) => {
        assert.deepEqual(readText('json', write('json', list)), contentOf(list));
      }),
    );
  });
});
