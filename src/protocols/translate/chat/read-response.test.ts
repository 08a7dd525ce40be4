/** Tests of reading chat completions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import { noUsage } from '../../../domain/usage.ts';
import { limits } from '../../../platform/limits.ts';
import type { ResponseEvent } from '../form/response.ts';
import {
  callDelta,
  chunkOf,
  dataOf,
  done,
  eventsOf,
  joined,
  stream,
  usageChunk,
  whole,
} from './test-completions.ts';

const start: ResponseEvent = { type: 'start', id: 'chatcmpl-1' };
const partStart = (index: number, part: object) => ({ type: 'part-start', index, part });
const delta = (index: number, text: string) => ({ type: 'part-delta', index, text });
const partEnd = (index: number, tail: object = {}) => ({ type: 'part-end', index, ...tail });
const end = (reason: string) => ({ type: 'end', reason, stopSequence: undefined });
const call = (id: string, name: string) => ({ kind: 'tool-call', id, name });

const expected = [
  start,
  partStart(0, { kind: 'reasoning' }),
  delta(0, 'Hm…'),
  partEnd(0),
  partStart(1, { kind: 'text' }),
  delta(1, 'Grüße 👋'),
  partEnd(1),
  partStart(2, call('call_a', 'look')),
  delta(2, '{"n":12345678901234567890}'),
  partEnd(2),
  partStart(3, call('call_b', 'find')),
  delta(3, '{}'),
  partEnd(3),
  {
    type: 'usage',
    usage: {
      ...noUsage,
      inputTokens: 20,
      cachedTokens: 5,
      cacheWriteTokens: 3,
      outputTokens: 30,
      reasoningTokens: 7,
    },
  },
  end('tool-calls'),
];

/** What a stream of these deltas says between start and usage. */
const said = (...chunks: string[]) => joined(eventsOf('sse', ...chunks)).slice(1);
const reasonOf = (...chunks: string[]) => eventsOf('sse', ...chunks).at(-1);

test('interleaved parallel calls come one after the other', () => {
  assert.deepEqual(joined(eventsOf('sse', stream)), expected);
});

test('the first call is sent while it arrives', () => {
  const events = eventsOf('sse', stream);
  const begin = events.findIndex((event) => event.type === 'part-start' && event.index === 2);
  assert.deepEqual(events[begin + 1], delta(2, '{"n":'));
});

test('a stream cut at any byte gives the same events', () => {
  const bytes = Buffer.from(stream);
  const uncut = eventsOf('sse', bytes);
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(eventsOf('sse', bytes.subarray(0, at), bytes.subarray(at)), uncut, `cut at ${at}`);
  }
});

