/** The tokenizers there are; each is loaded at first need, since it takes tens of megabytes. */
import type { Encoding } from './token-encoding.ts';
import type { Tokenizer } from './token-tally.ts';

/** `<|endoftext|>` and its like are ordinary text here, where by default they are an error. */
const ordinary = { disallowedSpecial: new Set<string>() };

async function load(encoding: Encoding): Promise<Tokenizer> {
  const patterns = await import('gpt-tokenizer/encodingParams/constants');
  if (encoding === 'cl100k_base') {
    const { countTokens } = await import('gpt-tokenizer/encoding/cl100k_base');
    return { words: patterns.CL100K_TOKEN_SPLIT_REGEX, count: (text) => countTokens(text, ordinary) };
  }
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  return { words: patterns.O200K_TOKEN_SPLIT_REGEX, count: (text) => countTokens(text, ordinary) };
}

const loaded = new Map<Encoding, Promise<Tokenizer>>();

export function tokenizerOf(encoding: Encoding): Promise<Tokenizer> {
  const known = loaded.get(encoding) ?? load(encoding);
  loaded.set(encoding, known);
  return known;
}
