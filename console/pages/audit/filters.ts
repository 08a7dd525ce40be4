/** What the list can be filtered by. */

import { auditActions, auditObjects } from '../../../src/domain/audit-terms.ts';
import { formatIsoDay } from '../../format/time.ts';
import { timeZone } from '../../format/time-zone.ts';
import { daysOf, startOfDay } from '../../format/zoned-days.ts';

export const actions = auditActions;
export const objectTypes = auditObjects;
export const ranges = ['day', 'week', 'month'] as const;

const secondsOfRange: Readonly<Record<(typeof ranges)[number], number>> = {
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
};

interface ChosenTime {
  readonly range?: (typeof ranges)[number] | undefined;
  /** `2027-01-01..2027-01-31`. */
  readonly days?: string | undefined;
}

/** @returns seconds since 1970, both inclusive; without one, the log is not bounded there */
export function spanOf({ range, days }: ChosenTime): { readonly from?: number; readonly to?: number } {
  const { first, last } = (days && daysOf(days)) || {};
  if (first && last) {
    return { from: startOfDay(first, timeZone()), to: startOfDay(last, timeZone(), 1) - 1 };
  }
  return range ? { from: Math.floor(Date.now() / 1000) - secondsOfRange[range] } : {};
}

/** The last seven days by their names. */
export function lastDays(): string {
  const now = Math.floor(Date.now() / 1000);
  const zone = timeZone();
  return `${formatIsoDay(now - secondsOfRange.week + secondsOfRange.day, zone)}..${formatIsoDay(now, zone)}`;
}
