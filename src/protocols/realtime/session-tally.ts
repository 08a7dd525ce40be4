/**
 * Follows what a session has in its conversation, to bound the input of its next response: what the upstream last
 * reported, and what came since. Pure.
 */
import type { Usage } from '../../domain/usage.ts';
import { limits } from '../../platform/limits.ts';
import { bytesOf, isText, type LongText } from '../json-outline.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';

export interface Amounts {
  /** A token has at least one byte. */
  readonly text: number;
  /** Tokens of sound and images. */
  readonly media: number;
}

const nothing: Amounts = { text: 0, media: 0 };
const plus = (a: Amounts, b: Amounts): Amounts => ({ text: a.text + b.text, media: a.media + b.media });
const minus = (a: Amounts, b: Amounts): Amounts => ({
  text: Math.max(0, a.text - b.text),
  media: Math.max(0, a.media - b.media),
});

/** No model needs more: OpenAI counts a token for 100 ms of a user's sound, and for 50 ms of a model's. */
const msPerTokenMin = 50;
const msPerInputToken = 100;
export const msPerOutputToken = 50;
/** The assumed size of a token of text where nothing better is known. */
export const bytesPerToken = 4;

/** The bytes that a text in Base64 stands for. */
export const bytesOfBase64 = (text: string | LongText): number => Math.floor((bytesOf(text) * 3) / 4);

export class SessionTally {
  /** Reported with the last response. */
  #reported = nothing;
  /** Since then. */
  #added = nothing;
  /** Sound that came in and belongs to no item yet, in milliseconds. */
  #bufferMs = 0;
  /** All sound that came in. */
  #totalMs = 0;

  /** Milliseconds of sound that belong to no item yet. */
  get bufferMs(): number {
    return this.#bufferMs;
  }

  append(ms: number): void {
    this.#bufferMs += ms;
    this.#totalMs += ms;
  }

  /** @param atMs since the beginning of all sound of the session; what came before is left out of the item */
  speechStarted(atMs: number): void {
    if (atMs >= 0 && atMs <= this.#totalMs) this.#bufferMs = this.#totalMs - atMs;
  }

  clear(): void {
    this.#bufferMs = 0;
  }

  /**
   * The sound becomes an item.
   * @returns its length in milliseconds
   */
  commit(): number {
    const ms = this.#bufferMs;
    this.#bufferMs = 0;
    this.#added = plus(this.#added, { text: 0, media: Math.ceil(ms / msPerTokenMin) });
    return ms;
  }

  /** Instructions, tools and items, whatever their form. */
  add(amounts: Amounts): void {
    this.#added = plus(this.#added, amounts);
  }

  /** The most that a response may have as its input. */
  get bound(): Amounts {
    return plus(this.#reported, this.#added);
  }

  /** The input of a response that reports none. */
  get estimate(): Amounts {
    const { text, media } = this.#added;
    const added = {
      text: Math.ceil(text / bytesPerToken),
      media: Math.ceil((media * msPerTokenMin) / msPerInputToken),
    };
    return plus(this.#reported, added);
  }

  /** What came since the last report: hand it back with `report`. */
  get added(): Amounts {
    return this.#added;
  }

  /**
   * A response of the conversation is complete: all of it is input of the next one.
   * @param before `added` when it began
   * @param media tokens of sound and images among them
   */
  report(
    { inputTokens, outputTokens }: Pick<Usage, 'inputTokens' | 'outputTokens'>,
    media: number,
    before: Amounts,
  ): void {
    this.#reported = { text: Math.max(0, inputTokens + outputTokens - media), media };
    this.#added = minus(this.#added, before);
  }
}

const base64Names: ReadonlySet<string> = new Set(['audio', 'image_url', 'data']);

/**
 * What a part of an event may need as input: its text by the byte, its sound by its length, each image as any.
 * @param bytesPerMs of the session's sound
 */
export function amountsIn(value: unknown, bytesPerMs: number): Amounts {
  if (isText(value)) return { text: bytesOf(value), media: 0 };
  if (Array.isArray(value))
    return value.reduce((sum: Amounts, each) => plus(sum, amountsIn(each, bytesPerMs)), nothing);
  const object = asObject(value);
  if (!object) return { text: String(value).length, media: 0 };
  let sum = nothing;
  for (const [name, member] of Object.entries(object)) {
    sum = plus(sum, { text: Buffer.byteLength(name), media: 0 });
    sum = plus(
      sum,
      isMedia(name, member) ? mediaIn(name, member, bytesPerMs) : amountsIn(member, bytesPerMs),
    );
  }
  return sum;
}

const isMedia = (name: string, value: unknown): value is string | LongText =>
  base64Names.has(name) && isText(value);

function mediaIn(name: string, text: string | LongText, bytesPerMs: number): Amounts {
  if (name !== 'audio') return { text: 0, media: limits.media_tokens };
  return { text: 0, media: Math.ceil(bytesOfBase64(text) / bytesPerMs / msPerTokenMin) };
}

/** The part of the configuration of a session or response that its model reads. */
export function readByModel({ instructions, tools, prompt, input }: JsonObject): readonly unknown[] {
  return [instructions, tools, prompt, input].filter((value) => value !== undefined && value !== null);
}
