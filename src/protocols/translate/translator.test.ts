/** How much of an upstream's response a translation holds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { limits } from '../../platform/limits.ts';
import { Piece } from '../events/piece.ts';
import type { ResponseForm } from '../protocol.ts';
import { clients, upstreams } from './test-translation.ts';
import { type TranslatedResponse, Translator } from './translator.ts';

const facts = { model: 'm', requestId: 'q', createdAt: 1, includesUsage: false };
const begin = (upstream: keyof typeof upstreams, form: ResponseForm) =>
  new Translator(clients.gemini, upstreams[upstream]).response(form, 'json', facts);
const failureOf = ({ failure }: TranslatedResponse) => failure?.code;
const most = limits.translated_bytes_max;
const half = Buffer.alloc(most / 2, ' ');

describe('the response of an upstream', () => {
  const forms: readonly (readonly [keyof typeof upstreams, ResponseForm])[] = [
    ...(['chat', 'responses', 'messages', 'gemini'] as const).flatMap(
      (name) =>
        [
          [name, 'json'],
          [name, 'sse'],
        ] as const,
    ),
    ['gemini', 'json-array'],
  ];
  for (const [upstream, form] of nonEmpty(forms)) {
    it(`is held up to a limit, ${upstream} as ${form}`, () => {
      const response = begin(upstream, form);
      for (const _ of [1, 2]) response.push(new Piece(half, 'part'));
      assert.equal(failureOf(response), undefined);
      response.push(new Piece(Buffer.from(' '), 'part'));
      assert.equal(failureOf(response), 'too_long');
      assert.deepEqual([response.push(new Piece(half, 'part')), response.end()], [undefined, undefined]);
    });
  }

  it('may have any number of long events that fit', () => {
    const response = begin('chat', 'sse');
    for (const _ of [1, 2, 3]) {
      response.push(new Piece(Buffer.concat([Buffer.from(': '), half]), 'part'));
      response.push(new Piece(Buffer.from('\n\n'), 'last'));
    }
    assert.equal(failureOf(response), undefined);
  });

  const text = 'x'.repeat(most / 4);
  const event = (value: object) => new Piece(Buffer.from(`data: ${JSON.stringify(value)}\n\n`), 'events');
  const call = (index: number) => {
    const tool_calls = [{ index, id: `c${index}`, function: { name: 'f', arguments: text } }];
    return event({ choices: [{ index: 0, delta: { tool_calls } }] });
  };

  it('has texts up to a limit, those of calls that wait for others included', () => {
    const response = begin('chat', 'sse');
    for (const _ of [1, 2, 3, 4]) response.push(event({ choices: [{ index: 0, delta: { content: text } }] }));
    assert.equal(failureOf(response), undefined);
    response.push(event({ choices: [{ index: 0, delta: { content: 'x' } }] }));
    assert.equal(failureOf(response), 'too_long');

    const waiting = begin('chat', 'sse');
    for (const index of [0, 1, 1, 1, 1, 1]) waiting.push(call(index));
    assert.equal(failureOf(waiting), undefined);
    waiting.push(event({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }));
    assert.equal(failureOf(waiting), 'too_long');
  });

  it('has no more items of Responses that wait for others either', () => {
    const response = begin('responses', 'sse');
    const item = (output_index: number) => ({
      type: 'response.output_item.added',
      output_index,
      item: { type: 'function_call', call_id: `c${output_index}`, name: 'f' },
    });
    for (const index of [0, 1]) response.push(event(item(index)));
    const delta = { type: 'response.function_call_arguments.delta', output_index: 1, delta: text };
    for (const _ of [1, 2, 3, 4, 5, 6]) response.push(event(delta));
    assert.equal(failureOf(response), undefined);
    const done = { type: 'function_call', call_id: 'c0', name: 'f', arguments: '' };
    response.push(event({ type: 'response.output_item.done', output_index: 0, item: done }));
    assert.equal(failureOf(response), 'too_long');
  });
});
