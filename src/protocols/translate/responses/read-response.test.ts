import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { noUsage } from '../../../domain/usage.ts';
import { limits } from '../../../platform/limits.ts';
import type { JsonObject } from '../../protocol.ts';
import type { ResponseEvent } from '../form/response.ts';
import { portableId } from '../tool-ids.ts';
import {
  begin,
  contentsOf,
  events,
  readChunks,
  readEvents,
  readText,
  stream,
  usage,
  whole,
} from './test-streams.ts';

const last = (list: readonly ResponseEvent[]) => list.at(-1);
const errorsOf = (list: readonly ResponseEvent[]) => list.filter(({ type }) => type === 'error');
const completed = (response: JsonObject): JsonObject => ({
  type: 'response.completed',
  response: { id: 'r', status: 'completed', ...response },
});
const text = (value: string) => ({
  type: 'message',
  content: [{ type: 'output_text', text: value, annotations: [] }],
});

const expected = [
  { kind: 'reasoning', text: 'First é.\n\nThen 🌦.', carried: { provider: 'openai', blob: 'rs_1|gAAAAA==' } },
  {
    kind: 'text',
    text: 'Über data: {"x":1}\n\n',
    citations: [{ url: 'https://a.example', title: 'A', start: 0, end: 4 }],
  },
  { kind: 'refusal', text: 'Not that.' },
  { kind: 'tool-call', id: 'call_1', name: 'weather', text: '{"city":"Ulm"}' },
  { kind: 'tool-call', id: portableId('functions.time:0'), name: 'time', text: '{}' },
];

const ending = [
  {
    type: 'usage',
    usage: {
      ...noUsage,
      inputTokens: 90,
      cachedTokens: 40,
      cacheWriteTokens: 20,
      outputTokens: 30,
      reasoningTokens: 7,
    },
  },
  { type: 'end', reason: 'tool-calls', stopSequence: undefined },
];

