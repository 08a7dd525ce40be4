/** What requests for pictures may use. Pure. Names are those of OpenAI's API reference, and of Volcano Engine's. */
import { variantName } from '../../domain/rates.ts';
import { noPieces, noToolCalls } from '../../domain/usage.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { folded, naturalOf } from './numbers-set.ts';
import { choicesOf, outputSet, type RequestReading, tiersOf } from './request-bound.ts';
import { textOf } from './request-text.ts';

/** Fields that hold input pictures, as files, base64 or links. */
const pictureFields: ReadonlySet<string> = new Set([
  'image',
  'images',
  'image_url',
  'image_urls',
  'input_image',
  'input_images',
  'reference_images',
  'mask',
  'markup',
]);

/** The name of a field, without the brackets by which a form writes lists: `image[]`, `image[0]`. */
const plainName = (name: string): string => folded(name).replace(/\[.*$/, '');

/** What the body gives to a name, however it is spelled, a list as its items. */
function valuesOf(body: JsonObject, name: string): readonly unknown[] {
  return Object.keys(body).flatMap((key) => (plainName(key) === name ? body[key] : []));
}

const link = /^https?:/i;

/** The characters of a picture that are in the body. */
function payloadOf(value: unknown): number {
  if (typeof value === 'string') return link.test(value) ? 0 : value.length;
  const members = Object.values(asObject(value) ?? {});
  return members.reduce<number>((sum, member) => {
    const url = asObject(member)?.url ?? member;
    return sum + (typeof url === 'string' && !link.test(url) ? url.length : 0);
  }, 0);
}

function picturesIn(body: JsonObject): readonly unknown[] {
  const found = Object.keys(body).flatMap((key) => (pictureFields.has(plainName(key)) ? body[key] : []));
  return found.filter((value) => value !== null && value !== undefined && value !== '');
}

/** The largest number that the body gives to a name; undefined when it gives none. */
function largestNamed(body: JsonObject, name: string): number | undefined {
  let largest: number | undefined;
  for (const value of valuesOf(body, name)) {
    const natural = naturalOf(value);
    if (natural !== undefined && natural > (largest ?? 0)) largest = natural;
  }
  return largest;
}

/** Pictures that a request may get. Volcano Engine's models make a series where they are allowed to. */
function picturesOut(body: JsonObject): number {
  const asked = largestNamed(body, 'n');
  if (!wordsOf(body, 'sequential_image_generation').includes('auto')) return choicesOf(1, asked);
  const options = asObject(valuesOf(body, 'sequential_image_generation_options')[0]);
  return choicesOf(1, asked, (options && largestNamed(options, 'max_images')) ?? limits.image_series_max);
}

/** The texts that the body gives to a name, in lower case. */
function wordsOf(body: JsonObject, name: string): readonly string[] {
  return valuesOf(body, name).flatMap((value) =>
    typeof value === 'string' ? value.trim().toLowerCase() : [],
  );
}

/**
 * The largest of the three sizes of gpt-image-1, -1-mini and -1.5, in tokens (OpenAI's guide to image generation). What
 * is not named counts as `high`, since the model chooses.
 */
const tableTokens = { low: 408, medium: 1584, high: 6240, xhigh: 6240, max: 6240 };
/** Steps along the longer side for gpt-image-2 (community.openai.com/t/1382699). Later ones publish none: a guess. */
const sideSteps = { low: 16, medium: 48, high: 96, xhigh: 136, max: 192 };
type Quality = keyof typeof sideSteps;
const isQuality = (word: string): word is Quality => Object.hasOwn(sideSteps, word);
/** Where the model chooses the size, no standard size takes more tokens than this one. */
const defaultSize = { width: 1024, height: 1024 };

function sizeOf(word: string): typeof defaultSize {
  const [, width, height] = /^([1-9]\d{0,4})[x*]([1-9]\d{0,4})$/.exec(word) ?? [];
  if (width === undefined || height === undefined) return defaultSize;
  return { width: Number(width), height: Number(height) };
}

/** The most output tokens of a picture of one quality and size, by what is known of OpenAI's models. */
function tokensOf(quality: Quality, size: string): number {
  const { width, height } = sizeOf(size);
  const long = sideSteps[quality];
  const short = Math.round((long * Math.min(width, height)) / Math.max(width, height));
  const bySize = Math.ceil((long * short * (2_000_000 + width * height)) / 4_000_000);
  return Math.max(bySize, tableTokens[quality]);
}

/** The most output tokens of one picture. Who names two qualities or sizes may get either. */
function pictureTokensMax(body: JsonObject): number {
  const quality = dearestOf(wordsOf(body, 'quality'));
  let tokens = 0;
  for (const size of orNone(wordsOf(body, 'size'))) tokens = Math.max(tokens, tokensOf(quality, size));
  const partial = largestNamed(body, 'partial_images') ?? 0;
  return tokens * framesOf(body) + partial * limits.partial_image_output_tokens;
}

/** Unknown words, and none, count as `high`. */
function dearestOf(words: readonly string[]): Quality {
  let dearest: Quality = 'low';
  for (const word of orNone(words)) {
    const quality = isQuality(word) ? word : 'high';
    if (sideSteps[quality] > sideSteps[dearest]) dearest = quality;
  }
  return dearest;
}

const orNone = (words: readonly string[]) => (words.length > 0 ? words : ['']);

function framesOf(body: JsonObject): number {
  if (!wordsOf(body, 'output_format').includes('gif')) return 1;
  return choicesOf(1, largestNamed(body, 'frame_count') ?? limits.gif_frames_max);
}

export const imagesRequest: RequestReading = {
  bound(body, bodyBytes) {
    const pictures = picturesIn(body);
    const payload = pictures.reduce<number>((sum, picture) => sum + payloadOf(picture), 0);
    const mediaTokens = pictures.length * limits.image_input_tokens;
    const images = picturesOut(body);
    return {
      inputTokens: Math.max(0, bodyBytes - payload) + mediaTokens,
      mediaTokens,
      outputTokens: outputSet(pictureTokensMax(body)),
      choices: images,
      pieces: { ...noPieces, images },
      // xAI's models have a resolution in place of a size.
      variant: variantName(
        wordsOf(body, 'quality')[0],
        [...wordsOf(body, 'size'), ...wordsOf(body, 'resolution')][0],
      ),
      tiers: tiersOf(valuesOf(body, 'service_tier'), ['priority', 'scale']),
      toolCalls: noToolCalls,
    };
  },
  text(body) {
    const others = Object.fromEntries(
      Object.entries(body).filter(([name]) => !pictureFields.has(plainName(name))),
    );
    const { text, extraTokens } = textOf(others, {
      roots: ['prompt'],
      inner: [],
      payloadOf: () => undefined,
    });
    return { text, extraTokens: extraTokens + picturesIn(body).length * limits.media_tokens };
  },
};
