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
  character: 0,
  audioSecond: 0,
  searchUnit: 0,
  videoSecond: 0,
  webSearch: null,
  fileSearch: null,
  codeSession: null,
  tiers: {},
  variants: {},
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
  const variants = fc.dictionary(
    fc.constantFrom('hd', '1792x1024', 'hd/1792x1024'),
    fc.oneof(
      piece.map((image) => ({ image, videoSecond: null })),
      fc.record({ image: maybe, videoSecond: piece }, { noNullPrototype: true }),
    ),
    { noNullPrototype: true },
  );
  const counted = { request: piece, image: piece, audioSecond: piece, searchUnit: piece, videoSecond: piece };
  const pieces = fc.record(
    { ...counted, character: rate, ...calls, tiers, variants },
    { noNullPrototype: true },
  );
  return fc.tuple(anyTokenRatesOf(rate), pieces).map(([tokens, more]) => ({ ...tokens, ...more }));
}
