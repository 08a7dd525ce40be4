import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isVariantName, type Rates, rateNames, ratesIn, variantName } from '../domain/rates.ts';
import { noUsage, toolCallCategories, type Usage } from '../domain/usage.ts';
import { limits } from '../platform/limits.ts';
import { unitsOf } from './price.ts';
import { anyRatesOf, noPrice, noTokenPrice } from './test-rates.ts';

const once = 1_000_000;

/** Prices of any size, mostly those that models have. */
const rate = fc.oneof(
  fc.integer({ min: 0, max: 100_000_000 }),
  fc.integer({ min: 0, max: limits.price_picodollars_max }),
);
const anyRates = anyRatesOf(rate);

const countNames = Object.keys(noUsage) as (keyof Usage)[];
const usageWith = (count: fc.Arbitrary<number>): fc.Arbitrary<Usage> =>
  fc
    .tuple(...countNames.map(() => count))
    .map(
      (counts) =>
        Object.fromEntries(countNames.map((name, index) => [name, counts[index]])) as unknown as Usage,
    );
const plausible = fc.oneof(fc.nat(20), fc.nat(2_000_000));
const anyMultiplier = fc.oneof(
  fc.constant(once),
  fc.integer({ min: 0, max: 5_000_000 }),
  fc.integer({ min: 0, max: limits.group_multiplier_millionths_max }),
);

/** Units as a fraction, [numerator, denominator], by the plainest arithmetic there is. */
function exact(usage: Usage, rates: Rates, multiplier: number): readonly [bigint, bigint] {
  let total = BigInt(rates.request) + BigInt(usage.images) * BigInt(rates.image);
  total += BigInt(usage.characters) * BigInt(rates.character);
  total += BigInt(usage.audioSeconds) * BigInt(rates.audioSecond);
  total += BigInt(usage.searchUnits) * BigInt(rates.searchUnit);
  total += BigInt(usage.videoSeconds) * BigInt(rates.videoSecond);
  total += BigInt(usage.webSearches) * BigInt(rates.webSearch ?? 10_000_000_000);
  total += BigInt(usage.fileSearches) * BigInt(rates.fileSearch ?? 2_500_000_000);
  total += BigInt(usage.codeSessions) * BigInt(rates.codeSession ?? 30_000_000_000);
  const take = (all: number, base: number, parts: readonly (readonly [number, number | null])[]) => {
    let left = BigInt(all);
    for (const [count, own] of parts) {
      const fits = BigInt(count) < left ? BigInt(count) : left;
      total += fits * BigInt(own ?? base);
      left -= fits;
    }
    total += left * BigInt(base);
  };
  const longWrite = rates.longCacheWrite ?? Math.max(2 * rates.input, rates.cacheWrite ?? rates.input);
  take(usage.inputTokens, rates.input, [
    [usage.cachedTokens, rates.cachedInput],
    [Math.min(usage.longCacheWriteTokens, usage.cacheWriteTokens), longWrite],
    [Math.max(usage.cacheWriteTokens - usage.longCacheWriteTokens, 0), rates.cacheWrite],
    [usage.audioInputTokens, rates.audioInput],
    [usage.imageInputTokens, rates.imageInput],
  ]);
  take(usage.outputTokens, rates.output, [
    [usage.reasoningTokens, rates.reasoning],
    [usage.audioOutputTokens, rates.audioOutput],
    [usage.imageOutputTokens, rates.imageOutput],
  ]);
  return [total * BigInt(multiplier), 2_000_000n * 1_000_000n];
}

const belowTheMost = (units: number) => fc.pre(units < limits.quota_units_max);

test('pieces cost by their own rates, of the size and quality that was made', () => {
  const video = { image: null, videoSecond: 500_000_000_000 };
  const rates = {
    ...noPrice,
    image: 40_000_000_000,
    character: 15_000_000,
    audioSecond: 100_000_000,
    searchUnit: 2_000_000_000,
    videoSecond: 100_000_000_000,
    variants: {
      hd: { image: 80_000_000_000, videoSecond: null },
      '1792x1024': video,
      'hd/1792x1024': { image: 120_000_000_000, videoSecond: null },
    },
  };
  const cost = (usage: Partial<Usage>, variant = '') =>
    unitsOf({ ...noUsage, ...usage }, ratesIn(rates, '', variant), once);
  assert.equal(cost({ characters: 1000 }), 7500);
  assert.equal(cost({ audioSeconds: 60 }), 3000);
  assert.equal(cost({ searchUnits: 1 }), 1000);
  assert.equal(cost({ images: 1 }), 20_000);
  assert.equal(cost({ images: 1 }, 'hd'), 40_000);
  assert.equal(cost({ images: 1 }, 'hd/1024x1024'), 40_000);
  assert.equal(cost({ images: 1 }, 'hd/1792x1024'), 60_000);
  assert.equal(cost({ images: 1, videoSeconds: 4 }, 'standard/1792x1024'), 20_000 + 1_000_000);
  assert.equal(cost({ videoSeconds: 4 }, 'hd'), 200_000);
});

