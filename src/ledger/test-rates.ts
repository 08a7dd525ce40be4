/** Rates for tests. */
import fc from 'fast-check';
import type { Rates } from '../domain/rates.ts';

export const noPrice: Rates = {
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
  request: 0,
  image: 0,
};

/** @param piece of requests and pictures */
export function anyRatesOf(rate: fc.Arbitrary<number>, piece = rate): fc.Arbitrary<Rates> {
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
      request: piece,
      image: piece,
    },
    { noNullPrototype: true },
  );
}
