/** The periods that the page offers, and the buckets that fit them. Pure. */
import type { StretchSize } from '../../components/charts/chart-data.ts';
import { daysOf } from '../../format/zoned-days.ts';

export const presets = ['24h', '7d', '30d', '90d'] as const;
export const defaultPeriod = '7d';

const dayMs = 86_400_000;

/** How many days a period has; the 24 hours up to now are one. */
function lengthOf(period: string): number {
  const days = daysOf(period);
  if (days) return Math.round((Date.parse(days.last) - Date.parse(days.first)) / dayMs) + 1;
  const count = Number.parseInt(period, 10);
  return period.endsWith('h') ? Math.ceil(count / 24) : count;
}

/** From, up to: days that a bucket of this size fits. Bars stay readable, and there are always a few. */
const fits: readonly (readonly [StretchSize, number, number])[] = [
  ['quarter', 0, 2],
  ['hour', 0, 10],
  ['day', 2, 400],
  ['week', 14, 1830],
  ['month', 60, 1830],
];

/** The sizes of buckets that fit a period, shortest first. */
export function bucketsFor(period: string): readonly StretchSize[] {
  const days = lengthOf(period);
  return fits.filter(([, from, to]) => days >= from && days <= to).map(([size]) => size);
}

/** The bucket of a period unless another was chosen that fits. */
export function bucketOf(period: string, chosen: StretchSize | undefined): StretchSize {
  const offered = bucketsFor(period);
  if (chosen !== undefined && offered.includes(chosen)) return chosen;
  const days = lengthOf(period);
  return days <= 2 ? 'hour' : days <= 120 ? 'day' : days <= 730 ? 'week' : 'month';
}
