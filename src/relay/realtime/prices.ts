/** The prices of the models of a session. */
import type { FoundPrice } from '../../ledger/price-book.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { AccountingOptions } from '../request-accounting.ts';

type PriceOptions = Pick<AccountingOptions, 'prices' | 'unpriced'>;

/**
 * The price of a model that hears and speaks. Sound costs many times what text does, so no rate stands in for it.
 * @returns undefined = it is free, by setting
 * @throws HalleyError('model_not_priced') without a price, or without its rates for sound
 */
export function priceWithSound({ prices, unpriced }: PriceOptions, model: string): FoundPrice | undefined {
  const price = prices.find(model);
  if (!price && unpriced === 'free') return undefined;
  if (price && price.rates.audioInput !== null && price.rates.audioOutput !== null) return price;
  const message = `The model "${model}" has no price for sound here. Ask the operator to set one.`;
  throw new HalleyError('model_not_priced', { message, param: 'model' });
}

/**
 * @returns undefined = it is free, by setting
 * @throws HalleyError('model_not_priced')
 */
export function priceOfTranscription(
  { prices, unpriced }: PriceOptions,
  model: string,
): FoundPrice | undefined {
  const price = prices.find(model);
  if (price || unpriced === 'free') return price;
  const message = `The transcription model "${model}" has no price here. Ask the operator to set one.`;
  throw new HalleyError('model_not_priced', { message, param: 'session.audio.input.transcription.model' });
}
