/** Converts between quota units and USD. Pure. */
import { limits } from '../platform/limits.ts';

/** What unlimited quota is shown as where the compatible API has an amount of USD. */
export const unlimitedUsd = 100_000_000;

const microsPerUsd = 1_000_000;
const microsPerUnit = microsPerUsd / limits.quota_units_per_usd;

/** For showing: a number of JSON. */
export function usdOf(units: number): number {
  return units / limits.quota_units_per_usd;
}

/** For showing; one division, so that it is the nearest number there is. */
export function centsOf(units: number): number {
  return units / (limits.quota_units_per_usd / 100);
}

export const usdRule = 'must be USD in plain decimal with at most 6 digits after the point, an even one last';

/** Reads USD exactly. @returns units; undefined when the text breaks `usdRule` or is beyond any quota */
export function unitsOfUsd(text: string): number | undefined {
  const match = /^(-?)(0|[1-9]\d{0,9})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const units = (Number(whole) * microsPerUsd + Number(fraction.padEnd(6, '0'))) / microsPerUnit;
  if (!Number.isInteger(units) || units > limits.quota_units_max) return undefined;
  return sign === '-' ? -units : units;
}
