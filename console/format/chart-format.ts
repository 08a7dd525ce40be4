/** The formats of charts and of usage, bound as `format` is. Apart from it, since most pages draw no chart. */
import { locale } from '../i18n/i18n.ts';
import { formatChange, formatPoints, formatRate } from './change.ts';
import { format } from './format.ts';
import { formatStretch, formatTick } from './stretch.ts';
import { formatIsoDay } from './time.ts';

const { timeZone: zone } = format;

export const chartFormat = {
  rate: (rate: number) => formatRate(rate, locale),
  points: (difference: number) => formatPoints(difference, locale),
  change: (change: number) => formatChange(change, locale),
  tick: (start: number, size: Parameters<typeof formatTick>[1]) => formatTick(start, size, locale, zone),
  stretch: (start: number, end: number, size: Parameters<typeof formatStretch>[2]) =>
    formatStretch(start, end, size, locale, zone),
  isoDay: (seconds: number) => formatIsoDay(seconds, zone),
} as const;
