/** Finds the price of a model for one operation. */
import { type Rates, rateNames, tokenRateNames } from '../domain/rates.ts';
import type { FoundPrice, PriceBook } from '../ledger/price-book.ts';
import type { Operation } from '../operations/operation.ts';
import { HalleyError } from '../platform/errors.ts';

interface PriceOptions {
  readonly prices: Pick<PriceBook, 'find'>;
  readonly unpriced: 'refuse' | 'free';
}

/**
 * @returns undefined where a model without a price is free
 * @throws HalleyError('model_not_priced'), also when its price has no rate that the operation is charged by
 */
export function findPrice(
  { prices, unpriced }: PriceOptions,
  { chargedBy, freeUnpriced }: Pick<Operation, 'chargedBy' | 'freeUnpriced'>,
  model: string,
): FoundPrice | undefined {
  const price = prices.find(model);
  if (price && !charges(price, chargedBy)) {
    const message = `The price of "${model}" has no rate for this operation. Ask the operator to set one.`;
    throw new HalleyError('model_not_priced', { message, param: 'model' });
  }
  if (price || freeUnpriced || unpriced === 'free') return price;
  const message = `The model "${model}" has no price here. Ask the operator to set one.`;
  throw new HalleyError('model_not_priced', { message, param: 'model' });
}

/** Whether a price charges the operation; one without any rate is free on purpose. */
function charges({ rates }: FoundPrice, chargedBy: Operation['chargedBy']): boolean {
  const isAbove = (rate: keyof Rates) => (rates[rate] ?? 0) > 0;
  return !chargedBy || chargedBy.some(isAbove) || !rateNames.some(isAbove);
}

export function isFree(prices: readonly FoundPrice[]): boolean {
  return prices.every(({ rates }) => rateNames.every((rate) => (rates[rate] ?? 0) === 0));
}

export function isPricedByToken(prices: readonly FoundPrice[]): boolean {
  return prices.some(({ rates }) => tokenRateNames.some((rate) => (rates[rate] ?? 0) > 0));
}
