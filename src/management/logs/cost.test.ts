import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../../tests/support/non-empty.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { type ModelRates, plainMultiplier } from '../../domain/rates.ts';
import { noUsage, type Usage, usageCategories } from '../../domain/usage.ts';
import { unitsOf } from '../../ledger/price.ts';
import { noPrice, noTokenPrice } from '../../ledger/test-rates.ts';
import type { RecordDetail } from '../../store/ledger-store.ts';
import { emptyDetail } from '../../store/record-detail.ts';
import { costOf } from './cost.ts';

const explained = (usage: Partial<Usage>, rates: Partial<ModelRates>, more: Partial<RecordDetail> = {}) => {
  const price = { ...noPrice, ...rates, id: 3, model: 'm', effectiveFrom: 5, source: '', createdAt: 0 };
  const detail = { ...emptyDetail, ...usage, ...more };
  const record = {
    ...{ id: 1, requestId: 'r', type: recordTypes.consume, createdAt: 9, accountId: 1, keyId: 1, model: 'm' },
    units: unitsOf({ ...noUsage, ...usage }, price, detail.multiplier),
    detail,
  };
  return { cost: costOf(record, price), units: record.units };
};

/** Decimal texts summed exactly, in 10^-30. */
const sum = (texts: readonly string[]): bigint =>
  texts.reduce((total, text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return total + BigInt(whole + fraction.padEnd(30, '0'));
  }, 0n);

test('a charge is shown term by term, in units and in USD', () => {
  const { cost } = explained(
    { inputTokens: 1000, cachedTokens: 400, outputTokens: 7, webSearches: 2 },
    { input: 2_500_000, cachedInput: 250_000, output: 10_000_000, request: 1_000_000 },
    { multiplier: 800_000 },
  );
  assert.deepEqual(cost?.lines, [
    { kind: 'input', count: 600, price: '2.5', per: 'million', units: '600', usd: '0.0012' },
    { kind: 'cached_input', count: 400, price: '0.25', per: 'million', units: '40', usd: '0.00008' },
    { kind: 'output', count: 7, price: '10', per: 'million', units: '28', usd: '0.000056' },
    { kind: 'per_web_search', count: 2, price: '0.01', per: 'piece', units: '8000', usd: '0.016' },
    { kind: 'per_request', count: 1, price: '0.000001', per: 'piece', units: '0.4', usd: '0.0000008' },
  ]);
  const { exact_units, exact_usd, units, multiplier } = cost;
  assert.deepEqual([exact_units, exact_usd, units, multiplier], ['8668.4', '0.0173368', 8669, '0.8']);
});

const count = fc.oneof(fc.constant(0), fc.nat(5_000_000), fc.nat(2 ** 40));
const rate = fc.oneof(fc.constant(0), fc.nat(60_000_000));
const usages = fc.record(Object.fromEntries(usageCategories.map((name) => [name, count])));
const rates = fc.record({
  input: rate,
  output: rate,
  cachedInput: fc.option(rate),
  request: rate,
  image: rate,
});
const multipliers = fc.constantFrom(plainMultiplier, 1, 333_333, 2_750_001);

test('the terms add up exactly to their total, and rounded up to what was charged', () => {
  fc.assert(
    fc.property(usages, rates, multipliers, (usage, given, multiplier) => {
      const { cost, units } = explained(usage, given, { multiplier });
      if (!cost) return units === 0 || units >= 500_000_000_000_000;
      const texts = maybeEmpty(cost.lines);
      assert.equal(sum(texts.map((line) => line.units)), sum([cost.exact_units]));
      assert.equal(sum(texts.map((line) => line.usd)), sum([cost.exact_usd]));
      assert.equal(sum([cost.exact_usd]), sum([cost.exact_units]) / 500_000n);
      const unit = 10n ** 30n;
      assert.equal((sum([cost.exact_units]) + unit - 1n) / unit, BigInt(units));
      return true;
    }),
    { numRuns: 300 },
  );
});

test('a service tier is charged by its own prices', () => {
  const tiers = { priority: { ...noTokenPrice, input: 5_000_000, output: 0 } };
  const { cost } = explained(
    { inputTokens: 10 },
    { input: 5_000_000, output: 0, tiers },
    { tier: 'priority' },
  );
  assert.deepEqual([cost?.service_tier, cost?.lines[0]?.price], ['priority', '5']);
});

test('what does not add up is not explained: nothing charged, or the largest charge', () => {
  assert.equal(explained({}, { input: 1 }).cost, undefined);
  assert.equal(explained({ images: 2 ** 40 }, { image: 1_000_000_000_000 }).cost, undefined);
});
