import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { Bag, type BagMember } from './bag.ts';

test('has what was added and not removed, whatever the order', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(7)));
  fc.assert(
    fc.property(steps, (given) => {
      const bag = new Bag<BagMember>();
      const expected = new Set<BagMember>();
      const members = Array.from({ length: 8 }, (): BagMember => ({}));
      for (const [isAdded, at] of maybeEmpty(given)) {
        const member = members[at] ?? {};
        if (isAdded) {
          bag.add(member);
          expected.add(member);
        } else assert.equal(bag.remove(member), expected.delete(member));
        assert.equal(bag.size, expected.size);
        assert.deepEqual(new Set(bag.all()), expected);
      }
    }),
  );
});

test('members that have gone are collected with the young generation, also after a full collection', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;
  const bag = new Bag<BagMember>();
  const recent: BagMember[] = [];
  const comeAndGo = (times: number): void => {
    for (let count = 0; count < times; count += 1) {
      const member: BagMember & { readonly load: readonly number[] } = { load: new Array(100).fill(count) };
      bag.add(member);
      recent.push(member);
      const oldest = recent.length > 32 ? recent.shift() : undefined;
      if (oldest) bag.remove(oldest);
    }
  };
  comeAndGo(20_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  comeAndGo(50_000);
  collect({ type: 'minor' });
  // A `Set` in place of the bag keeps half of them.
  const keptBytes = process.memoryUsage().heapUsed - before;
  assert.ok(keptBytes < 5_000_000, `${keptBytes} bytes of 40,000,000 are kept`);
});