test('what was made is named by quality and size, without what no price can name', () => {
  assert.equal(variantName('hd', '1792x1024'), 'hd/1792x1024');
  assert.equal(variantName(undefined, '1024X1024'), '1024x1024');
  assert.equal(variantName('auto', 'auto'), '');
  assert.equal(variantName('hd/x', 7), '');
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (quality, size) => {
      const name = variantName(quality, size);
      assert.ok(name === '' || isVariantName(name));
    }),
  );
});

test('a known price: 1000 tokens in, 400 of them cached, 500 out, at 2.50, 1.25 and 10 USD for a million', () => {
  const rates = { ...noPrice, input: 2_500_000, cachedInput: 1_250_000, output: 10_000_000 };
  const usage = { ...noUsage, inputTokens: 1000, cachedTokens: 400, outputTokens: 500 };
  // 600 * 2.50 + 400 * 1.25 + 500 * 10 = 7000 millionths of a USD.
  assert.equal(unitsOf(usage, rates, once), 3500);
  assert.equal(unitsOf(usage, rates, 1_500_000), 5250);
  assert.equal(unitsOf(usage, rates, 0), 0);
});

test('the fee of a request and the price of a picture are in USD: 0.04 USD a picture, 0.01 USD a request', () => {
  const rates = { ...noPrice, image: 40_000_000_000, request: 10_000_000_000 };
  assert.equal(unitsOf({ ...noUsage, images: 3 }, rates, once), 65_000);
  assert.equal(unitsOf(noUsage, rates, once), 5000);
});

test('calls of hosted tools have their own price, a default where none is set, and may be free', () => {
  const usage = { ...noUsage, webSearches: 2, fileSearches: 4, codeSessions: 1 };
  // 2 * 0.01 + 4 * 0.0025 + 0.03 USD.
  assert.equal(unitsOf(usage, noPrice, once), 30_000);
  const own = { webSearch: 14_000_000_000, fileSearch: 5_000_000_000, codeSession: 60_000_000_000 };
  assert.equal(unitsOf(usage, { ...noPrice, ...own }, once), 54_000);
  const free = { webSearch: 0, fileSearch: 0, codeSession: 0 };
  assert.equal(unitsOf(usage, { ...noPrice, ...free }, once), 0);
});

test('every part has its own rate where it has one, and that of its direction where not', () => {
  const parts = [
    ['cachedTokens', 'cachedInput', 'inputTokens'],
    ['cacheWriteTokens', 'cacheWrite', 'inputTokens'],
    ['audioInputTokens', 'audioInput', 'inputTokens'],
    ['imageInputTokens', 'imageInput', 'inputTokens'],
    ['reasoningTokens', 'reasoning', 'outputTokens'],
    ['audioOutputTokens', 'audioOutput', 'outputTokens'],
    ['imageOutputTokens', 'imageOutput', 'outputTokens'],
  ] as const;
  const base = { ...noPrice, input: 2_000_000, output: 6_000_000 };
  for (const [count, name, total] of parts) {
    const usage = { ...noUsage, [total]: 10, [count]: 4 };
    const perToken = total === 'inputTokens' ? 1 : 3;
    assert.equal(unitsOf(usage, base, once), 10 * perToken, `${name} falls back`);
    assert.equal(unitsOf(usage, { ...base, [name]: 10_000_000 }, once), 6 * perToken + 20, name);
    assert.equal(unitsOf(usage, { ...base, [name]: 0 }, once), 6 * perToken, `${name} may be free`);
  }
});

test('an hour in the cache has its own rate, or twice that of the input, and is never cheaper than five minutes', () => {
  const usage = { ...noUsage, inputTokens: 100, cacheWriteTokens: 60, longCacheWriteTokens: 40 };
  const rates = { ...noPrice, input: 2_000_000, cacheWrite: 2_500_000 };
  // 40 as input, 20 for five minutes, 40 for an hour.
  assert.equal(unitsOf(usage, { ...rates, longCacheWrite: 6_000_000 }, once), 40 + 25 + 120);
  assert.equal(unitsOf(usage, rates, once), 40 + 25 + 80);
  assert.equal(unitsOf(usage, { ...rates, cacheWrite: null }, once), 40 + 20 + 80);
  assert.equal(unitsOf(usage, { ...rates, cacheWrite: 5_000_000 }, once), 40 + 50 + 100);
  assert.equal(unitsOf(usage, { ...rates, longCacheWrite: 0 }, once), 40 + 25);
});

