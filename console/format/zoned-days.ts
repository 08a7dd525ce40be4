/** Days of a time zone: how a period names them, and where they begin. */

export interface Days {
  /** `2027-01-31`. */
  readonly first: string;
  readonly last: string;
}

/** @returns the days of a period that names them, as `2027-01-01..2027-01-31`; undefined for another */
export function daysOf(period: string): Days | undefined {
  const [first, last] = period.split('..');
  return first !== undefined && last !== undefined && isDay(first) && isDay(last)
    ? { first, last }
    : undefined;
}

const isDay = (text: string) => !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

/** @returns milliseconds that the zone is ahead of UTC */
function offsetAt(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(
    ms,
  );
  const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  return (sign === '-' ? -60_000 : 60_000) * (Number(hours) * 60 + Number(minutes));
}

/**
 * The first second of a day.
 * @param day as `2027-01-31`
 * @param daysAfter 1 = of the day after it
 * @returns seconds since 1970
 */
export function startOfDay(day: string, zone: string, daysAfter = 0): number {
  const written = Date.parse(`${day}T00:00:00Z`) + daysAfter * 86_400_000;
  const first = written - offsetAt(written, zone);
  // The clocks may have changed between the two.
  const second = written - offsetAt(first, zone);
  const isMidnight = offsetAt(second, zone) === offsetAt(first, zone);
  // Where the clocks skip midnight, the day begins when they do.
  return (isMidnight ? second : Math.max(first, second)) / 1000;
}
