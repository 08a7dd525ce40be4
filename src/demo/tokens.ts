/** Counts tokens (encoding o200k_base) in bounded time for any text. */
import { countTokens as count, decodeGenerator, encode } from 'gpt-tokenizer/encoding/o200k_base';

/** Texts of more UTF-8 bytes are estimated. */
export const countedBytesMax = 32_768;

/** The tokenizer needs quadratic time for a long word, so texts with one are estimated too. */
const longRun = /[\p{L}\p{M}]{300}|[^\s\p{L}\p{N}]{300}|\s{300}/u;

/** Treats `<|endoftext|>` and similar as ordinary text. By default they are an error. */
const ordinary = { disallowedSpecial: new Set<string>() };

const canBeCounted = (text: string) => Buffer.byteLength(text) <= countedBytesMax && !longRun.test(text);

/** Counts the tokens of a text; beyond the bounds, one for every four bytes. */
export function countTokens(text: string): number {
  return canBeCounted(text) ? count(text, ordinary) : Math.ceil(Buffer.byteLength(text) / 4);
}

/**
 * Splits a text into the pieces in which a model would send it. A character of several tokens is one piece.
 * @returns pieces with their number of tokens; joined they are the text
 */
export function splitTokens(text: string): readonly { readonly text: string; readonly tokens: number }[] {
  const pieces: { text: string; tokens: number }[] = [];
  let taken = 0;
  // Decode all tokens in one call, since the library's decoder carries partial characters over to the next call.
  function* counted() {
    for (const token of encode(text, ordinary)) {
      taken += 1;
      yield token;
    }
  }
  for (const piece of decodeGenerator(counted())) {
    pieces.push({ text: piece, tokens: taken });
    taken = 0;
  }
  return pieces;
}
