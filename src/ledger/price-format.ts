/**
 * Prices as people write them: USD in decimal, for a million tokens, a request or a picture; times in UTC. Read
 * and written exactly, never through fractions in binary. Pure.
 */
import { type Rates, rateNames } from '../domain/rates.ts';
import { characterFault, isLongerThan } from '../domain/text-rules.ts';
import { limits } from '../platform/limits.ts';

/** What each rate is called in JSON and CSV. */
export const rateFields = {
  input: 'input',
  cachedInput: 'cached_input',
  cacheWrite: 'cache_write',
  longCacheWrite: 'long_cache_write',
  audioInput: 'audio_input',
  imageInput: 'image_input',
  output: 'output',
  reasoning: 'reasoning',
  audioOutput: 'audio_output',
  imageOutput: 'image_output',
  request: 'per_request',
  image: 'per_image',
} as const satisfies Record<keyof Rates, string>;
export type RateField = (typeof rateFields)[keyof Rates];

/** Amounts by field; a field that is not there has no rate of its own, or costs nothing where it is by the piece. */
export type Amounts = { readonly [Field in RateField]?: string | undefined };

/** A price to be set. */
export interface PriceEntry {
  /** A model id, or the beginning of ids followed by `*`. */
  readonly model: string;
  /** Seconds UTC; undefined = from the moment it is set. */
  readonly effectiveFrom: number | undefined;
  readonly rates: Rates;
  /** Undefined = not said. */
  readonly source: string | undefined;
}

/** Picodollars for a token are millionths of a USD for a million of them. */
const fractionDigits = 6;
const picodollarsPerMicro = 1_000_000;
const byThePiece: ReadonlySet<keyof Rates> = new Set(['request', 'image']);

/** Whether a rate is for a request or a picture, rather than for tokens. */
export const isByThePiece = (rate: keyof Rates): boolean => byThePiece.has(rate);

export const amountRule = 'must be USD in plain decimal, such as 2.50, with at most 6 digits after the point';

/**
 * Reads USD for a million tokens, or for one piece (a request, a picture).
 * @returns picodollars for one token or piece; undefined when it breaks `amountRule` or is beyond the largest rate
 */
export function parseAmount(text: string, rate: keyof Rates): number | undefined {
  const match = /^(0|[1-9]\d{0,9})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const micros =
    Number(match[1]) * 10 ** fractionDigits + Number((match[2] ?? '').padEnd(fractionDigits, '0'));
  const picodollars = byThePiece.has(rate) ? micros * picodollarsPerMicro : micros;
  return picodollars <= limits.price_picodollars_max ? picodollars : undefined;
}

/** The shortest text that `parseAmount` reads as `picodollars`. */
export function formatAmount(picodollars: number, rate: keyof Rates): string {
  return formatMillionths(byThePiece.has(rate) ? Math.floor(picodollars / picodollarsPerMicro) : picodollars);
}

/** Without zeros at its end: 2,500,000 is `2.5`. */
function formatMillionths(value: number): string {
  const below = value % 10 ** fractionDigits;
  const whole = String((value - below) / 10 ** fractionDigits);
  if (below === 0) return whole;
  return `${whole}.${String(below).padStart(fractionDigits, '0').replace(/0+$/, '')}`;
}

/** Reads a group's multiplier such as `0.8`. @returns millionths; undefined when it is none or too large */
export function parseMultiplier(text: string): number | undefined {
  const millionths = parseAmount(text, 'input');
  return millionths !== undefined && millionths <= limits.group_multiplier_millionths_max
    ? millionths
    : undefined;
}

/** The shortest text that `parseMultiplier` reads as `millionths`. */
export function formatMultiplier(millionths: number): string {
  return formatMillionths(millionths);
}

/** @returns undefined when an amount breaks its rule, or input or output is missing */
export function ratesOf(amounts: Amounts): Rates | undefined {
  const read = (rate: keyof Rates, missing: number | null) => {
    const text = amounts[rateFields[rate]];
    return text === undefined ? missing : parseAmount(text, rate);
  };
  const rates = Object.fromEntries(
    rateNames.map((rate) => [rate, read(rate, byThePiece.has(rate) ? 0 : null)]),
  );
  const unread = rateNames.some((rate) => rates[rate] === undefined);
  return unread || rates.input === null || rates.output === null ? undefined : (rates as unknown as Rates);
}

/** The amounts that `ratesOf` makes the same rates of. */
export function amountsOf(rates: Rates): Amounts {
  const amounts: Partial<Record<RateField, string>> = {};
  for (const rate of rateNames) {
    const picodollars = rates[rate];
    if (picodollars === null || (picodollars === 0 && byThePiece.has(rate))) continue;
    amounts[rateFields[rate]] = formatAmount(picodollars, rate);
  }
  return amounts;
}

export const momentRule =
  'must be seconds since 1970, a day such as 2027-01-01, or a time such as 2027-01-01T12:00:00Z';

/** The last second of the year 9999. */
export const lastMoment = 253_402_300_799;

/** Reads a time in UTC. @returns seconds since 1970; undefined when it breaks `momentRule` */
export function parseMoment(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number(text) <= lastMoment ? Number(text) : undefined;
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/.test(text)) return undefined;
  const date = new Date(text);
  // Days that do not exist, such as 30 February, would silently become others.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  return date.getTime() < 0 ? undefined : date.getTime() / 1000;
}

/** `2027-01-01T12:00:00Z`. */
export function formatMoment(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** What is wrong with a model that a price is for, in words that follow its name; undefined = nothing. */
export function modelFault(model: string): string | undefined {
  const max = limits.model_id_chars_max;
  if (model === '') return 'is missing';
  if (isLongerThan(model, max)) return `is longer than ${max} characters`;
  if (model.trim() !== model) return 'has spaces around it';
  if (model.slice(0, -1).includes('*')) return 'has a * that is not at its end';
  return characterFault(model);
}

/** What is wrong with the text that says where a price comes from. */
export function sourceFault(source: string): string | undefined {
  const max = limits.price_source_chars_max;
  return isLongerThan(source, max) ? `is longer than ${max} characters` : characterFault(source);
}
