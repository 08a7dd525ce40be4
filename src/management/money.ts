/** Converts between quota units and USD. Pure. */
import { limits } from '../platform/limits.ts';

/** Amount in USD that the compatible API shows for unlimited quota. */
export const unlimitedUsd = 100_000_000;

const microsPerUsd = 1_000_000;
const microsPerUnit = microsPerUsd / limits.quota_units_per_usd;

/** Returns a JSON number, for display only. */
export function usdOf(units: number): number {
  return units / limits.quota_units_per_usd;
}

/** For display only. A single division gives the nearest representable number. */
export function centsOf(units: number): number {
  return units / (limits.quota_units_per_usd / 100);
}

export const usdRule = 'must be USD in plain decimal with at most 6 digits after the point, an even one last';

/**
 * Parses USD exactly.
 * @returns units; undefined when the text breaks `usdRule` or exceeds any quota
 */
export function unitsOfUsd(text: string): number | undefined {
  const match = /^(-?)(0|[1-9]\d{0,9})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const units = (Number(whole) * microsPerUsd + Number(fraction.padEnd(6, '0'))) / microsPerUnit;
  if (!Number.isInteger(units) || units > limits.quota_units_max) return undefined;
  return sign === '-' ? -units : units;
}
