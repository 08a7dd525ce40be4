import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Part } from '../form/request.ts';
import type { EndReason } from '../form/response.ts';
import { Losses } from '../losses.ts';
import { readRequest } from './read-request.ts';
import { contentsOf, readText } from './test-streams.ts';
import { end, eventsFor, type PartGiven, usage, wholeOf, write } from './test-written.ts';

const words = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
const deltas = fc.array(words, { minLength: 1, maxLength: 3 });
const citations = fc.array(fc.record({ url: fc.webUrl(), title: words, start: fc.nat(9), end: fc.nat(9) }), {
  minLength: 1,
  maxLength: 2,
});
const parts: fc.Arbitrary<PartGiven> = fc.oneof(
  fc.tuple(fc.constant({ kind: 'text' as const }), deltas),
  fc.tuple(fc.constant({ kind: 'text' as const }), deltas, fc.record({ citations })),
  fc.tuple(fc.constantFrom({ kind: 'refusal' as const }, { kind: 'reasoning' as const }), deltas),
  fc.tuple(
    fc.record({
      kind: fc.constant('tool-call' as const),
      id: fc.stringMatching(/^[a-z]{1,9}$/),
      name: words,
    }),
    deltas,
  ),
  fc.tuple(fc.constant({ kind: 'image' as const, mediaType: 'image/webp' }), fc.constant(['AAAA'])),
);

const reasonFor = (given: readonly PartGiven[]): EndReason => {
  const has = (kind: string) => given.some(([part]) => part.kind === kind);
  return has('tool-call') ? 'tool-calls' : has('refusal') ? 'refusal' : 'stop';
};

describe('round trips of responses', () => {
  it('the reader of upstreams reads what was written, streamed and whole', () => {
    fc.assert(
      fc.property(
        fc.array(parts, { maxLength: 6 }),
        fc.constantFrom<EndReason>('stop', 'length', 'paused'),
        (given, reason) => {
          const list = structuredClone(eventsFor(given, end(reason === 'stop' ? reasonFor(given) : reason)));
          for (const form of ['sse', 'json'] as const) {
            const read = readText(form, write(form, list));
            assert.deepEqual(contentsOf(read), contentsOf(list));
            assert.deepEqual(read[0], list[0]);
            assert.deepEqual(
              read.slice(-2),
              [
                { type: 'usage', usage },
                { ...end('stop'), ...list.at(-1), refusal: undefined },
              ].map(withoutUndefinedRefusal),
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('signatures come back in the next request, of reasoning and of calls', () => {
    const carried = (provider: 'openai' | 'anthropic' | 'gemini', blob: string) => ({
      carried: { provider, blob, seal: 's' },
    });
    const list = eventsFor(
      [
        [{ kind: 'reasoning' }, ['hm'], carried('anthropic', 'c2ln')],
        [{ kind: 'reasoning' }, [], carried('anthropic', 'c2ln')],
        [{ kind: 'reasoning' }, [], { ...carried('anthropic', 'ZGF0YQ'), isRedacted: true }],
        [{ kind: 'reasoning' }, ['o'], carried('openai', 'rs_9|gAAA')],
        [{ kind: 'tool-call', id: 'c:1', name: 'n' }, ['{}'], carried('gemini', 'Z2Vt')],
        [{ kind: 'tool-call', id: 'c:2', name: 'n' }, ['{}']],
      ],
      end('tool-calls'),
    );
    // Codex sends no ids of reasoning back.
    const input = wholeOf(list).output.map(({ id, ...item }) =>
      item.type === 'reasoning' ? item : { id, ...item },
    );
    for (const history of [wholeOf(list).output, input]) {
      const [turn] = readRequest({ input: history }, new Losses('strict', 'messages')).turns;
      const read = turn?.parts.map((part: Part) => ('carried' in part ? part.carried : undefined));
      assert.deepEqual(read, [
        { provider: 'anthropic', blob: 'c2ln', seal: 's' },
        { provider: 'anthropic', blob: 'c2ln', seal: 's' },
        { provider: 'anthropic', blob: 'ZGF0YQ', seal: 's' },
        { provider: 'openai', blob: 'rs_9|gAAA', seal: 's' },
        { provider: 'gemini', blob: 'Z2Vt', seal: 's' },
        undefined,
      ]);
      assert.deepEqual(
        turn?.parts.map((part) => part.kind === 'reasoning' && part.isRedacted),
        [undefined, undefined, true, undefined, false, false],
      );
    }
  });
});

function withoutUndefinedRefusal<T extends object>(event: T): object {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'refusal'));
}
