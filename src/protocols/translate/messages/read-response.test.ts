import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Piece } from '../../events/piece.ts';
import type { EndEvent, ResponseEvent } from '../form/response.ts';
import { readResponse } from './read-response.ts';
import { contentOf, events, message, readAll, readText, streamOf } from './test-streams.ts';

const wholeUsage = {
  inputTokens: 100,
  cachedTokens: 70,
  cacheWriteTokens: 20,
  longCacheWriteTokens: 5,
  audioInputTokens: 0,
  imageInputTokens: 0,
  outputTokens: 42,
  reasoningTokens: 30,
  audioOutputTokens: 0,
  imageOutputTokens: 0,
  images: 0,
  webSearches: 0,
  fileSearches: 0,
  codeSessions: 0,
  characters: 0,
  audioSeconds: 0,
  searchUnits: 0,
  videoSeconds: 0,
};

const content: readonly ResponseEvent[] = [
  { type: 'start', id: 'msg_01' },
  { type: 'part-start', index: 0, part: { kind: 'reasoning' } },
  { type: 'part-delta', index: 0, text: 'Let me sée.' },
  { type: 'part-end', index: 0, carried: { provider: 'anthropic', blob: 'c2lnbmF0dXJl' } },
  { type: 'part-start', index: 1, part: { kind: 'reasoning' } },
  { type: 'part-end', index: 1, carried: { provider: 'anthropic', blob: 'ZGF0YQ==' }, isRedacted: true },
  { type: 'part-start', index: 2, part: { kind: 'text' } },
  { type: 'part-delta', index: 2, text: 'Grüße 👋' },
  { type: 'part-end', index: 2 },
  { type: 'part-start', index: 3, part: { kind: 'tool-call', id: 'toolu_1', name: 'look' } },
  { type: 'part-delta', index: 3, text: '{"a":"b\\"\\n"}' },
  { type: 'part-end', index: 3 },
  { type: 'part-start', index: 4, part: { kind: 'tool-call', id: 'toolu_2', name: 'list' } },
  { type: 'part-end', index: 4 },
  { type: 'usage', usage: wholeUsage },
  { type: 'end', reason: 'tool-calls', stopSequence: undefined },
];

const stream = streamOf(events);
const [begin] = events;
const started = begin ? streamOf([begin]) : '';

const ended = (list: readonly ResponseEvent[]) =>
  list.filter(({ type }) => type === 'end' || type === 'error');

