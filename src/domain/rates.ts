/** Prices of a model. Pure. */

/**
 * Picodollars (10^-12 USD) per token, whole numbers: 2.50 USD for a million tokens are 2,500,000 a token.
 * Null = as the kind it is a part of: cached input, cache writes, audio and pictures as input or output,
 * reasoning as output; long cache writes as `longCacheWriteRate` says.
 */
export interface TokenRates {
  readonly input: number;
  readonly cachedInput: number | null;
  readonly cacheWrite: number | null;
  readonly longCacheWrite: number | null;
  readonly audioInput: number | null;
  readonly imageInput: number | null;
  readonly output: number;
  readonly reasoning: number | null;
  readonly audioOutput: number | null;
  readonly imageOutput: number | null;
}

/** What one request is charged by, in picodollars. */
export interface Rates extends TokenRates {
  /** Per request that is charged at all. */
  readonly request: number;
  /** Per picture made. */
  readonly image: number;
  /** Per character of a text to be spoken. */
  readonly character: number;
  /** Per second of sound that came in. */
  readonly audioSecond: number;
  /** Per search unit of a rerank. */
  readonly searchUnit: number;
  /** Per second of video made. */
  readonly videoSecond: number;
  /** Per call of a hosted tool. Null = `defaultCallRates`. */
  readonly webSearch: number | null;
  readonly fileSearch: number | null;
  readonly codeSession: number | null;
}

/** By the name of the tier, as `serviceTierOf` gives it. */
export type Tiers = Readonly<Record<string, TokenRates>>;

/** What replaces the rates of pictures and videos of one size or quality. Null = as every other. */
export type VariantRates = Readonly<Record<(typeof variantRateNames)[number], number | null>>;

/** By size (`1792x1024`), quality (`hd`) or both (`hd/1792x1024`); the most exact one that there is applies. */
export type Variants = Readonly<Record<string, VariantRates>>;

/** The price of a model: the rates of its standard service, and those of other service tiers and of sizes and qualities. */
export interface ModelRates extends Rates {
  readonly tiers: Tiers;
  readonly variants: Variants;
}

/** Multipliers of groups are in millionths; this one changes nothing. */
export const plainMultiplier = 1_000_000;

export const tokenRateNames = [
  'input',
  'cachedInput',
  'cacheWrite',
  'longCacheWrite',
  'audioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
] as const satisfies readonly (keyof TokenRates)[];

/** Rates that are zero where a price does not name them. */
export const pieceRateNames = [
  'request',
  'image',
  'character',
  'audioSecond',
  'searchUnit',
  'videoSecond',
] as const satisfies readonly (keyof Rates)[];

/** Rates that depend on the size and quality of what is made. */
export const variantRateNames = ['image', 'videoSecond'] as const satisfies readonly (keyof Rates)[];

export const callRateNames = ['webSearch', 'fileSearch', 'codeSession'] as const;

export const rateNames = [
  ...tokenRateNames,
  ...pieceRateNames,
  ...callRateNames,
] as const satisfies readonly (keyof Rates)[];

/** What OpenAI charges: 0.01, 0.0025 and 0.03 USD. A search costs the same at Anthropic. */
export const defaultCallRates = {
  webSearch: 10_000_000_000,
  fileSearch: 2_500_000_000,
  codeSession: 30_000_000_000,
} as const;

/**
 * The rates of a service tier, of a size and quality; the standard ones where the price has none for them.
 * @param variant as `variantName` gives it
 */
export function ratesIn(rates: ModelRates, tier: string, variant = ''): Rates {
  const ofTier = Object.hasOwn(rates.tiers, tier) ? { ...rates, ...rates.tiers[tier] } : rates;
  const own = variant === '' ? undefined : variantIn(rates.variants, variant);
  if (!own) return ofTier;
  return { ...ofTier, image: own.image ?? rates.image, videoSecond: own.videoSecond ?? rates.videoSecond };
}

/** Longest names of qualities and sizes that providers have. */
const variantCharsMax = 32;
const variantPart = /^[a-z0-9][a-z0-9:._-]*$/;

/** Whether prices may have a variant of this name. */
export function isVariantName(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every((part) => part.length <= variantCharsMax && variantPart.test(part));
}

/**
 * The name of what was made, by what a request or response says of it. What no price can name is left out.
 * @returns `quality/size`, one of them, or '' = nothing is known
 */
export function variantName(quality: unknown, size: unknown): string {
  const parts = [quality, size].flatMap((part) =>
    typeof part === 'string'
      ? part
          .trim()
          .toLowerCase()
          .replace(/^(\d+)\s*[*×]\s*(?=\d+$)/, '$1x')
      : [],
  );
  return parts.filter((part) => part !== 'auto' && !part.includes('/') && isVariantName(part)).join('/');
}

const sizePart = /^\d+(?:x\d+|[kp])$/;

/**
 * What was made, where the response says less than the request.
 * @param made by the response, asked by the request, each as `variantName` gives it; '' = it says nothing
 */
export function joinedVariant(made: string, asked: string): string {
  // Nearly all requests make nothing of a size.
  if (made === '' && asked === '') return '';
  const part = (isSize: boolean) =>
    [...made.split('/'), ...asked.split('/')].find((each) => each !== '' && sizePart.test(each) === isSize);
  return variantName(part(false), part(true));
}

/** The rates for quality and size together, else for the size, else for the quality. */
function variantIn(variants: Variants, variant: string): VariantRates | undefined {
  const [quality = '', size = ''] = variant.split('/');
  const name = [variant, size, quality].find((each) => Object.hasOwn(variants, each));
  return name === undefined ? undefined : variants[name];
}

/** The rates of every size and quality, the standard ones first. */
export function everyVariant(rates: ModelRates, tier: string): readonly Rates[] {
  return ['', ...Object.keys(rates.variants)].map((variant) => ratesIn(rates, tier, variant));
}

/**
 * What a token costs that is written to a cache for an hour or longer. Without a rate of its own it is twice the input,
 * as at Anthropic, and never less than a short cache write.
 */
export function longCacheWriteRate({ input, cacheWrite, longCacheWrite }: TokenRates): number {
  return longCacheWrite ?? Math.max(2 * input, cacheWrite ?? input);
}
