/**
 * From usage to quota units. The whole price of a request is decided here and nowhere else, so that prices
 * by model and group have one place to go to.
 */

export interface PricedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * One unit for each token, in or out (500,000 units = 1 USD, so 2 USD for a million tokens).
 * Numbers that no upstream should report (negative, fractional, not finite) count as zero.
 */
export function unitsOf(usage: PricedUsage): number {
  return wholeTokens(usage.inputTokens) + wholeTokens(usage.outputTokens);
}

/** Keeps an absurd report from breaking sums: 2^40 tokens is beyond any request. */
const tokensMax = 2 ** 40;

function wholeTokens(tokens: number): number {
  return Number.isSafeInteger(tokens) && tokens > 0 ? Math.min(tokens, tokensMax) : 0;
}
