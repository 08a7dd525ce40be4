import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noPieces, noToolCalls, noUsage, type Pieces, pieceCategories, type Usage } from '../domain/usage.ts';
import { limits } from '../platform/limits.ts';
import { type UsageBound, unitsOfBound } from './bound.ts';
import { unitsOf } from './price.ts';
import { anyRatesOf, noPrice } from './test-rates.ts';

const rate = fc.oneof(fc.nat(100_000_000), fc.integer({ min: 0, max: limits.price_picodollars_max }));
const anyRates = anyRatesOf(rate);
const count = fc.oneof(fc.nat(20), fc.nat(2_000_000));
const anyBound: fc.Arbitrary<UsageBound> = fc.record({
  textTokens: count,
  longCacheWrites: fc.boolean(),
  mediaTokens: count,
  outputTokens: count,
  pieces: fc.record(
    Object.fromEntries(pieceCategories.map((name) => [name, fc.nat(20)])),
  ) as fc.Arbitrary<Pieces>,
  toolCalls: fc.record({ webSearches: fc.nat(20), fileSearches: fc.nat(20), codeSessions: fc.nat(20) }),
});
const shares = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 11, maxLength: 11 });

const nothingElse = { pieces: noPieces, toolCalls: noToolCalls };

/** Some usage within the bound: each share takes its percentage of what is still there. */
function within(bound: UsageBound, taken: readonly number[]): Usage {
  const take = (left: number, index: number) => Math.floor((left * (taken[index] ?? 0)) / 100);
  const inputTokens = take(bound.textTokens + bound.mediaTokens, 0);
  const cachedTokens = take(inputTokens, 1);
  const cacheWriteTokens = take(inputTokens - cachedTokens, 2);
  const audioInputTokens = take(Math.min(bound.mediaTokens, inputTokens), 3);
  const outputTokens = take(bound.outputTokens, 5);
  const reasoningTokens = take(outputTokens, 6);
  const audioOutputTokens = take(outputTokens - reasoningTokens, 7);
  return {
    inputTokens,
    cachedTokens,
    cacheWriteTokens,
    longCacheWriteTokens: bound.longCacheWrites ? take(cacheWriteTokens, 10) : 0,
    audioInputTokens,
    imageInputTokens: take(Math.min(bound.mediaTokens, inputTokens) - audioInputTokens, 4),
    outputTokens,
    reasoningTokens,
    audioOutputTokens,
    imageOutputTokens: take(outputTokens - reasoningTokens - audioOutputTokens, 8),
    ...(Object.fromEntries(
      pieceCategories.map((name, index) => [name, take(bound.pieces[name], 9 + index)]),
    ) as Pieces),
    webSearches: take(bound.toolCalls.webSearches, 9),
    fileSearches: take(bound.toolCalls.fileSearches, 8),
    codeSessions: take(bound.toolCalls.codeSessions, 7),
  };
}

test('no usage within the bound costs more than the bound, whatever its kinds are', () => {
  const anyMultiplier = fc.integer({ min: 0, max: limits.group_multiplier_millionths_max });
  fc.assert(
    fc.property(anyBound, anyRates, anyMultiplier, shares, (bound, rates, multiplier, taken) => {
      const cost = unitsOf(within(bound, taken), rates, multiplier);
      assert.ok(cost <= unitsOfBound(bound, rates, multiplier));
    }),
    { numRuns: 2000 },
  );
});

test('the bound of plain text is its plain price, to the unit', () => {
  const rates = {
    ...noPrice,
    input: 2_000_000,
    cachedInput: 200_000,
    audioInput: 40_000_000,
    output: 4_000_000,
  };
  const bound = { textTokens: 100, longCacheWrites: false, mediaTokens: 0, outputTokens: 50, ...nothingElse };
  const usage = { ...noUsage, inputTokens: 100, outputTokens: 50 };
  assert.equal(unitsOfBound(bound, rates, 1_000_000), unitsOf(usage, rates, 1_000_000));
  assert.equal(unitsOfBound(bound, rates, 1_000_000), 200);
});

test('long cache writes are in the bound where the request may ask for them, and only there', () => {
  const rates = { ...noPrice, input: 2_000_000, cacheWrite: 2_500_000 };
  const bound = { textTokens: 100, longCacheWrites: true, mediaTokens: 0, outputTokens: 0, ...nothingElse };
  assert.equal(unitsOfBound(bound, rates, 1_000_000), 200);
  assert.equal(unitsOfBound({ ...bound, longCacheWrites: false }, rates, 1_000_000), 125);
});
