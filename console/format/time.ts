/** Formats times. The API gives seconds since 1970; times are shown in the zone of the viewer, with UTC beside. */

const relativeUnits: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** @param seconds seconds since 1970 @returns for example `28 Nov 2026, 14:05:09` */
export function formatDateTime(seconds: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(
    seconds * 1000,
  );
}

/** @returns the day, for example `28 Nov 2026` */
export function formatDate(seconds: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(seconds * 1000);
}

/** @returns the day as fields take it: `2026-11-28` */
export function formatIsoDay(seconds: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone }).format(seconds * 1000);
}

/** @returns the time of day with milliseconds, for example `12:03:04.123` */
export function formatTimeOfDay(ms: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZone,
  }).format(ms);
}

/** @returns for example `2026-11-28T14:05:09Z` */
export function formatUtc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** @returns for example `3 hours ago`, `in 2 days`, `now` */
export function formatRelative(seconds: number, nowSeconds: number, locale: string): string {
  const difference = seconds - nowSeconds;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, length] of relativeUnits) {
    if (Math.abs(difference) >= length) return format.format(Math.trunc(difference / length), unit);
  }
  return format.format(0, 'second');
}

/**
 * @param date `2027-01-31`
 * @returns the first moment after that day in a time zone, in seconds since 1970; NaN for what is not a date
 */
export function endOfDay(date: string, timeZone: string): number {
  const next = Date.parse(`${date}T00:00:00Z`) / 1000 + secondsPerDay;
  if (Number.isNaN(next)) return next;
  // The offset at a guess, then at what it leads to: they differ near a change of the clocks.
  const guess = next - offsetAt(next, timeZone);
  return next - offsetAt(guess, timeZone);
}

const secondsPerDay = 86_400;

/** How far the clocks of a zone are ahead of UTC at a moment, in seconds. */
function offsetAt(seconds: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0', rest = '0'] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? [];
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
  return sign === '-' ? -size : size;
}
