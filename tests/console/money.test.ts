/** Amounts as the console shows them: nothing that was charged looks like nothing, in any language. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMoney } from '../../console/format/money.ts';
import { nonEmpty } from '../support/non-empty.ts';

const languages = nonEmpty(['en', 'zh-CN', 'de']);
const unitsPerUsd = 500_000;

test('no positive amount shows as zero, down to a single unit', () => {
  for (const language of languages) {
    for (const units of nonEmpty([1, 2, 3, 49, 2500, 4999, 499_999])) {
      assert.match(formatMoney(units, language), /[1-9]/, `${units} units in ${language}`);
    }
    assert.doesNotMatch(formatMoney(0, language), /[1-9.,]/);
  }
});

test('what is shown is the amount within a hundredth, or within half a cent from a dollar on', () => {
  for (const units of nonEmpty([1, 7, 333, 6150, 123_456, 499_999, 500_001, 123_456_789])) {
    const usd = units / unitsPerUsd;
    const shown = Number(formatMoney(units, 'en').replace(/[$,]/g, ''));
    assert.ok(Math.abs(shown - usd) <= Math.min(usd / 100, 0.005) + Number.EPSILON, `${shown} for ${usd}`);
  }
  assert.equal(formatMoney(-250_000, 'en'), '-$0.50');
});
