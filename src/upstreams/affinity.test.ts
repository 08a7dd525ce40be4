import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assigned } from './affinity.ts';

interface Channel {
  readonly id: string;
  readonly weight: number;
}

const choose = (channels: readonly Channel[], conversation: string) =>
  assigned(
    channels,
    conversation,
    ({ id }) => id,
    ({ weight }) => weight,
  );
const channels = fc.uniqueArray(fc.record({ id: fc.string(), weight: fc.integer({ min: 0, max: 9 }) }), {
  minLength: 1,
  maxLength: 6,
  selector: ({ id }) => id,
});

test('the order of the candidates does not matter, and only the loss of its own moves a conversation', () => {
  fc.assert(
    fc.property(channels, fc.string(), fc.nat(), (list, conversation, lost) => {
      const chosen = choose(list, conversation);
      assert.ok(chosen);
      assert.equal(choose(list.toReversed(), conversation), chosen);
      const left = list.filter((_, index) => index !== lost % list.length);
      if (left.includes(chosen)) assert.equal(choose(left, conversation), chosen);
    }),
  );
});

test('over many conversations, each channel gets its share, and one without a weight none', () => {
  const list = [0, 1, 3, 6].map((weight) => ({ id: `channel ${weight}`, weight }));
  const counts = new Map<string | undefined, number>();
  for (let index = 0; index < 10_000; index += 1) {
    const id = choose(list, `conversation ${index}`)?.id;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  assert.equal(counts.get('channel 0'), undefined);
  // Four standard deviations of a binomial distribution are below 200.
  for (const weight of [1, 3, 6]) {
    assert.ok(Math.abs((counts.get(`channel ${weight}`) ?? 0) - weight * 1000) < 200);
  }
});

test('channels without weights share equally, and nothing is chosen from none', () => {
  const list = [0, 1].map((index) => ({ id: `channel ${index}`, weight: 0 }));
  const chosen = new Set(Array.from({ length: 50 }, (_, index) => choose(list, String(index))?.id));
  assert.equal(chosen.size, 2);
  assert.equal(choose([], 'any'), undefined);
});
