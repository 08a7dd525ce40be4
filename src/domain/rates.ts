/** Prices of a model. Pure. */

/**
 * Prices in picodollars (10^-12 USD), whole numbers: 2.50 USD for a million tokens are 2,500,000 a token.
 * Null = as the kind it is a part of: cached input, cache writes, audio and pictures as input or output,
 * reasoning as output.
 */
export interface Rates {
  /** Per token. */
  readonly input: number;
  readonly cachedInput: number | null;
  readonly cacheWrite: number | null;
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
  'audioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
  'request',
  'image',
] as const satisfies readonly (keyof Rates)[];
