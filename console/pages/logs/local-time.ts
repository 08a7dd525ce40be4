/** Times as the browser's own field for them has them: in the zone of the browser, to the minute. */

/** @param seconds since 1970 @returns `2026-11-28T14:05`; '' = none */
export function localTime(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** @returns seconds since 1970; undefined = no time is given */
export function fromLocalTime(text: string): number | undefined {
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