describe('reading a stream of Responses', () => {
  const read = readEvents(stream);

  it('parts, usage and end', () => {
    assert.deepEqual(read[0], { type: 'start', id: 'resp_1' });
    assert.deepEqual(contentsOf(read), expected);
    assert.deepEqual(read.slice(-2), ending);
  });

  it('texts go out as they come', () => {
    const texts = read.flatMap((event) => (event.type === 'part-delta' ? [event.text] : []));
    assert.deepEqual(texts.slice(0, 5), ['Fir', 'st é.', '\n\n', 'The', 'n 🌦.']);
  });

  it('cut at any byte it reads the same', () => {
    const expectedText = JSON.stringify(read);
    for (const [lineEnd, step] of [
      ['\n', 1],
      ['\r\n', 7],
      ['\r', 7],
    ] as const) {
      const bytes = Buffer.from(events(stream, lineEnd));
      for (let at = 0; at <= bytes.length; at += step)
        assert.equal(
          JSON.stringify(readChunks('sse', [bytes.subarray(0, at), bytes.subarray(at)])),
          expectedText,
          `${at}`,
        );
    }
  });

  it('cut in many places it reads the same', () => {
    const bytes = Buffer.from(events(stream));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        assert.deepEqual(readChunks('sse', chunks), read);
      }),
      { numRuns: 100 },
    );
  });

  it('broken off at any byte before its end it is an error', () => {
    const bytes = Buffer.from(events(stream));
    const end = bytes.lastIndexOf('}') + 1;
    for (let at = 0; at < end; at++) {
      const cut = readChunks('sse', [bytes.subarray(0, at)]);
      assert.equal(last(cut)?.type, 'error', `${at}`);
      assert.equal(
        cut.some(({ type }) => type === 'end'),
        false,
      );
    }
    assert.deepEqual(readChunks('sse', [bytes.subarray(0, end)]), read);
  });

  it('comments, unknown events and the mark of chat completions say nothing', () => {
    const noise =
      ': ping\n\nevent: keepalive\ndata: {"type":"keepalive"}\n\ndata: {"type":"response.new_thing","delta":"x"}\n\n';
    assert.deepEqual(
      readText(
        'sse',
        `: hi\n\n${events(stream.slice(0, 9))}${noise}${events(stream.slice(9))}data: [DONE]\n\n`,
      ),
      read,
    );
    assert.deepEqual(
      readText('sse', `event: keepalive\ndata: {"type":"keepalive"}\n\n${events(stream)}`),
      read,
    );
  });

  it('events longer than a piece are read whole', () => {
    const long = 'x'.repeat(limits.event_held_bytes_max * 2);
    const done = { type: 'response.output_item.done', output_index: 0, item: text(long) };
    const bytes = Buffer.from(events([...begin, done, completed({ output: [] })]));
    const half = 90_000;
    assert.deepEqual(contentsOf(readChunks('sse', [bytes.subarray(0, half), bytes.subarray(half)])), [
      { kind: 'text', text: long },
    ]);
    assert.equal(
      last(readChunks('sse', [bytes.subarray(0, half), bytes.subarray(half, -40)]))?.type,
      'error',
    );
  });

  it('parts that are interleaved come one after another', () => {
    const call = (output_index: number, id: string) => ({
      type: 'response.output_item.added',
      output_index,
      item: { type: 'function_call', call_id: id, name: 'n' },
    });
    const delta = (output_index: number, value: string) => ({
      type: 'response.function_call_arguments.delta',
      output_index,
      delta: value,
    });
    const done = (output_index: number, id: string) => ({
      type: 'response.output_item.done',
      output_index,
      item: { type: 'function_call', call_id: id, name: 'n', arguments: `{"${id}":1}` },
    });
    const list = readEvents([
      call(0, 'a'),
      call(1, 'b'),
      delta(1, '{"b"'),
      delta(0, '{"a"'),
      done(1, 'b'),
      delta(0, ':1}'),
      done(0, 'a'),
      completed({ output: [] }),
    ]);
    assert.deepEqual(contentsOf(list), [
      { kind: 'tool-call', id: 'a', name: 'n', text: '{"a":1}' },
      { kind: 'tool-call', id: 'b', name: 'n', text: '{"b":1}' },
    ]);
  });

  it('items without deltas, without an addition, and only in the end are read too', () => {
    const done = { type: 'response.output_item.done', output_index: 0, item: text('a') };
    const list = readEvents([done, completed({ output: [text('a'), text('b')] })]);
    assert.equal(list[0]?.type, 'start');
    assert.deepEqual(
      contentsOf(list).map((part) => part.text),
      ['a', 'b'],
    );
    const delta = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'c' };
    assert.deepEqual(contentsOf(readEvents([delta, completed({ output: [] })])), [
      { kind: 'text', text: 'c' },
    ]);
  });

  it('raw reasoning is reasoning, and an encrypted text alone too', () => {
    const delta = { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'hm' };
    const item = {
      type: 'reasoning',
      id: 'rs',
      summary: [],
      content: [{ type: 'reasoning_text', text: 'hm.' }],
    };
    const silent = { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gB' };
    const list = readEvents([
      delta,
      completed({ output: [item, silent, { type: 'reasoning', id: 'rs_3', summary: [] }] }),
    ]);
    assert.deepEqual(contentsOf(list), [
      { kind: 'reasoning', text: 'hm.' },
      { kind: 'reasoning', text: '', carried: { provider: 'openai', blob: 'rs_2|gB' } },
    ]);
  });

  it('empty texts are no parts', () => {
    const part = {
      type: 'response.content_part.done',
      output_index: 0,
      content_index: 0,
      part: text('').content[0],
    };
    assert.deepEqual(contentsOf(readEvents([part, completed({ output: [text('')] })])), []);
    assert.deepEqual(contentsOf(readText('json', JSON.stringify({ ...whole, output: [text('')] }))), []);
  });

  it('images are parts, and items of other kinds none', () => {
    const image = {
      type: 'image_generation_call',
      id: 'ig',
      status: 'completed',
      result: 'AAAA',
      output_format: 'webp',
    };
    const done = { type: 'response.output_item.done', output_index: 1, item: image };
    const list = readEvents([done, completed({ output: [{ type: 'web_search_call', id: 'ws' }, image] })]);
    assert.deepEqual(contentsOf(list), [{ kind: 'image', mediaType: 'image/webp', text: 'AAAA' }]);
  });
});

