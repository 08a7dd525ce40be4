/** Explains the charge of a record: every term with its numbers. They add up exactly to what was charged. Pure. */
import { plainMultiplier, type Rates, ratesIn } from '../../domain/rates.ts';
import type { Usage } from '../../domain/usage.ts';
import { type CostPart, costPartsOf, picodollarsPerUnit, unitsOf } from '../../ledger/price.ts';
import { formatAmount, formatMultiplier, isByThePiece, rateFields } from '../../ledger/price-format.ts';
import type { PriceRow, StoredRecord } from '../../store/ledger-store.ts';
import type { CostTerms, LogDetail } from './schemas.ts';

type Cost = NonNullable<LogDetail['cost']>;

/** Products of a count, picodollars and millionths, in units and in USD. */
const perUnit = BigInt(picodollarsPerUnit) * BigInt(plainMultiplier);
const perUsd = 10n ** 18n;

/** @returns undefined for a record that was charged nothing, or more than the largest charge */
export function costOf(record: StoredRecord, price: PriceRow | undefined): Cost | undefined {
  const { detail, units } = record;
  if (!price || units === 0) return undefined;
  const terms = costTerms(detail, ratesIn(price, detail.tier, detail.variant), detail.multiplier);
  if (terms?.units !== units) return undefined;
  return {
    ...terms,
    model: price.model,
    price_id: price.id,
    price_from: price.effectiveFrom,
    service_tier: detail.tier,
    variant: detail.variant,
  };
}

/**
 * The terms of a charge by the price rules.
 * @param multiplier in millionths
 * @returns undefined for more than the largest charge
 */
export function costTerms(usage: Usage, rates: Rates, multiplier: number): CostTerms | undefined {
  const units = unitsOf(usage, rates, multiplier);
  const parts = costPartsOf(usage, rates);
  const products = parts.map((part) => productOf(part, multiplier));
  const total = products.reduce((sum, product) => sum + product, 0n);
  if ((total + perUnit - 1n) / perUnit !== BigInt(units)) return undefined;
  return {
    lines: parts.map((part, index) => lineOf(part, products[index] ?? 0n)),
    multiplier: formatMultiplier(multiplier),
    exact_units: decimal(total, perUnit),
    exact_usd: decimal(total, perUsd),
    units,
  };
}

function productOf({ count, picodollars }: CostPart, multiplier: number): bigint {
  return BigInt(count) * BigInt(picodollars) * BigInt(multiplier);
}

function lineOf({ rate, count, picodollars }: CostPart, product: bigint): Cost['lines'][number] {
  return {
    kind: rateFields[rate],
    count,
    price: formatAmount(picodollars, rate),
    per: isByThePiece(rate) ? 'piece' : 'million',
    units: decimal(product, perUnit),
    usd: decimal(product, perUsd),
  };
}

/** A quotient in decimal, exact where the divisor is of twos and fives, as here. */
function decimal(value: bigint, divisor: bigint): string {
  const digits = String(divisor).length + 1;
  const scaled = (value * 10n ** BigInt(digits)) / divisor;
  const text = String(scaled).padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return fraction === '' ? text.slice(0, -digits) : `${text.slice(0, -digits)}.${fraction}`;
}
