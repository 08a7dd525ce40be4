/** Converts stored prices to price records. */
import type { z } from 'zod';
import { latest } from '../../ledger/price-book.ts';
import { amountsOf, formatMoment, formatMultiplier } from '../../ledger/price-format.ts';
import type { MultiplierRow, PriceRow } from '../../store/ledger-store.ts';
import type { multiplierRecordSchema, priceRecordSchema } from './schemas.ts';

type PriceRecord = z.infer<typeof priceRecordSchema>;
type MultiplierRecord = z.infer<typeof multiplierRecordSchema>;

export function pricesInForce(rows: readonly PriceRow[], nowSeconds: number): readonly PriceRow[] {
  return latest(rows, ({ model }) => model, nowSeconds);
}

export function priceRecords(rows: readonly PriceRow[], nowSeconds: number): PriceRecord[] {
  const inForce = new Set(pricesInForce(rows, nowSeconds));
  return rows.map((row) => ({
    id: row.model,
    price_id: row.id,
    effective_from: row.effectiveFrom,
    in_force: inForce.has(row),
    ...amountsOf(row),
    source: row.source,
    created_time: row.createdAt,
  }));
}

export function multiplierRecords(rows: readonly MultiplierRow[], nowSeconds: number): MultiplierRecord[] {
  const inForce = new Set(latest(rows, ({ group }) => group, nowSeconds));
  return rows.map((row) => ({
    group: row.group,
    multiplier: formatMultiplier(row.multiplier),
    effective_from: row.effectiveFrom,
    in_force: inForce.has(row),
  }));
}

/** The JSON form, which can be imported again. */
export function exportedList(rows: readonly PriceRow[], nowSeconds: number): object {
  return {
    date: formatMoment(nowSeconds).slice(0, 10),
    models: rows.map((row) => ({
      id: row.model,
      effective_from: formatMoment(row.effectiveFrom),
      ...amountsOf(row),
      source: row.source,
    })),
  };
}
