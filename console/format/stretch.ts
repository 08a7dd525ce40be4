/** Formats stretches of time of charts: a label that fits on an axis, and a title that says all. */

type StretchSize = 'quarter' | 'hour' | 'day' | 'week' | 'month';

const tickOptions: Readonly<Record<StretchSize, Intl.DateTimeFormatOptions>> = {
  quarter: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  hour: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: 'numeric' },
};

/** @returns for example `14:15`, `28 Nov`, `Nov 2026`; the first hour of a day shows the day */
export function formatTick(start: number, size: StretchSize, locale: string, timeZone: string): string {
  const isMidnight = (size === 'hour' || size === 'quarter') && clock(start, timeZone) === '00:00';
  const options = isMidnight ? tickOptions.day : tickOptions[size];
  return new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(start * 1000);
}

function clock(seconds: number, timeZone: string): string {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const;
  return new Intl.DateTimeFormat('en', options).format(seconds * 1000);
}

/** @param end exclusive @returns for example `Sat, 28 Nov, 14:15 – 14:30`, `Sat, 28 Nov 2026`, `23 – 29 Nov 2026` */
export function formatStretch(
  start: number,
  end: number,
  size: StretchSize,
  locale: string,
  timeZone: string,
): string {
  const day = { weekday: 'short', day: 'numeric', month: 'short' } as const;
  if (size === 'quarter' || size === 'hour') {
    const options = { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const;
    return new Intl.DateTimeFormat(locale, options).formatRange(start * 1000, end * 1000);
  }
  const options = size === 'day' ? { ...day, year: 'numeric' as const } : { dateStyle: 'medium' as const };
  return new Intl.DateTimeFormat(locale, { ...options, timeZone }).formatRange(
    start * 1000,
    (end - 1) * 1000,
  );
}
