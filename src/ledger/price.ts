/**
 * Computes the charge of a request in quota units from usage, price and group. It rounds once, at the end; nothing
 * else computes charges.
 */
import { safeMax } from '../domain/accounting/amounts.ts';
import {
  callRateNames,
  defaultCallRates,
  longCacheWriteRate,
  plainMultiplier,
  type Rates,
  tokenRateNames,
} from '../domain/rates.ts';
import type { Usage } from '../domain/usage.ts';
import { limits } from '../platform/limits.ts';

/** A unit is 0.000002 USD. */
export const picodollarsPerUnit = 1_000_000_000_000 / limits.quota_units_per_usd;

/** Keeps an absurd report from breaking sums: 2^40 tokens is beyond any request. */
const countMax = 2 ** 40;

/**
 * What a request costs, in whole units: its exact price, rounded up, so that an account pays less than one unit
 * too much. The fee of a request is part of it: ask only for requests that are charged at all.
 *
 * Parts that are together larger than their total count as far as they fit, in the order of `Usage`. Counts
 * that no upstream should report (negative, fractional, not finite) are zero; no charge is more than
 * `quota_units_max`.
 * @param multiplier of the group, in millionths
 */
export function unitsOf(usage: Usage, rates: Rates, multiplier: number): number {
  const parts = partsOf(usage, rates);
  let picodollars = 0;
  for (let index = 0; index < parts.length; index += 2)
    picodollars += (parts[index] ?? 0) * (parts[index + 1] ?? 0);
  // Sums of whole numbers are exact below 2^53, and what is beyond it stays beyond it in any rounding.
  const units = picodollars <= safeMax ? scaled(picodollars, multiplier) : undefined;
  return Math.min(units ?? largeUnits(parts, multiplier), limits.quota_units_max);
}

/** What is paid for: a count, its rate, the next count, its rate, and so on. Flat, since it is made often. */
function partsOf(usage: Usage, rates: Rates): readonly number[] {
  const { input, output } = rates;
  let inputs = countOf(usage.inputTokens);
  const cached = Math.min(inputs, countOf(usage.cachedTokens));
  inputs -= cached;
  const written = Math.min(inputs, countOf(usage.cacheWriteTokens));
  inputs -= written;
  const writtenLong = Math.min(written, countOf(usage.longCacheWriteTokens));
  const audioIn = Math.min(inputs, countOf(usage.audioInputTokens));
  inputs -= audioIn;
  const imageIn = Math.min(inputs, countOf(usage.imageInputTokens));
  inputs -= imageIn;
  let outputs = countOf(usage.outputTokens);
  const reasoning = Math.min(outputs, countOf(usage.reasoningTokens));
  outputs -= reasoning;
  const audioOut = Math.min(outputs, countOf(usage.audioOutputTokens));
  outputs -= audioOut;
  const imageOut = Math.min(outputs, countOf(usage.imageOutputTokens));
  outputs -= imageOut;
  // biome-ignore format: pairs
  return [
    inputs, input,
    cached, rates.cachedInput ?? input,
    written - writtenLong, rates.cacheWrite ?? input,
    writtenLong, longCacheWriteRate(rates),
    audioIn, rates.audioInput ?? input,
    imageIn, rates.imageInput ?? input,
    outputs, output,
    reasoning, rates.reasoning ?? output,
    audioOut, rates.audioOutput ?? output,
    imageOut, rates.imageOutput ?? output,
    countOf(usage.images), rates.image,
    countOf(usage.characters), rates.character,
    countOf(usage.audioSeconds), rates.audioSecond,
    countOf(usage.searchUnits), rates.searchUnit,
    countOf(usage.videoSeconds), rates.videoSecond,
    countOf(usage.webSearches), rates.webSearch ?? defaultCallRates.webSearch,
    countOf(usage.fileSearches), rates.fileSearch ?? defaultCallRates.fileSearch,
    countOf(usage.codeSessions), rates.codeSession ?? defaultCallRates.codeSession,
    1, rates.request,
  ];
}

/** What each pair of `partsOf` is charged by. */
const partRates = [
  ...tokenRateNames,
  'image',
  'character',
  'audioSecond',
  'searchUnit',
  'videoSecond',
  ...callRateNames,
  'request',
] as const;

/** One term of a charge: so many tokens or pieces, and what one of them costs. */
export interface CostPart {
  readonly rate: keyof Rates;
  readonly count: number;
  /** For one. */
  readonly picodollars: number;
}

/** The terms whose sum, times the multiplier and rounded up, `unitsOf` gives; without those of which there is nothing. */
export function costPartsOf(usage: Usage, rates: Rates): readonly CostPart[] {
  const parts = partsOf(usage, rates);
  return partRates
    .map((rate, index) => ({ rate, count: parts[2 * index] ?? 0, picodollars: parts[2 * index + 1] ?? 0 }))
    .filter(({ rate, count, picodollars }) => count > 0 && (rate !== 'request' || picodollars > 0));
}

function countOf(reported: number): number {
  return Number.isSafeInteger(reported) && reported > 0 ? Math.min(reported, countMax) : 0;
}

/**
 * `picodollars * multiplier / 10^6 / picodollarsPerUnit`, rounded up, by whole numbers that a double holds.
 * @returns undefined when it does not hold them
 */
function scaled(picodollars: number, multiplier: number): number | undefined {
  const below = picodollars % picodollarsPerUnit;
  const product = ((picodollars - below) / picodollarsPerUnit) * multiplier;
  const productBelow = product % plainMultiplier;
  const rest = productBelow * picodollarsPerUnit + below * multiplier;
  if (product > safeMax || rest > safeMax) return undefined;
  return (product - productBelow) / plainMultiplier + dividedUp(rest, picodollarsPerUnit * plainMultiplier);
}

function dividedUp(value: number, divisor: number): number {
  const below = value % divisor;
  return (value - below) / divisor + (below > 0 ? 1 : 0);
}

/** The same for amounts of any size. */
function largeUnits(parts: readonly number[], multiplier: number): number {
  let picodollars = 0n;
  for (let index = 0; index < parts.length; index += 2) {
    picodollars += BigInt(parts[index] ?? 0) * BigInt(parts[index + 1] ?? 0);
  }
  const divisor = BigInt(picodollarsPerUnit * plainMultiplier);
  return Number((picodollars * BigInt(multiplier) + divisor - 1n) / divisor);
}
