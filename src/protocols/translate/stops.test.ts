/** Stop sequences that an upstream does not take: the response is cut at them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../protocol.ts';
import type { ResponseEvent, TokenLogprob } from './form/response.ts';
import { cutAtStops } from './stops.ts';
import { exchange } from './test-translation.ts';

const chat = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
const messages = { ...chat, max_tokens: 9 };

describe('the stop sequences that an upstream is sent', () => {
  const five = ['1', '2', '3', '4', '5'];
  const cases = [
    ['messages', 'chat', { stop_sequences: five }, 'm', ['1', '2', '3', '4'], ['5']],
    ['messages', 'chat', { stop_sequences: ['x'] }, 'o4-mini', undefined, ['x']],
    ['messages', 'chat', { stop_sequences: ['x'] }, 'x-ai/grok-4-fast', undefined, ['x']],
    ['messages', 'chat', { stop_sequences: ['x'] }, 'grok-4-fast-non-reasoning', ['x'], []],
    ['chat', 'responses', { stop: 'x' }, 'm', undefined, ['x']],
    ['chat', 'messages', { stop: ['\n', 'END'] }, 'm', ['END'], ['\n']],
    ['chat', 'gemini', { stop: [...five, '6'] }, 'm', five, ['6']],
  ] as const;
  for (const [client, upstream, more, model, sent, cut] of nonEmpty(cases)) {
    it(`${JSON.stringify(more)} from ${client} to ${upstream}, model ${model}`, () => {
      const body = client === 'chat' ? chat : messages;
      const given = exchange(client, upstream, { ...body, ...more }, { model });
      const { stop, stop_sequences, generationConfig } = given.body;
      const config = generationConfig as JsonObject | undefined;
      assert.deepEqual(stop ?? stop_sequences ?? config?.stopSequences, sent);
      assert.deepEqual(given.hints.cutAt, cut);
      assert.deepEqual(given.dropped, []);
    });
  }

  it('an empty one says nothing, with a signal', () => {
    const { body, dropped } = exchange('chat', 'gemini', { ...chat, stop: ['', 'x'] });
    assert.deepEqual(body.generationConfig, { stopSequences: ['x'] });
    assert.deepEqual(dropped, ['stop']);
  });

  it('more or longer ones than the gateway cuts at are refused', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `${index};`);
    const long = (chars: number) => ['x'.repeat(chars)];
    for (const stops of nonEmpty([many, long])) {
      const most = stops === many ? limits.cut_stops_max : limits.cut_stop_chars_max;
      assert.equal(exchange('chat', 'responses', { ...chat, stop: stops(most) }).dropped.length, 0);
      const over = { ...chat, stop: stops(most + 1) };
      assert.throws(() => exchange('chat', 'responses', over), { code: 'invalid_body', param: 'stop' });
      assert.deepEqual(exchange('chat', 'responses', over, { policy: 'lenient' }).dropped, ['stop']);
    }
  });
});

const usage = { input_tokens: 3, output_tokens: 40 };
const responseOf = (text: string) => ({
  object: 'response',
  status: 'completed',
  output: [
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
  ],
  usage,
});

describe('a response with a stop sequence', () => {
  it('ends before it, says which one, and has the usage of all that was made', () => {
    const { json } = exchange('messages', 'responses', { ...messages, stop_sequences: ['END', '###'] });
    const message = json(responseOf('Hello ### there END'));
    assert.deepEqual(
      [message.content, message.stop_reason, message.stop_sequence],
      [[{ type: 'text', text: 'Hello ', citations: null }], 'stop_sequence', '###'],
    );
    assert.equal(message.usage.output_tokens, 40);
    const whole = json(responseOf('Hello ## there EN'));
    assert.equal(whole.content[0].text, 'Hello ## there EN');
    assert.equal(whole.stop_reason, 'tool_use');
  });

  it('is cut at it in a stream, wherever its pieces end, and ends once the upstream has', () => {
    const { respond } = exchange('chat', 'responses', { ...chat, stop: ['###'] }, { form: 'sse' });
    const delta = (text: string) =>
      `data: ${JSON.stringify({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: text })}\n\n`;
    const end = `data: ${JSON.stringify({ type: 'response.completed', response: responseOf('One #two ###three') })}\n\n`;
    const { text } = respond(delta('One '), delta('#'), delta('two #'), delta('#'), delta('#three'), end);
    const contents = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content);
    assert.deepEqual(contents, ['', 'One ', '#two ']);
    assert.match(text, /"finish_reason":"stop"/);
    assert.ok(!text.includes('tool_calls') && text.endsWith('data: [DONE]\n\n'));
  });
});

/** The events that a client gets of one text that comes in these pieces. */
function cut(
  stops: readonly string[],
  pieces: readonly string[],
  logprobs = false,
): readonly ResponseEvent[] {
  const step = cutAtStops(stops);
  const token = (text: string): TokenLogprob => ({ token: text, logprob: -1, bytes: undefined, top: [] });
  const events: ResponseEvent[] = [
    { type: 'part-start', index: 0, part: { kind: 'text' } },
    ...pieces.map((text): ResponseEvent => {
      return { type: 'part-delta', index: 0, text, ...(logprobs && { logprobs: [token(text)] }) };
    }),
    {
      type: 'part-end',
      index: 0,
      citations: [{ url: 'u', title: 't', start: 0, end: pieces.join('').length }],
    },
    { type: 'end', reason: 'length', stopSequence: undefined },
  ];
  return events.flatMap(step);
}

