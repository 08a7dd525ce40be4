/** Prices of a model. Pure. */

/**
 * Prices in picodollars (10^-12 USD), whole numbers: 2.50 USD for a million tokens are 2,500,000 a token.
 * Null = as the kind it is a part of: cached input, cache writes, audio and pictures as input or output,
 * reasoning as output; long cache writes as `longCacheWriteRate` says.
 */
export interface Rates {
  /** Per token. */
  readonly input: number;
  readonly cachedInput: number | null;
  readonly cacheWrite: number | null;
  readonly longCacheWrite: number | null;
  readonly audioInput: number | null;
  readonly imageInput: number | null;
  readonly output: number;
  readonly reasoning: number | null;
  readonly audioOutput: number | null;
  readonly imageOutput: number | null;
  /** Per request that is charged at all. */
  readonly request: number;
  /** Per picture made. */
  readonly image: number;
}

/** Multipliers of groups are in millionths; this one changes nothing. */
export const plainMultiplier = 1_000_000;

export const rateNames = [
  'input',
  'cachedInput',
  'cacheWrite',
  'longCacheWrite',
  'audioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
  'request',
  'image',
] as const satisfies readonly (keyof Rates)[];

/**
 * What a token costs that is written to a cache for an hour or longer. Without a rate of its own it is twice the input,
 * as at Anthropic, and never less than a short cache write.
 */
export function longCacheWriteRate({ input, cacheWrite, longCacheWrite }: Rates): number {
  return longCacheWrite ?? Math.max(2 * input, cacheWrite ?? input);
}
