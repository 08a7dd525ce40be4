/** Selection among channels, over arbitrary sets of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawsFrom } from './draws.ts';
import { type Candidate, select } from './selection.ts';

interface TestCandidate extends Candidate {
  readonly name: number;
  readonly open: boolean;
}

const groupNames = ['a', 'b', 'c'];
const candidate = fc.record({
  id: fc.uuid(),
  name: fc.nat(),
  groups: fc.subarray(groupNames).map((names) => new Set(names)),
  priority: fc.integer({ min: -2, max: 2 }),
  weight: fc.oneof(fc.nat(3), fc.double({ min: 0, max: 5, noNaN: true })),
  open: fc.boolean(),
});
const offering = fc
  .array(candidate, { maxLength: 8 })
  .map((list) => [...list].sort((x, y) => y.priority - x.priority));
const anyDraw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const choose = (list: readonly TestCandidate[], groups: readonly string[], draw: number) =>
  select(list, groups, ({ open }) => open, { draw: () => draw, conversation: () => undefined });

test('selects an open channel of the first group that has one, of the highest priority, by weight', () => {
  fc.assert(
    fc.property(offering, fc.shuffledSubarray(groupNames), anyDraw, (list, groups, draw) => {
      const chosen = choose(list, groups, draw);
      const serving = list.filter((each) => groups.some((group) => each.groups.has(group)));
      const group = groups.find((name) => serving.some((each) => each.open && each.groups.has(name)));
      if (group === undefined) {
        assert.equal(chosen, serving.length > 0 ? 'exhausted' : 'unknown_model');
        return;
      }
      assert.ok(typeof chosen !== 'string');
      const rivals = list.filter((each) => each.open && each.groups.has(group));
      assert.ok(rivals.some((rival) => rival === chosen));
      assert.equal(chosen.priority, Math.max(...rivals.map(({ priority }) => priority)));
      const tier = rivals.filter(({ priority }) => priority === chosen.priority);
      if (tier.some(({ weight }) => weight > 0)) assert.ok(chosen.weight > 0);
    }),
  );
});

test('over all draws, each channel of a tier gets its share', () => {
  const weights = [0, 1, 3, 6];
  const list = weights.map((weight, name) => ({
    id: String(name),
    name,
    weight,
    groups: new Set(['a']),
    priority: 0,
    open: true,
  }));
  const counts = weights.map(() => 0);
  for (let step = 0; step < 1000; step += 1) {
    const chosen = choose(list, ['a'], step / 1000);
    if (typeof chosen !== 'string') counts[chosen.name] = (counts[chosen.name] ?? 0) + 1;
  }
  assert.deepEqual(counts, [0, 100, 300, 600]);
});

test('channels of weight 0 share equally when no other is left', () => {
  const list = [0, 1].map((name) => ({
    id: String(name),
    name,
    weight: 0,
    groups: new Set(['a']),
    priority: 0,
    open: true,
  }));
  assert.deepEqual([choose(list, ['a'], 0.49), choose(list, ['a'], 0.5)], list);
});

test('converts each four random bytes once to a number from 0 up to but not including 1', () => {
  let filled = 0;
  const draw = drawsFrom((size) => {
    filled += 1;
    return new Uint8Array(size).fill(filled === 1 ? 0 : 255);
  });
  for (let i = 0; i < 1024; i += 1) assert.equal(draw(), 0);
  assert.equal(draw(), 1 - 2 ** -32);
  assert.equal(filled, 2);
});
