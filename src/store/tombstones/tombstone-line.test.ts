import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tombstoneKinds } from '../../domain/tombstone.ts';
import { parseTombstoneLine, tombstoneLine } from './tombstone-line.ts';

const anyTombstone = fc.record({
  kind: fc.constantFrom(...tombstoneKinds),
  digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  id: fc.maxSafeNat(),
  accountId: fc.option(fc.maxSafeNat()),
  deletedAt: fc.maxSafeNat(),
});

test('a line is read as the tombstone that it was written for', () => {
  fc.assert(
    fc.property(anyTombstone, (tombstone) => {
      const line = tombstoneLine(tombstone);
      assert.equal(line.indexOf('\n'), line.length - 1);
      assert.deepEqual(parseTombstoneLine(line.slice(0, -1)), { ...tombstone });
    }),
  );
});

test('a line that is cut short, or has another character somewhere, is no tombstone', () => {
  fc.assert(
    fc.property(anyTombstone, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (tombstone, at, char) => {
      const line = tombstoneLine(tombstone).slice(0, -1);
      const place = at % line.length;
      assert.equal(parseTombstoneLine(line.slice(0, place)), undefined);
      const damaged = line.slice(0, place) + char + line.slice(place + 1);
      if (damaged !== line) assert.equal(parseTombstoneLine(damaged), undefined);
    }),
  );
});

test('any other text is no tombstone, and no error', () => {
  fc.assert(fc.property(fc.string(), (text) => parseTombstoneLine(text) === undefined));
});
