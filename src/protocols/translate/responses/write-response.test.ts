import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import type { JsonObject } from '../../protocol.ts';
import type { ResponseEvent } from '../form/response.ts';
import { objectsIn } from '../json.ts';
import { end, eventsFor, facts, lastOf, type PartGiven, typesOf, wholeOf, written } from './test-written.ts';
import { writeResponse } from './write-response.ts';

const text: PartGiven = [{ kind: 'text' }, ['Hel', 'lo']];
const call: PartGiven = [{ kind: 'tool-call', id: 'toolu:1', name: 'shell' }, ['{"a":', '1}']];
const thinking: PartGiven = [
  { kind: 'reasoning' },
  ['hm'],
  { carried: { provider: 'anthropic', blob: 'c2ln' } },
];
const refusal: PartGiven = [{ kind: 'refusal' }, ['no']];
const image: PartGiven = [{ kind: 'image', mediaType: 'image/webp' }, ['AA', 'AA']];
const cited: PartGiven = [
  { kind: 'text' },
  ['see'],
  { citations: [{ url: 'https://a.example', title: 'A', start: 0, end: 3 }] },
];
const every = eventsFor([thinking, text, cited, refusal, call, image, text], end('tool-calls'));

const declarations = readFileSync(
  new URL('resources/responses/responses.d.ts', import.meta.resolve('openai')),
  'utf8',
).replaceAll(/\/\*\*[\s\S]*?\*\//g, '');

/** The members of the SDK's type of an event, or of another named type. */
function membersOf(pattern: RegExp): {
  readonly all: ReadonlySet<string>;
  readonly required: readonly string[];
} {
  const found = pattern.exec(declarations);
  assert.ok(found?.[1], String(pattern));
  const members = [...found[1].matchAll(/^ {4}(\w+)(\??):/gm)];
  return {
    all: new Set(members.map(([, name = '']) => name)),
    required: members.filter(([, , mark]) => mark === '').map(([, name = '']) => name),
  };
}

function fits(object: JsonObject, pattern: RegExp, besides: readonly string[] = []): void {
  const { all, required } = membersOf(pattern);
  const names = Object.keys(object);
  assert.deepEqual(
    names.filter((name) => !all.has(name)),
    [],
    `unknown in ${pattern}`,
  );
  assert.deepEqual(
    required.filter((name) => !names.includes(name) && !besides.includes(name)),
    [],
    `missing of ${pattern}`,
  );
}

const typeOfEvent = (type: string) =>
  new RegExp(
    `export interface \\w+Event \\{\\n((?: {4}.*\\n)*? {4}type: '${type.replaceAll('.', '\\.')}';\\n(?: {4}.*\\n)*?)\\}`,
  );
const typeNamed = (name: string) => new RegExp(`export interface ${name} \\{\\n((?: {4}.*\\n|\\n)*?)\\}`);
const itemTypes: Readonly<Record<string, string>> = {
  message: 'ResponseOutputMessage',
  function_call: 'ResponseFunctionToolCall',
  reasoning: 'ResponseReasoningItem',
};

describe('writing a stream of Responses', () => {
  it('events come in the exact order', () => {
    assert.deepEqual(typesOf(eventsFor([thinking, text, call], end('tool-calls'))), [
      ...['created', 'in_progress'],
      ...[
        'output_item.added',
        'reasoning_summary_part.added',
        'reasoning_summary_text.delta',
        'reasoning_summary_text.done',
        'reasoning_summary_part.done',
        'output_item.done',
      ],
      ...[
        'output_item.added',
        'content_part.added',
        'output_text.delta',
        'output_text.delta',
        'output_text.done',
        'content_part.done',
        'output_item.done',
      ],
      ...[
        'output_item.added',
        'function_call_arguments.delta',
        'function_call_arguments.delta',
        'function_call_arguments.done',
        'output_item.done',
      ],
      'completed',
    ]);
    assert.deepEqual(typesOf(eventsFor([refusal, cited, image], end('stop'))).slice(2), [
      ...['output_item.added', 'content_part.added', 'refusal.delta', 'refusal.done', 'content_part.done'],
      ...[
        'content_part.added',
        'output_text.delta',
        'output_text.annotation.added',
        'output_text.done',
        'content_part.done',
        'output_item.done',
      ],
      ...[
        'output_item.added',
        'image_generation_call.in_progress',
        'image_generation_call.generating',
        'image_generation_call.completed',
        'output_item.done',
      ],
      'completed',
    ]);
  });

  it('every event and item has the members of its type, and no other', () => {
    for (const event of written(every)) {
      fits(event, typeOfEvent(String(event.type)));
      // The SDK adds `output_text` itself.
      if (event.response) fits(event.response as JsonObject, typeNamed('Response'), ['output_text']);
      const { item } = event as { readonly item?: JsonObject };
      const name = item && itemTypes[String(item.type)];
      if (name) fits(item, typeNamed(name));
    }
    fits(lastOf(every).usage as JsonObject, typeNamed('ResponseUsage'));
  });

  it('numbers rise by one, and indices and ids agree', () => {
    const list = written(every);
    assert.deepEqual(
      list.map(({ sequence_number }) => sequence_number),
      list.map((_, index) => index),
    );
    const ids = new Map<unknown, unknown>();
    for (const event of nonEmpty(list)) {
      if (event.type === 'response.output_item.added') {
        const { id } = event.item as { readonly id: string };
        assert.equal(event.output_index, ids.size);
        assert.equal([...ids.values()].includes(id), false);
        ids.set(event.output_index, id);
      } else if (event.type === 'response.output_item.done') {
        assert.equal((event.item as { readonly id: string }).id, ids.get(event.output_index));
      } else if (event.item_id !== undefined) assert.equal(event.item_id, ids.get(event.output_index));
    }
    const { output } = lastOf(every);
    assert.deepEqual(
      output.map(({ id }) => id),
      [...ids.values()],
    );
    assert.deepEqual(
      list.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : [])),
      output,
    );
  });

  it('texts that follow each other are contents of one message', () => {
    const added = written(eventsFor([text, cited, refusal], end('refusal'))).filter(
      ({ type }) => type === 'response.content_part.added',
    );
    assert.deepEqual(
      added.map(({ content_index, output_index }) => [content_index, output_index]),
      [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
    );
  });

  it('an id of the upstream is kept, else one is made', () => {
    assert.equal(lastOf(eventsFor([text], end('stop'))).id, 'up_1');
    assert.equal(lastOf(eventsFor([text], end('stop'), '')).id, 'resp_20261129-1');
  });

  it('nothing comes after the end', () => {
    const writer = writeResponse('sse', facts);
    for (const event of eventsFor([text], end('stop'))) writer.push(event);
    assert.equal(writer.push({ type: 'error', message: 'late', code: '' }) + writer.end(), '');
  });

  it('a failure is the last event, and follows a beginning', () => {
    const error: ResponseEvent = { type: 'error', message: 'overloaded', code: 'overloaded_error' };
    assert.deepEqual(typesOf([error]), ['created', 'in_progress', 'failed']);
    const list = [...eventsFor([text], end('stop')).slice(0, 3), error];
    assert.equal(typesOf(list).at(-1), 'failed');
    const { status, error: said } = lastOf(list);
    assert.deepEqual([status, said], ['failed', { code: 'server_error', message: 'overloaded' }]);
  });

  it('codes of failures that clients look for are kept', () => {
    const codeOf = (code: string) =>
      (lastOf([{ type: 'error', message: 'm', code }]).error as JsonObject).code;
    assert.deepEqual(['context_length_exceeded', 'rate_limit_error', 'invalid_prompt', ''].map(codeOf), [
      'context_length_exceeded',
      'rate_limit_exceeded',
      'invalid_prompt',
      'server_error',
    ]);
  });
});

