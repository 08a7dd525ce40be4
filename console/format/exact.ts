/** The formats of exact decimals, bound as `format` is. Apart from it, since few pages show any. */
import { locale } from '../i18n/i18n.ts';
import { formatDecimal, formatExactUsd } from './decimal.ts';

export const exactFormat = {
  usd: (text: string) => formatExactUsd(text, locale),
  decimal: (text: string) => formatDecimal(text, locale),
} as const;