describe('responses of Anthropic upstreams', () => {
  it('say the same as a stream and whole', () => {
    assert.deepEqual(contentOf(readText('sse', stream)), content);
    assert.deepEqual(readText('json', JSON.stringify(message)), content);
  });

  it('come in the pieces of the upstream', () => {
    const texts = readText('sse', stream).flatMap((event) =>
      event.type === 'part-delta' ? [event.text] : [],
    );
    assert.deepEqual(texts, ['Let me ', 'sée.', 'Grüße ', '👋', '{"a":', '"b\\"\\n"}']);
  });

  it('are read the same wherever they are cut', () => {
    for (const [form, body] of [
      ['sse', stream],
      ['sse', streamOf(events, '\r\n')],
      ['json', JSON.stringify(message, null, 1)],
    ] as const) {
      const bytes = Buffer.from(body);
      const expected = readAll(form, [bytes]);
      for (let at = 0; at <= bytes.length; at += 1) {
        assert.deepEqual(readAll(form, [bytes.subarray(0, at), bytes.subarray(at)]), expected);
      }
    }
  });

  it('that break off anywhere end with an error and nothing else', () => {
    const bytes = Buffer.from(stream);
    const last = stream.lastIndexOf('}') + 1;
    for (let at = 0; at < last; at += 1) {
      const read = readAll('sse', [bytes.subarray(0, at)]);
      assert.equal(read.at(-1)?.type, 'error');
      assert.equal(ended(read).length, 1);
    }
    const json = JSON.stringify(message);
    for (const at of [0, 1, json.length - 1])
      assert.equal(readText('json', json.slice(0, at)).at(-1)?.type, 'error');
  });

  it('are read from an event that is too long for the pipeline', () => {
    const reader = readResponse('sse');
    const bytes = Buffer.from(stream);
    const [first, ...rest] = stream.split('\n\n');
    assert.ok(first);
    const read = [
      ...reader.push(new Piece(bytes.subarray(0, 60), 'part')),
      ...reader.push(new Piece(Buffer.from(`${first.slice(60)}\n\n`), 'last')),
      ...reader.push(new Piece(Buffer.from(rest.join('\n\n')), 'events')),
    ];
    assert.deepEqual(contentOf(read), content);
  });

  it('keep the numbers of a call', () => {
    const block = { type: 'tool_use', id: 'a', name: 'b', input: null };
    const json = JSON.stringify({ ...message, content: [block] }).replace(
      'null}]',
      '{"id":12345678901234567890}}]',
    );
    const texts = readText('json', json).flatMap((event) =>
      event.type === 'part-delta' ? [event.text] : [],
    );
    assert.deepEqual(texts, ['{"id":12345678901234567890}']);
    const begun = `${started}data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"b","input":{"id":12345678901234567890}}}\n\ndata: {"type":"content_block_stop","index":0}\n\n`;
    assert.ok(readText('sse', begun).some((event) => event.type === 'part-delta' && event.text === texts[0]));
  });

  it('sum up usage; a later report of null erases nothing', () => {
    const usages = readText('sse', stream).flatMap((event) => (event.type === 'usage' ? [event.usage] : []));
    assert.deepEqual(usages, [{ ...wholeUsage, outputTokens: 1, reasoningTokens: 0 }, wholeUsage]);
  });

  it('without a first event are begun all the same', () => {
    const read = readText('sse', streamOf(events.slice(1)));
    assert.deepEqual(
      read.filter(({ type }) => type === 'start'),
      [{ type: 'start', id: '' }],
    );
    assert.equal(read[0]?.type, 'start');
  });

  it('end a part before the next begins, whatever the upstream leaves out', () => {
    const list = events.filter(({ type }) => type !== 'content_block_stop');
    assert.deepEqual(contentOf(readText('sse', streamOf(list))), content);
  });

  it('keep the reason of the end when a later report has null for it', () => {
    const later = { type: 'message_delta', delta: { stop_reason: null }, usage: null };
    const list = [
      ...events.slice(0, -2),
      { type: 'message_delta', delta: { stop_reason: 'max_tokens' } },
      later,
    ];
    assert.deepEqual(ended(readText('sse', streamOf([...list, { type: 'message_stop' }]))), [
      { type: 'end', reason: 'length', stopSequence: undefined },
    ]);
  });

  it('skip blocks of tools that the upstream runs itself', () => {
    const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } };
    const found = { type: 'web_search_tool_result', tool_use_id: 's', content: [] };
    const citation = {
      type: 'web_search_result_location',
      url: 'https://a',
      title: 'A',
      cited_text: 'x',
      encrypted_index: 'e',
    };
    const cited = { type: 'text', text: 'so', citations: [citation] };
    const read = readText('json', JSON.stringify({ ...message, content: [search, found, cited] }));
    assert.deepEqual(read.slice(1, 4), [
      { type: 'part-start', index: 0, part: { kind: 'text' } },
      { type: 'part-delta', index: 0, text: 'so' },
      { type: 'part-end', index: 0, citations: [{ url: 'https://a', title: 'A', start: 0, end: 2 }] },
    ]);
  });

  const ends: readonly (readonly [object, Omit<EndEvent, 'type'>])[] = [
    [{ stop_reason: 'end_turn' }, { reason: 'stop', stopSequence: undefined }],
    [
      { stop_reason: 'stop_sequence', stop_sequence: 'END' },
      { reason: 'stop-sequence', stopSequence: 'END' },
    ],
    [{ stop_reason: 'max_tokens' }, { reason: 'length', stopSequence: undefined }],
    [{ stop_reason: 'model_context_window_exceeded' }, { reason: 'length', stopSequence: undefined }],
    [{ stop_reason: 'tool_use' }, { reason: 'tool-calls', stopSequence: undefined }],
    [{ stop_reason: 'pause_turn' }, { reason: 'paused', stopSequence: undefined }],
    [
      { stop_reason: 'refusal', stop_details: null },
      { reason: 'refusal', stopSequence: undefined },
    ],
    [
      { stop_reason: 'refusal', stop_details: { type: 'refusal', category: 'bio', explanation: 'No.' } },
      { reason: 'refusal', stopSequence: undefined, refusal: 'No.' },
    ],
    [
      { stop_reason: 'refusal', stop_details: { type: 'refusal', category: 'bio', explanation: null } },
      { reason: 'refusal', stopSequence: undefined, refusal: 'The model refused to respond (bio).' },
    ],
  ];
  for (const [delta, end] of ends) {
    it(`end with ${JSON.stringify(delta)}`, () => {
      const expected = [{ type: 'end', ...end }];
      const list = [...events.slice(0, -2), { type: 'message_delta', delta }, { type: 'message_stop' }];
      assert.deepEqual(ended(readText('sse', streamOf(list))), expected);
      const whole = { ...message, content: [], ...delta };
      assert.deepEqual(ended(readText('json', JSON.stringify(whole))), expected);
    });
  }

  it('that end for a reason nobody knows are an error', () => {
    const whole = { ...message, stop_reason: 'compaction' };
    assert.deepEqual(ended(readText('json', JSON.stringify(whole))), [
      { type: 'error', message: 'The upstream ended its response for the reason "compaction".', code: '' },
    ]);
  });

  it('may fail in the middle, and nothing follows', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const expected = [{ type: 'error', message: 'Overloaded', code: 'overloaded_error' }];
    const list = [...events.slice(0, 4), error, ...events.slice(4)];
    const read = readText('sse', streamOf(list));
    assert.deepEqual(ended(read), expected);
    assert.equal(read.at(-1)?.type, 'error');
    assert.deepEqual(readText('json', JSON.stringify(error)), expected);
  });

  it('that are no messages are errors', () => {
    for (const body of ['[]', '"x"', '{}', 'null', '<html>']) {
      assert.deepEqual(
        readText('json', body).map(({ type }) => type),
        ['error'],
      );
    }
    for (const data of ['[1]', '{"type":', 'x']) {
      assert.deepEqual(
        readText('sse', `data: ${data}\n\n`).map(({ type }) => type),
        ['error'],
      );
    }
    const other = { type: 'content_block_delta', index: 7, delta: { type: 'text_delta', text: 'x' } };
    const misplaced = readText('sse', streamOf([...events.slice(0, 3), other, ...events.slice(3)]));
    assert.deepEqual(
      ended(misplaced).map(({ type }) => type),
      ['error'],
    );
    const stray = streamOf([...events.slice(0, 3), { type: 'content_block_delta' }]);
    assert.equal(readText('sse', stray).at(-1)?.type, 'error');
  });
});
