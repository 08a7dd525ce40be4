/** The demo's response: within every requested limit, and deterministic. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { makeCompletion, paceOf } from './completion.ts';
import { BadRequest } from './fields.ts';

const pace = { chunks: undefined, chunkMs: 0 };

test('never exceeds max tokens, never contains a stop sequence, and is deterministic', () => {
  const asked = fc.record({
    userText: fc.string({ unit: 'grapheme' }),
    maxTokens: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
    stops: fc.array(fc.constantFrom<string[]>('demo', ' ', '.', 'zzz', 'real'), { maxLength: 2 }),
    pace: fc.constant(pace),
  });
  fc.assert(
    fc.property(asked, (request) => {
      const completion = makeCompletion(request);
      assert.deepEqual(makeCompletion(request), completion);
      assert.ok(completion.outputTokens <= (request.maxTokens ?? Number.POSITIVE_INFINITY));
      assert.equal(completion.pieces.join(''), completion.text);
      for (const stop of maybeEmpty(request.stops)) assert.ok(!completion.text.includes(stop));
      if (completion.ending === 'stop_sequence')
        assert.ok(request.stops.includes(completion.stopSequence ?? ''));
      else assert.equal(completion.stopSequence, null);
    }),
  );
});

test('echoes a long text in shortened form', () => {
  const { text } = makeCompletion({ userText: 'x'.repeat(5000), maxTokens: undefined, stops: [], pace });
  assert.match(text, /You said: "x{200}…"/);
});

test('has the number of chunks that the pace sets, fewer or more than the text needs', () => {
  for (const chunks of [1, 5, 500]) {
    const completion = makeCompletion({
      userText: '',
      maxTokens: undefined,
      stops: [],
      pace: { chunks, chunkMs: 0 },
    });
    assert.equal(completion.pieces.length, chunks);
    assert.ok(completion.outputTokens >= chunks);
  }
});

test('reads the pace from the body and refuses values out of bounds', () => {
  assert.deepEqual(paceOf({}, 40), { chunks: undefined, chunkMs: 40 });
  assert.deepEqual(paceOf({ halley_demo: { chunks: 3, chunk_ms: 0 } }, 40), { chunks: 3, chunkMs: 0 });
  for (const halley_demo of [{ chunks: 0 }, { chunks: 1e9 }, { chunk_ms: -1 }, { chunk_ms: 'soon' }]) {
    assert.throws(() => paceOf({ halley_demo }, 40), BadRequest);
  }
});
