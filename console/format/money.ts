/** Formats amounts. Ledger units are the only amounts of the API: 500,000 units are 1 USD. */
const unitsPerUsd = 500_000;

const wholeCents: Intl.NumberFormatOptions = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
/** Small amounts keep two significant digits, so that nothing that was charged shows as zero. */
const significant: Intl.NumberFormatOptions = { minimumSignificantDigits: 2, maximumSignificantDigits: 3 };

/** @returns for example `$12.30`, `$0.0123`, `-$0.50`, `$0` for exactly nothing */
export function formatMoney(units: number, locale: string): string {
  const usd = units / unitsPerUsd;
  return currency(locale, usd === 0 ? { maximumFractionDigits: 0 } : digitsFor(Math.abs(usd))).format(usd);
}

function digitsFor(usd: number): Intl.NumberFormatOptions {
  return usd >= 1 ? wholeCents : significant;
}

function currency(locale: string, digits: Intl.NumberFormatOptions): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    ...digits,
  });
}

/** @returns for example `6,150 units` without the word, for the title of an amount */
export function formatUnits(units: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(units);
}

/**
 * Converts an amount that a person typed. A comma is refused: it means thousands in one language and a decimal point in
 * another, and `12,50` must not become 1,250 dollars.
 *
 * @param text USD, for example `12.50`; a dollar sign and spaces are ignored
 * @returns ledger units, rounded to whole ones; undefined for what is not an amount
 */
export function unitsFromUsd(text: string): number | undefined {
  const plain = text.replace(/[$\s]/g, '');
  if (!/^\d+(\.\d*)?$|^\.\d+$/.test(plain)) return undefined;
  return Math.round(Number(plain) * unitsPerUsd);
}

/** @returns the amount in USD as a person would type it, for a form */
export function usdFromUnits(units: number): string {
  return String(units / unitsPerUsd);
}
