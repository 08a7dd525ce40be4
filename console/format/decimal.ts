/** Formats exact decimals, which the API gives as texts, without rounding them as numbers would be. */

/** What `Intl` reads exactly. */
type Decimal = `${number}`;

/** More than the product of a price, a multiplier and a count has. */
const maximumFractionDigits = 40;

/** @param text USD, for example `0.0004` @returns `$0.0004`, `0,0004 $`; at least two decimals */
export function formatExactUsd(text: string, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: 2,
    maximumFractionDigits,
  }).format(text as Decimal);
}

/** @param text for example `1250.5` @returns `1,250.5`, `1.250,5` */
export function formatDecimal(text: string, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits }).format(text as Decimal);
}
