/** Rates for tests. */
import fc from 'fast-check';
import type { ModelRates, TokenRates } from '../domain/rates.ts';

export const noTokenPrice: TokenRates = {
  input: 0,
  cachedInput: null,
  cacheWrite: null,
  longCacheWrite: null,
  audioInput: null,
  imageInput: null,
  output: 0,
  reasoning: null,
  audioOutput: null,
  imageOutput: null,
};

export const noPrice: ModelRates = {
  ...noTokenPrice,
  request: 0,
  image: 0,
  webSearch: null,
  fileSearch: null,
  codeSession: null,
  tiers: {},
};

function anyTokenRatesOf(rate: fc.Arbitrary<number>): fc.Arbitrary<TokenRates> {
  const maybe = fc.option(rate);
  return fc.record(
    {
      input: rate,
      cachedInput: maybe,
      cacheWrite: maybe,
      longCacheWrite: maybe,
      audioInput: maybe,
      imageInput: maybe,
      output: rate,
      reasoning: maybe,
      audioOutput: maybe,
      imageOutput: maybe,
    },
    { noNullPrototype: true },
  );
}

/** @param piece of requests and pictures */
export function anyRatesOf(rate: fc.Arbitrary<number>, piece = rate): fc.Arbitrary<ModelRates> {
  const tiers = fc.dictionary(fc.constantFrom('priority', 'flex'), anyTokenRatesOf(rate), {
    noNullPrototype: true,
  });
  const maybe = fc.option(piece);
  const calls = { webSearch: maybe, fileSearch: maybe, codeSession: maybe };
  const pieces = fc.record({ request: piece, image: piece, ...calls, tiers }, { noNullPrototype: true });
  return fc.tuple(anyTokenRatesOf(rate), pieces).map(([tokens, more]) => ({ ...tokens, ...more }));
}
