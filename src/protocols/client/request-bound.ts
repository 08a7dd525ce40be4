/** What a request may use at most, from its body: the parts that are the same in all protocols. Pure. */
import { serviceTierOf } from '../../domain/service-tier.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonObject, RequestBound, RequestText } from '../protocol.ts';
import type { ReadConversation } from './conversation.ts';
import { folded, naturalOf } from './numbers-set.ts';
import type { OutputLimit } from './output-limit.ts';
import { type MediaPlaces, mediaIn } from './request-media.ts';

/** Reads what the requests of an operation may use. */
export interface RequestReading {
  /** @param bodyBytes the length of the body as it came */
  bound(body: JsonObject, bodyBytes: number): RequestBound;
  text(body: JsonObject): RequestText;
  /** Undefined = its upstreams cache nothing. */
  readonly conversation?: ReadConversation;
  /**
   * The limit of the output, to be lowered; undefined where it cannot be lowered. Walks the body.
   * @param bytes the body as it came
   */
  readonly outputLimit?: ((body: JsonObject, bytes: Buffer) => OutputLimit | undefined) | undefined;
}

/** Every byte of the body as a token, with media in place of their bytes. */
export function inputBound(
  body: JsonObject,
  bodyBytes: number,
  places: MediaPlaces,
): Pick<RequestBound, 'inputTokens' | 'mediaTokens'> {
  const { count, payload } = mediaIn(body, places);
  const mediaTokens = count * limits.media_tokens;
  return { inputTokens: Math.max(0, bodyBytes - payload) + mediaTokens, mediaTokens };
}

/** The bound of a request that is text alone. */
export function textBound(bodyBytes: number): Pick<RequestBound, 'inputTokens' | 'mediaTokens'> {
  return { inputTokens: bodyBytes, mediaTokens: 0 };
}

/** Beyond any request; what two of the numbers multiply to is still a safe integer. */
const tokensMax = 2 ** 31;
const choicesMax = 2 ** 21;

/** What an object gives to any of the names, however they are spelled. */
export function valuesNamed(object: JsonObject | undefined, ...names: readonly string[]): readonly unknown[] {
  const values: unknown[] = [];
  for (const key in object) if (names.includes(folded(key))) values.push(object[key]);
  return values;
}

/** The largest of the numbers that are there: who sets two may mean either. */
function largestOf(values: readonly unknown[]): number | undefined {
  let largest: number | undefined;
  for (const value of values) {
    const natural = naturalOf(value);
    if (natural !== undefined && natural > (largest ?? 0)) largest = natural;
  }
  return largest;
}

/** The output that a client allows, by whichever of the names it wrote; undefined when by none. */
export function outputSet(...values: readonly unknown[]): number | undefined {
  const largest = largestOf(values);
  return largest === undefined ? undefined : Math.min(largest, tokensMax);
}

/**
 * The service tiers besides the standard one by which a request may be processed.
 * @param values what the client asks for, by whichever of the names it wrote
 * @param ofUpstream those that an upstream may choose itself, where the client leaves the choice to it
 */
export function tiersOf(values: readonly unknown[], ofUpstream: readonly string[]): readonly string[] {
  const asked = values.map((value) => (value === 'auto' ? undefined : serviceTierOf(value)));
  const isLeft = asked.length === 0 || asked.includes(undefined);
  return [...(isLeft ? ofUpstream : []), ...asked.flatMap((tier) => tier || [])];
}

/** How many answers to `prompts` prompts a client asks for, by whichever of the names it wrote. */
export function choicesOf(prompts: number, ...values: readonly unknown[]): number {
  return Math.min(prompts * (largestOf(values) ?? 1), choicesMax);
}