test('whatever the pieces and the line ends are', () => {
  const cuts = fc.array(fc.nat({ max: Buffer.byteLength(stream) }), { maxLength: 20 });
  fc.assert(
    fc.property(cuts, fc.constantFrom('\n', '\r\n', '\r'), (at, lineEnd) => {
      const bytes = Buffer.from(stream.replaceAll('\n', lineEnd));
      const places = [0, ...at.filter((each) => each < bytes.length).toSorted((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
      assert.deepEqual(joined(eventsOf('sse', ...pieces)), expected);
    }),
  );
});

test('a whole response gives the same content, in any pieces', () => {
  assert.deepEqual(eventsOf('json', whole), expected);
  const bytes = Buffer.from(whole);
  const middle = bytes.indexOf('👋') + 1;
  assert.deepEqual(eventsOf('json', bytes.subarray(0, middle), bytes.subarray(middle)), expected);
});

test('a stream that breaks off before its end is an error, whatever was missing', () => {
  const bytes = Buffer.from(stream.slice(0, stream.indexOf('"finish_reason":"tool_calls"')));
  for (let at = 0; at < bytes.length; at++) {
    const events = eventsOf('sse', bytes.subarray(0, at));
    assert.equal(events.at(-1)?.type, 'error', `cut at ${at}`);
    assert.ok(!events.some(({ type }) => type === 'end'));
  }
  assert.equal(eventsOf('json', whole.slice(0, -1)).at(-1)?.type, 'error');
  assert.equal(eventsOf('json').at(-1)?.type, 'error');
  assert.equal(eventsOf('json', '{"id":"x","choices":[]}').at(-1)?.type, 'error');
});

test('the mark of the end may be missing after the reason, and the reason before the mark', () => {
  assert.deepEqual(said(chunkOf({ content: 'Hi' }), chunkOf({}, 'stop')).at(-1), end('stop'));
  const withoutReason = [partStart(0, call('a', 'look')), delta(0, '{}'), partEnd(0), end('tool-calls')];
  assert.deepEqual(said(chunkOf(callDelta(0, { name: 'look', arguments: '' }, 'a')), done), withoutReason);
});

test('the last usage that is not null counts, wherever it stands', () => {
  const chunk = (count: number | null) => ({
    id: 'x',
    choices: [{ index: 0, delta: { content: 'a' } }],
    usage: count === null ? null : { prompt_tokens: count, completion_tokens: count },
  });
  const events = eventsOf(
    'sse',
    dataOf(chunk(0)),
    dataOf(chunk(4)),
    dataOf(chunk(null)),
    chunkOf({}, 'stop'),
    usageChunk({ prompt_tokens: 5, completion_tokens: 6 }),
    dataOf({ id: 'x', choices: [], usage: null }),
    done,
  );
  assert.deepEqual(
    events.filter(({ type }) => type === 'usage'),
    [{ type: 'usage', usage: { ...noUsage, inputTokens: 5, outputTokens: 6 } }],
  );
});

test('reasons of the end', () => {
  const reasons: [string, string][] = [
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'refusal'],
    // Nothing was called.
    ['tool_calls', 'stop'],
  ];
  for (const [finish, reason] of reasons) {
    assert.deepEqual(reasonOf(chunkOf({ content: 'Hi' }, finish), done), end(reason), finish);
  }
  const called = chunkOf(callDelta(0, { name: 'look', arguments: '{}' }, 'a'));
  for (const finish of ['stop', 'tool_calls', 'function_call']) {
    assert.deepEqual(reasonOf(called, chunkOf({}, finish), done), end('tool-calls'), finish);
  }
  assert.deepEqual(reasonOf(chunkOf({ refusal: 'No.' }), chunkOf({}, 'stop'), done), end('refusal'));
});

test('an unknown reason is an error', () => {
  const last = reasonOf(chunkOf({ content: 'Hi' }), chunkOf({}, 'insufficient_system_resource'), done);
  assert.ok(last?.type === 'error');
  assert.equal(last.code, 'insufficient_system_resource');
});

test('nothing follows an error in the stream', () => {
  const error = { message: 'Overloaded.', type: 'server_error', code: 'overloaded' };
  for (const chunk of [
    dataOf({ error }),
    dataOf({ error, choices: [{ index: 0, delta: {}, finish_reason: 'error' }] }),
    `event: error\n${dataOf({ error })}`,
  ]) {
    const events = said(chunkOf({ content: 'Hi' }), chunk, chunkOf({}, 'stop'), done);
    assert.deepEqual(events, [
      partStart(0, { kind: 'text' }),
      delta(0, 'Hi'),
      { type: 'error', message: 'Overloaded.', code: 'overloaded' },
    ]);
  }
  assert.deepEqual(eventsOf('json', JSON.stringify({ error })), [
    { type: 'error', message: 'Overloaded.', code: 'overloaded' },
  ]);
});

test('what cannot be read is an error', () => {
  assert.equal(
    reasonOf(chunkOf({ content: 'Hi' }), 'data: {"a\n\n', chunkOf({}, 'stop'), done)?.type,
    'error',
  );
  fc.assert(
    fc.property(fc.constantFrom('sse' as const, 'json' as const), fc.uint8Array(), (form, bytes) => {
      assert.equal(eventsOf(form, Buffer.from(bytes)).at(-1)?.type, 'error');
    }),
  );
});

test('no shape of a chunk makes it throw', () => {
  const odd = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, 0, 'x', true),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(
        fc.constantFrom(
          'choices',
          'delta',
          'message',
          'tool_calls',
          'function',
          'content',
          'usage',
          'index',
          'id',
        ),
        tie('value'),
      ),
    ),
  })).value;
  fc.assert(
    fc.property(odd, (value) => {
      const json = JSON.stringify(value);
      for (const form of ['sse', 'json'] as const) {
        const events = eventsOf(form, form === 'sse' ? `data: ${json}\n\n${done}` : json);
        assert.ok(['end', 'error'].includes(events.at(-1)?.type ?? ''));
      }
    }),
  );
});

