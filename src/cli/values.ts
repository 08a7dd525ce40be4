/** Parses command-line values into API values. Pure; each parser throws a usage error that says what is wrong. */
import { limits } from '../platform/limits.ts';
import { usageError } from './exit-codes.ts';

/** Parses an id that the API accepts in a path. */
export function parseId(text: string): string {
  if (!/^[1-9]\d{0,18}$/.test(text))
    throw usageError(`"${text}" is not an id. An id is a positive whole number.`);
  return text;
}

export function parseIds(texts: readonly string[]): string[] {
  return [...new Set(texts.map(parseId))];
}

/** Parses a whole number of 0 or more. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw usageError(`"${text}" is not a whole number of 0 or more.`);
  return value;
}

/** Creates a parser of whole numbers from `least` to `most`. */
export const parseBetween =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw usageError(`"${text}" is not a whole number from ${least} to ${most}.`);
  };

/** Parses a whole number, which may be negative. */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value))
    throw usageError(`"${text}" is not a whole number.`);
  return value;
}

/** Converts USD, such as `2.50`, to units. The result is exact, since one unit is 0.000002 USD. */
export function parseUsd(text: string): number {
  const match = /^(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) throw usageError(`"${text}" is not an amount in USD, such as 2.50.`);
  const micros = BigInt(match[1] ?? '') * 1_000_000n + BigInt((match[2] ?? '').padEnd(6, '0'));
  const scaled = micros * BigInt(limits.quota_units_per_usd);
  if (scaled % 1_000_000n !== 0n) throw usageError(`"${text}" USD is finer than one unit (0.000002 USD).`);
  return Number(scaled / 1_000_000n);
}

const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Parses a past time: an age (`90m`, `12h`, `7d`, `4w`), a day (its start in UTC) or a time with a zone.
 * @returns seconds since 1970 UTC
 */
export function parseTime(text: string, nowSeconds: number): number {
  const seconds = spanOf(text);
  const time = seconds === undefined ? momentOf(text) : Math.max(nowSeconds - seconds, 1);
  if (time !== undefined) return time;
  throw usageError(`"${text}" is not a time. Write 2h, 7d, 2027-01-01 or 2027-01-01T12:00Z.`);
}

/**
 * Parses an expiry: `never`, a duration from now (`90m`, `12h`, `30d`, `4w`), a day (its start in UTC) or a time
 * with a zone.
 * @returns seconds since 1970 UTC; -1 means never
 */
export function parseExpiry(text: string, nowSeconds: number): number {
  if (text === 'never') return -1;
  const seconds = spanOf(text);
  const time = seconds === undefined ? momentOf(text) : nowSeconds + seconds;
  if (time !== undefined) return time;
  throw usageError(`"${text}" is not a time. Write never, 30d, 12h, 2027-01-01 or 2027-01-01T12:00Z.`);
}

/** Converts `90m`, `12h`, `30d` or `4w` to seconds. */
function spanOf(text: string): number | undefined {
  const span = /^(\d{1,6})([mhdw])$/.exec(text);
  return span ? Number(span[1]) * (unitSeconds[span[2] ?? ''] ?? 0) : undefined;
}

/** Converts a day, or a time with a zone, to seconds since 1970. */
function momentOf(text: string): number | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.exec(text);
  const day = new Date(parts?.[1] ?? '');
  const time = new Date(parts ? text : '').getTime();
  // `Date` silently turns days that do not exist, such as 30 February, into other days.
  const exists = !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === parts?.[1];
  return exists && !Number.isNaN(time) ? Math.floor(time / 1000) : undefined;
}

/** Splits `a, b,c` and removes empty items. */
export const parseList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Splits `name=value` or `name: value` at the first separator. */
export function parsePair(text: string, separator: '=' | ':'): [string, string] {
  const index = text.indexOf(separator);
  const [name, value] = [text.slice(0, index).trim(), text.slice(index + 1).trim()];
  if (index < 1 || value === '') throw usageError(`"${text}" must be written as name${separator}value.`);
  return [name, value];
}
