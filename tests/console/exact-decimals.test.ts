/** Prices and multipliers in the viewer's language: every digit stays, and none becomes a thousands separator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal, formatExactUsd } from '../../console/format/decimal.ts';

test('an exact price keeps all its digits, with the marks of the language', () => {
  const tiny = '1234.00000000000000000000012';
  assert.equal(formatExactUsd(tiny, 'en'), '$1,234.00000000000000000000012');
  assert.equal(formatExactUsd(tiny, 'de'), '1.234,00000000000000000000012\u00a0$');
  assert.equal(formatExactUsd('2.5', 'zh-CN'), '$2.50');
});

test('a multiplier has no more decimals than it was given', () => {
  assert.equal(formatDecimal('1.125', 'de'), '1,125');
  assert.equal(formatDecimal('1', 'de'), '1');
});
