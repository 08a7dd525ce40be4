/** Counts the tokens of a text in bounded time, whatever the text. Pure. */
import { limits } from '../platform/limits.ts';

/** A tokenizer: its way of cutting a text into words, and its count of the tokens in a text. */
export interface Tokenizer {
  readonly words: RegExp;
  count(text: string): number;
}

export interface Tally {
  /** Tokens of all words but the long ones. */
  readonly counted: number;
  /** Long words: their tokens as counted in parts, and their bytes. A token has at least one byte. */
  readonly longTokens: number;
  readonly longBytes: number;
  /** Where counting stopped, in UTF-16 units. */
  readonly end: number;
}

/** Words are counted together up to about so many UTF-16 units, which is several times as fast. */
const togetherMax = 4096;
/** Where such a part would end in spaces it goes on, up to so many. */
const togetherHardMax = 65_536;
const space = /\s/;

/**
 * Words never share a token, so their counts add up to that of the whole. A long word is counted in parts: that
 * gives more or fewer tokens than the word has, but never more than its bytes.
 * @param mayContinue asked now and then; when it says no, the rest is left
 */
export function tally(text: string, { words, count }: Tokenizer, mayContinue: () => boolean): Tally {
  let counted = 0;
  let longTokens = 0;
  let longBytes = 0;
  let start = 0;
  let end = 0;
  const countTogether = () => {
    if (end > start) counted += count(text.slice(start, end));
    start = end;
  };
  for (const [word] of text.matchAll(words)) {
    const isLong = word.length * 3 > limits.counted_word_bytes_max && isLongInBytes(word);
    const endsInSpace = end > start && space.test(text[end - 1] ?? '');
    if (isLong || end - start >= (endsInSpace ? togetherHardMax : togetherMax)) {
      countTogether();
      // Spaces at an end may have been counted as fewer words than they are with what follows.
      if (endsInSpace) longBytes += spacesBefore(text, end);
      if (!mayContinue()) break;
    }
    end += word.length;
    if (!isLong) continue;
    start = end;
    longBytes += Buffer.byteLength(word);
    longTokens += countParts(word, count, mayContinue);
  }
  countTogether();
  return { counted, longTokens, longBytes, end };
}

function isLongInBytes(word: string): boolean {
  return Buffer.byteLength(word) > limits.counted_word_bytes_max;
}

/** Bytes of the spaces that end at `end`. */
function spacesBefore(text: string, end: number): number {
  let from = end;
  while (from > 0 && space.test(text[from - 1] ?? '')) from--;
  return Buffer.byteLength(text.slice(from, end));
}

function countParts(word: string, count: (text: string) => number, mayContinue: () => boolean): number {
  const partLength = limits.counted_word_bytes_max / 4;
  let tokens = 0;
  let offset = 0;
  for (; offset < word.length && mayContinue(); offset += partLength)
    tokens += count(word.slice(offset, offset + partLength));
  return tokens + Math.ceil(Buffer.byteLength(word.slice(offset)) / 4);
}