test('a service tier has its own rates for tokens and the fees of the price; without them it is the standard one', () => {
  const priority = { ...noTokenPrice, input: 4_000_000, output: 12_000_000 };
  const plain = { ...noPrice, input: 2_000_000, cachedInput: 200_000, output: 6_000_000, image: 20_000_000 };
  const rates = { ...plain, tiers: { priority } };
  const usage = { ...noUsage, inputTokens: 10, cachedTokens: 5, outputTokens: 10, images: 1 };
  assert.equal(unitsOf(usage, ratesIn(rates, 'priority'), once), 20 + 60 + 10);
  for (const tier of ['', 'flex', 'toString', '__proto__']) {
    assert.equal(unitsOf(usage, ratesIn(rates, tier), once), 5 + 1 + 30 + 10, tier);
  }
});

test('it is the exact price, rounded up once', () => {
  fc.assert(
    fc.property(usageWith(plausible), anyRates, anyMultiplier, (usage, rates, multiplier) => {
      const [numerator, denominator] = exact(usage, rates, multiplier);
      const up = (numerator + denominator - 1n) / denominator;
      const most = BigInt(limits.quota_units_max);
      assert.equal(BigInt(unitsOf(usage, rates, multiplier)), up < most ? up : most);
    }),
    { numRuns: 2000 },
  );
});

test('more tokens or pictures never cost less; nor does a part that costs at least as much as the rest', () => {
  const rises = fc.record({ name: fc.constantFrom(...countNames), by: fc.nat(1000) });
  fc.assert(
    fc.property(usageWith(plausible), anyRates, anyMultiplier, rises, (usage, given, multiplier, rise) => {
      const isTotal = ['inputTokens', 'outputTokens', 'images', ...toolCallCategories].includes(rise.name);
      // Of two parts the more expensive one could be pushed out by the cheaper: then only the last is left to grow.
      const { input, output } = given;
      const rates = isTotal ? given : { ...noPrice, input, longCacheWrite: input, output };
      const more = { ...usage, [rise.name]: usage[rise.name] + rise.by };
      assert.ok(unitsOf(more, rates, multiplier) >= unitsOf(usage, rates, multiplier));
    }),
  );
});

test('a higher price, or a higher multiplier, never costs less', () => {
  const name = fc.constantFrom(...rateNames);
  fc.assert(
    fc.property(usageWith(plausible), anyRates, anyMultiplier, name, (usage, rates, multiplier, which) => {
      const before = unitsOf(usage, rates, multiplier);
      const now = rates[which];
      if (now !== null && now < limits.price_picodollars_max) {
        assert.ok(unitsOf(usage, { ...rates, [which]: now + 1 }, multiplier) >= before);
      }
      assert.ok(unitsOf(usage, rates, multiplier + 1) >= before);
    }),
  );
});

test('two requests cost what one of both sizes does, or one unit more', () => {
  // Parts within their totals, so that none of either is cut off.
  const whole = usageWith(fc.nat(1_000_000)).map((usage) => ({
    ...usage,
    inputTokens: usage.inputTokens + 5_000_000,
    cacheWriteTokens: usage.cacheWriteTokens + usage.longCacheWriteTokens,
    outputTokens: usage.outputTokens + 3_000_000,
  }));
  fc.assert(
    fc.property(whole, whole, anyRates, anyMultiplier, (one, other, given, multiplier) => {
      const rates = { ...given, request: 0 };
      const both = Object.fromEntries(countNames.map((name) => [name, one[name] + other[name]]));
      const together = unitsOf(both as unknown as Usage, rates, multiplier);
      belowTheMost(together);
      const apart = unitsOf(one, rates, multiplier) + unitsOf(other, rates, multiplier);
      assert.ok(apart === together || apart === together + 1, `${apart} and ${together}`);
    }),
  );
});

test('nothing used costs nothing where a request has no fee', () => {
  fc.assert(
    fc.property(anyRates, anyMultiplier, (rates, multiplier) => {
      assert.equal(unitsOf(noUsage, { ...rates, request: 0 }, multiplier), 0);
    }),
  );
});

test('whatever an upstream reports, the price is a whole number from 0 to the most there is', () => {
  const absurd = fc.oneof(fc.double(), fc.constantFrom(Infinity, Number.MAX_SAFE_INTEGER, -1, 0.5, 2 ** 60));
  fc.assert(
    fc.property(usageWith(absurd), anyRates, anyMultiplier, (usage, rates, multiplier) => {
      const units = unitsOf(usage, rates, multiplier);
      assert.ok(Number.isSafeInteger(units) && units >= 0 && units <= limits.quota_units_max, String(units));
    }),
  );
  const dear = { ...noPrice, input: limits.price_picodollars_max };
  const most = { ...noUsage, inputTokens: Number.MAX_SAFE_INTEGER };
  assert.equal(unitsOf(most, dear, once), limits.quota_units_max);
  assert.equal(unitsOf({ ...noUsage, inputTokens: -5 }, dear, once), 0);
});
