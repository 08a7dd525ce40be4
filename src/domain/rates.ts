/** Prices of a model. Pure. */

/**
 * Picodollars (10^-12 USD) per token, whole numbers: 2.50 USD for a million tokens are 2,500,000 a token.
 * Null = as the kind it is a part of: cached input, cache writes, audio and pictures as input or output,
 * reasoning as output; long cache writes as `longCacheWriteRate` says.
 */
export interface TokenRates {
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
}

/** What one request is charged by, in picodollars. */
export interface Rates extends TokenRates {
  /** Per request that is charged at all. */
  readonly request: number;
  /** Per picture made. */
  readonly image: number;
  /** Per call of a hosted tool. Null = `defaultCallRates`. */
  readonly webSearch: number | null;
  readonly fileSearch: number | null;
  readonly codeSession: number | null;
}

/** By the name of the tier, as `serviceTierOf` gives it. */
export type Tiers = Readonly<Record<string, TokenRates>>;

/** The price of a model: the rates of its standard service, and those of other service tiers. */
export interface ModelRates extends Rates {
  readonly tiers: Tiers;
}

/** Multipliers of groups are in millionths; this one changes nothing. */
export const plainMultiplier = 1_000_000;

export const tokenRateNames = [
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
] as const satisfies readonly (keyof TokenRates)[];

export const callRateNames = ['webSearch', 'fileSearch', 'codeSession'] as const;

export const rateNames = [
  ...tokenRateNames,
  'request',
  'image',
  ...callRateNames,
] as const satisfies readonly (keyof Rates)[];

/** What OpenAI charges: 0.01, 0.0025 and 0.03 USD. A search costs the same at Anthropic. */
export const defaultCallRates = {
  webSearch: 10_000_000_000,
  fileSearch: 2_500_000_000,
  codeSession: 30_000_000_000,
} as const;

/** The rates of a service tier; those of the standard service where the tier has none. */
export function ratesIn(rates: ModelRates, tier: string): Rates {
  return Object.hasOwn(rates.tiers, tier) ? { ...rates, ...rates.tiers[tier] } : rates;
}

/**
 * What a token costs that is written to a cache for an hour or longer. Without a rate of its own it is twice the input,
 * as at Anthropic, and never less than a short cache write.
 */
export function longCacheWriteRate({ input, cacheWrite, longCacheWrite }: TokenRates): number {
  return longCacheWrite ?? Math.max(2 * input, cacheWrite ?? input);
}
