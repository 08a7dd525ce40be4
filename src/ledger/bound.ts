/** Computes the maximum cost of a request. Pure. */
import { longCacheWriteRate, type Rates } from '../domain/rates.ts';
import { noUsage, type Pieces, type ToolCalls } from '../domain/usage.ts';
import { unitsOf } from './price.ts';

/** What a request may use at most; all its answers together. */
export interface UsageBound {
  readonly textTokens: number;
  /** Whether input may be written to a cache that lasts for an hour or longer. */
  readonly longCacheWrites: boolean;
  /** Pictures, sounds and files. */
  readonly mediaTokens: number;
  readonly outputTokens: number;
  readonly pieces: Pieces;
  readonly toolCalls: ToolCalls;
}

/** An upper bound of the units of any usage within `bound`: each token by the dearest rate it may turn out to have. */
export function unitsOfBound(bound: UsageBound, rates: Rates, multiplier: number): number {
  const { textTokens, longCacheWrites, mediaTokens, outputTokens, pieces, toolCalls } = bound;
  const dearest = (...kinds: readonly (number | null)[]) => Math.max(...kinds.map((rate) => rate ?? 0));
  const text = dearest(
    rates.input,
    rates.cachedInput,
    rates.cacheWrite,
    longCacheWrites ? longCacheWriteRate(rates) : null,
  );
  const worst: Rates = {
    ...rates,
    input: text,
    audioInput: dearest(text, rates.audioInput, rates.imageInput),
    output: dearest(rates.output, rates.reasoning, rates.audioOutput, rates.imageOutput),
  };
  const usage = {
    ...noUsage,
    inputTokens: textTokens + mediaTokens,
    audioInputTokens: mediaTokens,
    outputTokens,
    ...pieces,
    ...toolCalls,
  };
  return unitsOf(usage, worst, multiplier);
}

/**
 * The largest whole number that fits, of those from `least` to `most`.
 * @param fits true of `least`, and of every number below one that fits
 */
export function mostWithin(least: number, most: number, fits: (value: number) => boolean): number {
  let low = least;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