test('calls without an id, without an index, with one index for all, with the arguments as an object', () => {
  const look = { name: 'look', arguments: '{}' };
  const idsOf = (...chunks: string[]) =>
    said(...chunks, done).flatMap((event) =>
      event.type === 'part-start' && event.part.kind === 'tool-call' ? [event.part.id] : [],
    );
  const unnamed = idsOf(chunkOf(callDelta(0, look)), chunkOf(callDelta(1, look)));
  assert.equal(new Set(unnamed).size, 2);
  for (const id of nonEmpty(unnamed)) assert.match(id, /^call_chatcmpl-1_\d$/);
  const oneIndex = [chunkOf(callDelta(0, look, 'a')), chunkOf(callDelta(0, look, 'b'))];
  assert.deepEqual(idsOf(...oneIndex), ['a', 'b']);
  const noIndex = ['a', 'b'].map((id) => chunkOf({ tool_calls: [{ id, function: look }] }));
  assert.deepEqual(idsOf(...noIndex), ['a', 'b']);
  const object = chunkOf(callDelta(0, { name: 'look', arguments: { a: 1 } }, 'a'));
  assert.ok(said(object, done).some((event) => event.type === 'part-delta' && event.text === '{"a":1}'));
  const [clean] = idsOf(chunkOf(callDelta(0, look, 'functions.look:0')));
  assert.match(clean ?? '', /^functions_look_0_[\w-]{12}$/);
});

test('the old form of a call', () => {
  const events = said(
    chunkOf({ function_call: { name: 'look', arguments: '' } }),
    chunkOf({ function_call: { arguments: '{"a":1}' } }),
    chunkOf({}, 'function_call'),
    done,
  );
  assert.deepEqual(events, [
    partStart(0, call('call_chatcmpl-1_0', 'look')),
    delta(0, '{"a":1}'),
    partEnd(0),
    end('tool-calls'),
  ]);
});

test('text after a call waits for its end', () => {
  const events = said(
    chunkOf(callDelta(0, { name: 'look', arguments: '{' }, 'a')),
    chunkOf({ content: 'Hi' }),
    chunkOf(callDelta(0, { arguments: '}' })),
    chunkOf({}, 'tool_calls'),
    done,
  );
  assert.deepEqual(events, [
    partStart(0, call('a', 'look')),
    delta(0, '{}'),
    partEnd(0),
    partStart(1, { kind: 'text' }),
    delta(1, 'Hi'),
    partEnd(1),
    end('tool-calls'),
  ]);
});

