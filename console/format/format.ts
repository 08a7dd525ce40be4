/** The formats, bound to the language and time zone of the viewer. Components format numbers and times only through this. */
import { locale } from '../i18n/i18n.ts';
import { formatMoney, formatUnits } from './money.ts';
import { formatCompact, formatCount, formatDuration, formatShare } from './number.ts';
import { endOfDay, formatDate, formatDateTime, formatRelative, formatTimeOfDay, formatUtc } from './time.ts';
import { timeZone } from './time-zone.ts';

const zone = timeZone();

export const format = {
  locale,
  timeZone: zone,
  money: (units: number) => formatMoney(units, locale),
  units: (units: number) => formatUnits(units, locale),
  count: (value: number) => formatCount(value, locale),
  compact: (value: number) => formatCompact(value, locale),
  share: (share: number) => formatShare(share, locale),
  duration: (ms: number) => formatDuration(ms, locale),
  dateTime: (seconds: number) => formatDateTime(seconds, locale, zone),
  date: (seconds: number) => formatDate(seconds, locale, zone),
  timeOfDay: (ms: number) => formatTimeOfDay(ms, locale, zone),
  relative: (seconds: number, nowSeconds: number) => formatRelative(seconds, nowSeconds, locale),
  utc: formatUtc,
  endOfDay: (date: string) => endOfDay(date, zone),
} as const;
