import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unitsOf } from './price.ts';

test('every token costs one unit', () => {
  assert.equal(unitsOf({ inputTokens: 3, outputTokens: 4 }), 7);
});

test('whatever an upstream reports, the price is a whole number that cannot be negative', () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), (inputTokens, outputTokens) => {
      const units = unitsOf({ inputTokens, outputTokens });
      assert.ok(Number.isSafeInteger(units) && units >= 0);
    }),
  );
});
