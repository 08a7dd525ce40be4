/**
 * Prices as people write them: USD in decimal, for a million tokens, a request or a picture; times in UTC. Read
 * and written exactly, never through fractions in binary. Pure.
 */
import {
  callRateNames,
  isVariantName,
  type ModelRates,
  pieceRateNames,
  type Rates,
  rateNames,
  type TokenRates,
  tokenRateNames,
  type VariantRates,
  variantRateNames,
} from '../domain/rates.ts';
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
  character: 'characters',
  audioSecond: 'per_audio_second',
  searchUnit: 'per_search_unit',
  videoSecond: 'per_video_second',
  webSearch: 'per_web_search',
  fileSearch: 'per_file_search',
  codeSession: 'per_code_session',
} as const satisfies Record<keyof Rates, string>;
export type RateField = (typeof rateFields)[keyof Rates];

type AmountsOf<Rate extends keyof Rates> = {
  readonly [Field in (typeof rateFields)[Rate]]?: string | undefined;
};
/** Amounts by field; a field that is not there has no rate of its own. */
export type TokenAmounts = AmountsOf<keyof TokenRates>;
/** What is by the piece costs nothing where its field is not there. */
export interface Amounts extends AmountsOf<keyof Rates> {
  /** By the names of service tiers. */
  readonly tiers?: Readonly<Record<string, TokenAmounts>> | undefined;
  readonly variants?: Readonly<Record<string, VariantAmounts>> | undefined;
}
/** What pictures or videos of one size or quality cost. */
export type VariantAmounts = AmountsOf<(typeof variantRateNames)[number]>;

/** A price to be set. */
export interface PriceEntry {
  /** A model id, or a prefix of ids followed by `*`. */
  readonly model: string;
  /** Seconds UTC; undefined = from the moment it is set. */
  readonly effectiveFrom: number | undefined;
  readonly rates: ModelRates;
  /** Undefined = not said. */
  readonly source: string | undefined;
}

/** Picodollars for a token are millionths of a USD for a million of them. */
const fractionDigits = 6;
const picodollarsPerMicro = 1_000_000;
/** Characters cost too little for that. */
const byThePiece: ReadonlySet<keyof Rates> = new Set(
  [...pieceRateNames, ...callRateNames].filter((rate) => rate !== 'character'),
);

/** Whether a rate is for a request, a picture, a second or a call, rather than for a million tokens or characters. */
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
export function ratesOf(amounts: Amounts): ModelRates | undefined {
  const rates = readRates<Rates>(rateNames, amounts);
  const tiers = Object.entries(amounts.tiers ?? {}).map(([tier, own]) => [tier, tokenRatesOf(own)] as const);
  const variants = Object.entries(amounts.variants ?? {}).map(
    ([name, own]) => [name, variantRatesOf(own)] as const,
  );
  if (!rates || tiers.some(([, own]) => !own) || variants.some(([, own]) => !own)) return undefined;
  return {
    ...rates,
    tiers: Object.fromEntries(tiers) as ModelRates['tiers'],
    variants: Object.fromEntries(variants) as ModelRates['variants'],
  };
}

/** As `ratesOf`, of one size or quality. */
function variantRatesOf(amounts: VariantAmounts): VariantRates | undefined {
  const read = variantRateNames.map((rate) => {
    const text = amounts[rateFields[rate]];
    return [rate, text === undefined ? null : parseAmount(text, rate)] as const;
  });
  return read.some(([, amount]) => amount === undefined)
    ? undefined
    : (Object.fromEntries(read) as unknown as VariantRates);
}

const pieceRates: ReadonlySet<keyof Rates> = new Set(pieceRateNames);
const isPieceRate = (rate: keyof Rates): boolean => pieceRates.has(rate);

/** As `ratesOf`, of one service tier. */
function tokenRatesOf(amounts: TokenAmounts): TokenRates | undefined {
  return readRates<TokenRates>(tokenRateNames, amounts);
}

function readRates<Read extends TokenRates>(
  names: readonly (keyof Rates)[],
  amounts: AmountsOf<keyof Rates>,
): Read | undefined {
  const read = (rate: keyof Rates) => {
    const text = amounts[rateFields[rate]];
    if (text === undefined) return isPieceRate(rate) ? 0 : null;
    return parseAmount(text, rate);
  };
  const rates = Object.fromEntries(names.map((rate) => [rate, read(rate)]));
  const isUnread = names.some((rate) => rates[rate] === undefined);
  return isUnread || rates.input === null || rates.output === null ? undefined : (rates as unknown as Read);
}

/** Amounts as they are written: with input and output. */
type Written<Given> = Given & { readonly input: string; readonly output: string };

/** The amounts that `ratesOf` makes the same rates of. */
export function amountsOf({ tiers, variants, ...rates }: ModelRates): Written<PlainAmounts> & {
  readonly tiers?: Record<string, Written<TokenAmounts>>;
  readonly variants?: Record<string, VariantAmounts>;
} {
  const own = Object.entries(tiers).map(([tier, rates]) => [tier, tokenAmountsOf(rates)] as const);
  const sizes = variantAmountsOf(variants);
  return {
    ...plainAmountsOf(rates),
    ...(own.length > 0 && { tiers: Object.fromEntries(own) }),
    ...(sizes && { variants: sizes }),
  };
}

type PlainAmounts = Omit<Amounts, 'tiers' | 'variants'>;

/** @returns undefined when there are none */
export function variantAmountsOf(
  variants: ModelRates['variants'],
): Record<string, VariantAmounts> | undefined {
  const all = Object.entries(variants).map(
    ([name, own]) => [name, ownAmountsOf(own, variantRateNames)] as const,
  );
  return all.length === 0 ? undefined : Object.fromEntries(all);
}

/** Of the rates that hold for one request. */
export function plainAmountsOf(rates: Rates): Written<PlainAmounts> {
  return {
    ...tokenAmountsOf(rates),
    ...ownAmountsOf(rates, callRateNames),
    ...ownAmountsOf(
      rates,
      pieceRateNames.filter((rate) => rates[rate] !== 0),
    ),
  };
}

export function tokenAmountsOf(rates: TokenRates): Written<TokenAmounts> {
  const { input, output } = rates;
  const amounts = ownAmountsOf(rates, tokenRateNames);
  return { ...amounts, input: formatAmount(input, 'input'), output: formatAmount(output, 'output') };
}

/** Without the rates that fall back. */
function ownAmountsOf<Name extends keyof Rates>(
  rates: { readonly [Rate in Name]: number | null },
  names: readonly Name[],
): AmountsOf<Name> {
  const amounts: Partial<Record<RateField, string>> = {};
  for (const name of names) {
    const picodollars = rates[name];
    if (picodollars !== null) amounts[rateFields[name]] = formatAmount(picodollars, name);
  }
  return amounts as AmountsOf<Name>;
}

export const tierNameRule =
  'must name service tiers, such as priority or flex; the standard tier is the price itself';
export const variantNameRule =
  'must name sizes or qualities: a size such as 1792x1024, a quality such as hd, or both as hd/1792x1024';
const tooManyVariants = `must have at most ${limits.price_variants_max} sizes and qualities`;

/** What is wrong with the sizes and qualities of a price; undefined = nothing. */
export function variantsFault(variants: Readonly<Record<string, unknown>>): string | undefined {
  const names = Object.keys(variants);
  if (names.length > limits.price_variants_max) return tooManyVariants;
  return names.every(isVariantName) ? undefined : variantNameRule;
}

export const tooManyTiers = `must have at most ${limits.price_tiers_max} service tiers`;

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
