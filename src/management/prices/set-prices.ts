/** Sets prices from either input format. */

import { quoted } from '../../domain/text-rules.ts';
import type { PriceEntry } from '../../ledger/price-format.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { NewPrice } from '../../store/ledger-store.ts';
import { nowSeconds, type Services } from '../services.ts';

/**
 * Sets all prices or none. They apply to the next request.
 * @param source source of prices that name none
 * @returns how many were set
 * @throws HalleyError('invalid_value') when two have the same model and start time
 */
export async function setPrices(
  services: Services,
  entries: readonly PriceEntry[],
  source: string,
): Promise<number> {
  const createdAt = nowSeconds(services);
  const rows = entries.map((entry) => ({
    ...entry.rates,
    model: entry.model,
    effectiveFrom: entry.effectiveFrom ?? createdAt,
    source: entry.source ?? source,
    createdAt,
  }));
  refuseTwice(rows);
  await services.changes.insertPrices(rows);
  await services.prices.reload();
  return rows.length;
}

function refuseTwice(rows: readonly NewPrice[]): void {
  const seen = new Set<string>();
  for (const { model, effectiveFrom } of rows) {
    const place = JSON.stringify([model, effectiveFrom]);
    if (seen.has(place)) {
      const message = `${quoted(model)} has two prices from the same moment. Keep one of them.`;
      throw new HalleyError('invalid_value', { message });
    }
    seen.add(place);
  }
}