describe('ends of a response', () => {
  const outcome = (last: ResponseEvent, parts = [text]) => {
    const list = eventsFor(parts, last);
    const { status, incomplete_details } = lastOf(list);
    assert.equal(typesOf(list).at(-1), status);
    return [status, incomplete_details];
  };

  it('of every reason', () => {
    assert.deepEqual(outcome(end('stop')), ['completed', null]);
    assert.deepEqual(outcome(end('stop-sequence')), ['completed', null]);
    assert.deepEqual(outcome(end('tool-calls'), [call]), ['completed', null]);
    assert.deepEqual(outcome(end('length')), ['incomplete', { reason: 'max_output_tokens' }]);
    assert.deepEqual(outcome(end('paused')), ['incomplete', {}]);
    assert.deepEqual(outcome(end('refusal')), ['incomplete', { reason: 'content_filter' }]);
    assert.deepEqual(outcome(end('refusal'), [refusal]), ['completed', null]);
  });

  it('a message that was cut off says so', () => {
    assert.equal(lastOf(eventsFor([text], end('length'))).output[0]?.status, 'incomplete');
    assert.equal(lastOf(eventsFor([text], end('stop'))).output[0]?.status, 'completed');
  });

  it('why the model refused is a refusal', () => {
    const { status, output } = lastOf(eventsFor([text], end('refusal', 'Not that.')));
    assert.equal(status, 'completed');
    assert.deepEqual(objectsIn(output[0]?.content).at(-1), { type: 'refusal', refusal: 'Not that.' });
    assert.equal(output.length, 1);
    const own = lastOf(eventsFor([refusal], end('refusal', 'Not that.')));
    assert.equal(objectsIn(own.output[0]?.content).length, 1);
  });
});

describe('a whole response', () => {
  it('is that of the last event of the stream, and comes at the end only', () => {
    assert.deepEqual(wholeOf(every), lastOf(every));
    const writer = writeResponse('json', facts);
    assert.equal(every.map((event) => writer.push(event)).join(''), '');
    assert.equal(JSON.parse(writer.end()).model, 'claude-sonnet');
  });

  it('has totals of usage with their parts', () => {
    assert.deepEqual(wholeOf(every).usage, {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 12,
    });
    assert.equal(wholeOf([{ type: 'start', id: '' }, end('stop')]).usage, undefined);
  });

  it('that failed says so', () => {
    const { status, error } = wholeOf([{ type: 'error', message: 'm', code: 'rate_limit_exceeded' }]);
    assert.deepEqual([status, error], ['failed', { code: 'rate_limit_exceeded', message: 'm' }]);
  });

  it('a call without arguments has those of an empty object', () => {
    const [item] = wholeOf(
      eventsFor([[{ kind: 'tool-call', id: 'c', name: 'n' }, []]], end('tool-calls')),
    ).output;
    assert.equal(item?.arguments, '{}');
  });
});
