/** Formats rates, growth, and differences of shares. */

/** @param rate 0 to 1 @returns `99.97%`: rounded down, so that 100% means all */
export function formatRate(rate: number, locale: string): string {
  const options = { style: 'percent', maximumFractionDigits: 2, roundingMode: 'floor' } as const;
  return new Intl.NumberFormat(locale, options).format(rate);
}

/** @param change 0.25 = a quarter more @returns `+25%`, `-3.1%`; changes of ten times and more without decimals */
export function formatChange(change: number, locale: string): string {
  const maximumFractionDigits = Math.abs(change) < 0.1 ? 1 : 0;
  const options = { style: 'percent', maximumFractionDigits, signDisplay: 'exceptZero' } as const;
  return new Intl.NumberFormat(locale, options).format(change);
}

/** @param difference of two shares @returns in percentage points: `+0.8 pp`, in every language */
export function formatPoints(difference: number, locale: string): string {
  const options = { maximumFractionDigits: 1, signDisplay: 'exceptZero' } as const;
  return `${new Intl.NumberFormat(locale, options).format(difference * 100)}\u00a0pp`;
}
