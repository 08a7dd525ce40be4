/** The prices of the load, and an independent computation of the charges. */
import type { Kind, Tokens } from './plan.ts';

export const chatModel = 'crash-chat';
export const embeddingModel = 'crash-embedding';

/** USD for a million tokens, and for a request. Odd numbers, so that rounding errors show. */
const tariff = {
  [chatModel]: {
    input: '2.53',
    cached_input: '0.31',
    cache_write: '3.17',
    output: '10.07',
    reasoning: '12.5',
    per_request: '0.000011',
  },
  [embeddingModel]: { input: '0.13', output: '0' },
};

/** For `PUT /api/price`. */
export const prices = Object.entries(tariff).map(([id, rates]) => ({ id, ...rates, effective_from: 0 }));

export const modelOf = (kind: Kind) => (kind === 'embeddings' ? embeddingModel : chatModel);

/** Groups and their price multipliers. */
export const multipliers = { default: '1', partners: '0.85' } as const;
export type Group = keyof typeof multipliers;

const decimals = 12;

/** Multiplies a decimal number by 10^12 exactly. */
function scaled(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

const million = 10n ** 6n;
const one = 10n ** 12n;
const unitsPerUsd = 500_000n;

/** Returns units, rounded up. */
export function costOf(kind: Kind, tokens: Tokens, group: Group): number {
  const { input, output, ...others } = tariff[modelOf(kind)];
  const rates = { cached_input: input, cache_write: input, reasoning: output, per_request: '0', ...others };
  const counts: readonly (readonly [number, string])[] = [
    [tokens.input - tokens.cached - tokens.written, input],
    [tokens.cached, rates.cached_input],
    [tokens.written, rates.cache_write],
    [tokens.output - tokens.reasoning, output],
    [tokens.reasoning, rates.reasoning],
  ];
  const perMillion = counts.reduce((sum, [count, rate]) => sum + BigInt(count) * scaled(rate), 0n);
  const usd = perMillion + million * scaled(rates.per_request);
  const divisor = million * one * one;
  return Number((usd * scaled(multipliers[group]) * unitsPerUsd + divisor - 1n) / divisor);
}
