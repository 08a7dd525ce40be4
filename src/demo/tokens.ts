/** Counts tokens (encoding o200k_base) in bounded time for any text. */
import { countTokens as count, decodeGenerator, encode } from 'gpt-tokenizer/encoding/o200k_base';

/** Texts beyond this many UTF-8 bytes are estimated. */
export const countedBytesMax = 32_768;

/** The tokenizer needs quadratic time for what it takes as one word, so long ones are estimated too. */
const longRun = /[\p{L}\p{M}]{300}|[^\s\p{L}\p{N}]{300}|\s{300}/u;

/** `<|endoftext|>` and its like are ordinary text here, where by default they are an error. */
const ordinary = { disallowedSpecial: new Set<string>() };

const canBeCounted = (text: string) => Buffer.byteLength(text) <= countedBytesMax && !longRun.test(text);

/** Tokens of a text; beyond the bounds one for every four bytes. */
export function countTokens(text: string): number {
  return canBeCounted(text) ? count(text, ordinary) : Math.ceil(Buffer.byteLength(text) / 4);
}

/**
 * A text in the pieces that a model would send it in. Where a character spans several tokens, its piece does too.
 * @returns pieces with their number of tokens; joined they are the text
 */
export function splitTokens(text: string): readonly { readonly text: string; readonly tokens: number }[] {
  const pieces: { text: string; tokens: number }[] = [];
  let taken = 0;
  // Decoded in one go: the library's decoder keeps half characters from one call to the next.
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
