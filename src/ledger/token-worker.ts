/** The thread that counts tokens. Each tokenizer is loaded at first need; orders are answered one after another. */
import { parentPort } from 'node:worker_threads';
import { systemClock } from '../platform/clock.ts';
import type { Encoding } from './token-encoding.ts';
import { type Tally, type Tokenizer, tally } from './token-tally.ts';

export interface CountOrder {
  readonly encoding: Encoding;
  readonly text: string;
  readonly msMax: number;
}

/** Undefined when the text could not be counted. */
export type CountReply = Tally | undefined;

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

async function answer({ encoding, text, msMax }: CountOrder): Promise<CountReply> {
  try {
    const tokenizer = await tokenizerOf(encoding);
    const until = systemClock.monotonic() + msMax;
    return tally(text, tokenizer, () => systemClock.monotonic() < until);
  } catch {
    return undefined;
  }
}

/** Replies go out in the order of their orders, since each waits for the one before. */
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (order: CountOrder) => {
  last = last.then(async () => parentPort?.postMessage(await answer(order)));
});
