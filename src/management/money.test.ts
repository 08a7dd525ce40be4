import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../platform/limits.ts';
import { unitsOfUsd, usdOf } from './money.ts';

test('USD in decimal are read exactly, and what is no amount is not', () => {
  const cases: [string, number | undefined][] = [
    ['1', 500_000],
    ['0.000002', 1],
    ['-2.5', -1_250_000],
    ['1000000000', limits.quota_units_max],
    ['0.000001', undefined],
    ['1000000000.000002', undefined],
    ['1e3', undefined],
    ['01', undefined],
    ['.5', undefined],
    ['1.', undefined],
    ['', undefined],
    ['+1', undefined],
    ['NaN', undefined],
  ];
  for (const [text, units] of cases) assert.equal(unitsOfUsd(text), units, text);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000_000_000 }), (units) => {
      assert.equal(unitsOfUsd((units / 500_000).toFixed(6)), units);
      assert.equal(Math.round(usdOf(units) * 500_000), units);
    }),
  );
});