const textOf = (events: readonly ResponseEvent[]) =>
  events.flatMap((event) => (event.type === 'part-delta' ? [event.text] : [])).join('');

describe('the cut', () => {
  it('is where a stop sequence is complete first, however the text comes in pieces', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(letters, stops, fc.array(fc.nat(30)), (text, given, places) => {
        const sorted = [0, ...places.map((at) => Math.min(at, text.length)), text.length].sort(
          (a, b) => a - b,
        );
        const pieces = sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
        const events = cut(given, pieces);
        const length = Array.from({ length: text.length + 1 }, (_, end) => end).find((end) =>
          given.some((stop) => text.slice(0, end).endsWith(stop)),
        );
        const made = text.slice(0, length);
        const longest = given.filter((stop) => made.endsWith(stop)).sort((a, b) => b.length - a.length)[0];
        const end = events.at(-1);
        assert.ok(end?.type === 'end');
        assert.equal(textOf(events), length === undefined ? text : made.slice(0, -(longest?.length ?? 0)));
        assert.equal(end.stopSequence, length === undefined ? undefined : longest);
        assert.equal(end.reason, length === undefined ? 'length' : 'stop-sequence');
      }),
    );
  });

  it('holds back no more than what may begin a stop sequence', () => {
    const step = cutAtStops(['<end>']);
    step({ type: 'part-start', index: 0, part: { kind: 'text' } });
    const shown = (text: string) => textOf(step({ type: 'part-delta', index: 0, text }));
    assert.deepEqual(['a<', 'e', 'nd', '!', 'b'].map(shown), ['a', '', '', '<end!', 'b']);
  });

  it('leaves tokens and citations that go beyond it', () => {
    const told = (events: readonly ResponseEvent[]) =>
      events.flatMap((event) =>
        event.type === 'part-delta' ? (event.logprobs ?? []).map(({ token }) => token) : [],
      );
    const citations = (events: readonly ResponseEvent[]) =>
      events.flatMap((event) => (event.type === 'part-end' ? (event.citations ?? []) : []));
    const some = cut(['#b'], ['one', ' #', 'b', 'rest'], true);
    assert.deepEqual([textOf(some), told(some), citations(some)], ['one ', ['one'], []]);
    const all = cut(['#b'], ['one', ' #'], true);
    assert.deepEqual([textOf(all), told(all), citations(all).length], ['one #', ['one', ' #'], 1]);
  });

  it('is of its own choice, and of texts alone', () => {
    const step = cutAtStops(['#']);
    const events: readonly ResponseEvent[] = [
      { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
      { type: 'part-delta', index: 0, text: 'think #1' },
      { type: 'part-end', index: 0 },
      { type: 'part-start', index: 0, part: { kind: 'text' }, choice: 1 },
      { type: 'part-delta', index: 0, text: 'x#y', choice: 1 },
      { type: 'part-end', index: 0, choice: 1 },
      {
        type: 'end',
        reason: 'stop',
        stopSequence: undefined,
        others: [{ choice: 1, reason: 'length', stopSequence: undefined }],
      },
    ];
    const shown = events.flatMap(step);
    assert.equal(textOf(shown), 'think #1x');
    const end = shown.at(-1);
    assert.ok(end?.type === 'end');
    assert.deepEqual([end.reason, end.others?.[0]?.reason], ['stop', 'stop-sequence']);
  });
});
