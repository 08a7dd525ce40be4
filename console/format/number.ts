/** Formats counts, shares and durations. */

/** @returns `12,345` */
export function formatCount(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** @returns `12K`, `3.4M`; small numbers as they are */
export function formatCompact(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}

/** @param share 0 to 1 @returns `99.3%` */
export function formatShare(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

/** @returns `0.21 ms`, `840 ms`, `1.24 s`, `2 min 5 s` */
export function formatDuration(ms: number, locale: string): string {
  if (ms < 1000) return unit(ms, 'millisecond', locale, ms < 10 ? 2 : 0);
  if (ms < 60_000) return unit(ms / 1000, 'second', locale, ms < 10_000 ? 2 : 1);
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.round((ms - minutes * 60_000) / 1000);
  return `${unit(minutes, 'minute', locale, 0)} ${unit(seconds, 'second', locale, 0)}`;
}

function unit(value: number, name: string, locale: string, digits: number): string {
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: name,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}
