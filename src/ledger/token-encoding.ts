/** Selects the tokenizer for a model, with a bound where none fits. Pure. */
import { limits } from '../platform/limits.ts';

export type Encoding = 'o200k_base' | 'cl100k_base';

/**
 * Families of OpenAI's models, from the start of the name. Later families are not guessed at, since a tokenizer
 * that does not fit would give a wrong bound.
 */
const families: readonly (readonly [RegExp, Encoding])[] = [
  [
    /^(?:gpt-3\.5|gpt-35-turbo|gpt-4(?:-|$)|text-embedding-(?:3-|ada-002)|(?:babbage|davinci)-002)/,
    'cl100k_base',
  ],
  [
    /^(?:gpt-4o|gpt-4\.[15]|gpt-5|gpt-oss|gpt-audio|gpt-realtime|chatgpt-4o|codex-mini|o[134](?:-|$))/,
    'o200k_base',
  ],
];

/** @param model as a client names it; a provider before a slash, and `ft:`, are passed over */
export function encodingOf(model: string): Encoding | undefined {
  const name = model.slice(model.lastIndexOf('/') + 1).replace(/^ft:/, '');
  return families.find(([family]) => family.test(name))?.[1];
}

const bytesPerToken = 4;

/** The byte rule: a token for every four bytes begun, which is about what tokenizers come to in English. */
export function tokensByBytes(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/** The farthest that a place to cut is looked for, in places. */
const cutTriesMax = 4096;

/**
 * The length of the part of `text` that a tokenizer is given: all, or up to a space after a word. No tokenizer
 * puts what is before such a place and what is after it into one token, so the part counts as it does in the whole.
 */
export function countedLength(text: string, charsMax: number = limits.counted_text_chars_max): number {
  if (text.length <= charsMax) return text.length;
  let length = charsMax;
  for (let tries = 0; tries < cutTriesMax && length > 0; tries++) {
    length = text.lastIndexOf(' ', length);
    if (length > 0 && /\S/.test(text[length - 1] ?? ' ')) return length;
    length--;
  }
  return 0;
}
