/** Calendar days and months in UTC, as seconds since 1970. Pure. */
export const secondsPerDay = 86_400;

/**
 * @param text such as `2027-01-31`
 * @returns the first second of the day; undefined when no such day exists
 */
export function startOfDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const date = new Date(`${text}T00:00:00Z`);
  // `Date` would convert a nonexistent day to another one.
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text)) return undefined;
  return date.getTime() / 1000;
}

export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** @param months 0 = the month that contains `seconds`, -1 = the month before */
export function startOfMonth(seconds: number, months: number): number {
  const date = new Date(seconds * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months) / 1000;
}