describe('ends of Responses', () => {
  const endOf = (type: string, response: JsonObject) =>
    last(readEvents([{ type, response: { id: 'r', output: [text('a')], ...response } }]));
  const reasonOf = (event: ResponseEvent | undefined) => (event?.type === 'end' ? event.reason : event);

  it('completed, with calls, or with a refusal', () => {
    assert.equal(reasonOf(endOf('response.completed', {})), 'stop');
    assert.equal(
      reasonOf(
        endOf('response.completed', {
          output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'no' }] }],
        }),
      ),
      'refusal',
    );
    assert.equal(
      reasonOf(
        endOf('response.completed', {
          output: [{ type: 'function_call', call_id: 'c', name: 'n', arguments: '' }],
        }),
      ),
      'tool-calls',
    );
  });

  it('incomplete for every reason, where an unknown one is an error', () => {
    const incomplete = (reason?: string) => endOf('response.incomplete', { incomplete_details: { reason } });
    assert.equal(reasonOf(incomplete('max_output_tokens')), 'length');
    assert.equal(reasonOf(incomplete('max_messages')), 'length');
    assert.equal(reasonOf(incomplete('content_filter')), 'refusal');
    assert.equal(reasonOf(incomplete()), 'paused');
    assert.deepEqual(incomplete('steered'), {
      type: 'error',
      message: 'The upstream left the response incomplete: steered.',
      code: '',
    });
    assert.equal(incomplete('toString')?.type, 'error');
  });

  it('failures are errors, and nothing follows them', () => {
    const error = {
      code: 'conexpectedTextlength_exceeded',
      message: 'Your input exceeds the context window.',
    };
    const failed = readEvents([
      ...begin,
      { type: 'response.failed', response: { id: 'r', status: 'failed', error } },
      ...stream,
    ]);
    assert.deepEqual(failed, [
      { type: 'start', id: 'resp_1' },
      { type: 'error', ...error },
    ]);
    const bare = { type: 'error', code: 'server_error', message: 'boom', param: null };
    assert.deepEqual(readEvents([bare, ...stream]), [
      { type: 'error', code: 'server_error', message: 'boom' },
    ]);
    const nested = { error: { type: 'server_error', message: 'boom', code: null } };
    assert.deepEqual(readEvents([nested]), [{ type: 'error', code: 'server_error', message: 'boom' }]);
  });

  it('data that is no JSON is one error', () => {
    const list = readText('sse', `${events(begin)}data: <html>\n\ndata: <html>\n\n`);
    assert.equal(errorsOf(list).length, 1);
    assert.match(
      JSON.stringify(last(readText('sse', `${events(begin)}data: [DONE]\n\n`))),
      /ended its response early/,
    );
    assert.equal(last(list)?.type, 'error');
  });

  it('no report of usage is no event', () => {
    assert.equal(
      readEvents([completed({ usage: null })]).some(({ type }) => type === 'usage'),
      false,
    );
    assert.equal(
      readEvents([completed({ usage })]).some(({ type }) => type === 'usage'),
      true,
    );
  });
});

describe('reading a whole response of Responses', () => {
  it('says what the stream says', () => {
    const list = readText('json', JSON.stringify(whole));
    assert.deepEqual(list[0], { type: 'start', id: 'resp_1' });
    assert.deepEqual(contentsOf(list), expected);
    assert.deepEqual(list.slice(-2), ending);
  });

  it('in pieces of any size reads the same, and broken off is an error', () => {
    const bytes = Buffer.from(JSON.stringify(whole));
    const read = readChunks('json', [bytes]);
    for (let at = 0; at < bytes.length; at++) {
      assert.deepEqual(readChunks('json', [bytes.subarray(0, at), bytes.subarray(at)]), read);
      assert.deepEqual(
        readChunks('json', [bytes.subarray(0, at)]).map(({ type }) => type),
        ['error'],
      );
    }
  });

  it('that failed, is not over or is an error is an error', () => {
    const error = { code: 'server_error', message: 'boom' };
    assert.deepEqual(last(readText('json', JSON.stringify({ ...whole, status: 'failed', error }))), {
      type: 'error',
      ...error,
    });
    assert.equal(last(readText('json', JSON.stringify({ ...whole, status: 'in_progress' })))?.type, 'error');
    assert.deepEqual(readText('json', JSON.stringify({ error })), [{ type: 'error', ...error }]);
    assert.deepEqual(last(readText('json', JSON.stringify({ ...whole, status: undefined }))), ending[1]);
  });

  it('never throws, and ends or fails once', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((json) => `{"object":"response","output":[${json}]}`),
        ),
        fc.boolean(),
        (json, isStream) => {
          const list = isStream ? readText('sse', `data: ${json}\n\n`) : readText('json', json);
          assert.equal(list.filter(({ type }) => type === 'end' || type === 'error').length, 1);
          assert.match(last(list)?.type ?? '', /^(?:end|error)$/);
        },
      ),
    );
  });
});