test('details of reasoning: the text once, the signature at its end, encrypted ones apart', () => {
  const detail = (entry: object) => ({
    reasoning_details: [{ index: 0, format: 'anthropic-claude-v1', ...entry }],
  });
  const carried = (blob: string, provider = 'anthropic') => ({ carried: { provider, blob } });
  const events = said(
    chunkOf({ reasoning: 'Hm', ...detail({ type: 'reasoning.text', text: 'Hm' }) }),
    chunkOf({ reasoning: '.', ...detail({ type: 'reasoning.text', text: '.' }) }),
    chunkOf(detail({ type: 'reasoning.text', signature: 'sig' })),
    chunkOf(detail({ type: 'reasoning.encrypted', data: 'red' })),
    chunkOf({ content: 'Hi' }, 'stop'),
    done,
  );
  const reasoning = { kind: 'reasoning' };
  assert.deepEqual(events, [
    partStart(0, reasoning),
    delta(0, 'Hm.'),
    partEnd(0, carried('sig')),
    partStart(1, reasoning),
    partEnd(1, { ...carried('red'), isRedacted: true }),
    partStart(2, { kind: 'text' }),
    delta(2, 'Hi'),
    partEnd(2),
    end('stop'),
  ]);
  const openai = { format: 'openai-responses-v1' };
  const summary = said(
    chunkOf(detail({ type: 'reasoning.summary', summary: 'Sum', ...openai })),
    chunkOf(detail({ type: 'reasoning.encrypted', data: 'enc', ...openai })),
    chunkOf({}, 'stop'),
    done,
  );
  assert.deepEqual(summary.slice(0, 3), [
    partStart(0, reasoning),
    delta(0, 'Sum'),
    partEnd(0, carried('enc', 'openai')),
  ]);
});

test("Mistral's list of parts is reasoning and text", () => {
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] };
  const events = said(
    chunkOf({ content: [thinking, { type: 'text', text: 'Hi' }] }),
    chunkOf({}, 'stop'),
    done,
  );
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'part-start' ? event.part.kind : [])),
    ['reasoning', 'text'],
  );
});

test('a thought signature is at the end of its call', () => {
  const signed = {
    tool_calls: [
      {
        index: 0,
        id: 'a',
        function: { name: 'look', arguments: '{}' },
        extra_content: { google: { thought_signature: 'sig' } },
      },
    ],
  };
  const expectedEnd = partEnd(0, { carried: { provider: 'gemini', blob: 'sig' } });
  assert.deepEqual(said(chunkOf(signed), done)[2], expectedEnd);
  const body = { id: 'x', choices: [{ index: 0, message: signed, finish_reason: 'stop' }] };
  assert.deepEqual(eventsOf('json', JSON.stringify(body))[3], expectedEnd);
});

test('citations count from the beginning of their part', () => {
  const annotation = {
    type: 'url_citation',
    url_citation: { url: 'https://a', title: 'A', start_index: 3, end_index: 5 },
  };
  const citations = [{ url: 'https://a', title: 'A', start: 1, end: 3 }];
  const events = said(
    chunkOf({ content: 'ab' }),
    chunkOf({ reasoning_content: 'Hm' }),
    chunkOf({ content: 'cdef' }),
    chunkOf({ annotations: [annotation] }),
    chunkOf({}, 'stop'),
    done,
  );
  assert.deepEqual(events.at(-2), partEnd(2, { citations }));
  const message = { content: 'abcdef', annotations: [annotation] };
  const body = { id: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }] };
  assert.deepEqual(
    eventsOf('json', JSON.stringify(body))[3],
    partEnd(0, { citations: [{ url: 'https://a', title: 'A', start: 3, end: 5 }] }),
  );
});

test('an image in an event too long to be held whole', () => {
  const data = 'A'.repeat(3 * limits.event_held_bytes_max);
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } };
  const bytes = Buffer.from(`${chunkOf({ images: [image] })}${chunkOf({}, 'stop')}${done}`);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) pieces.push(bytes.subarray(at, at + 65_536));
  assert.deepEqual(eventsOf('sse', ...pieces), [
    start,
    partStart(0, { kind: 'image', mediaType: 'image/png' }),
    delta(0, data),
    partEnd(0),
    end('stop'),
  ]);
});
