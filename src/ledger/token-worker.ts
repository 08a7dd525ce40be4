/** The thread that counts tokens: its orders are answered one after another. */
import { parentPort } from 'node:worker_threads';
import { systemClock } from '../platform/clock.ts';
import type { Encoding } from './token-encoding.ts';
import { type Tally, tally } from './token-tally.ts';
import { tokenizerOf } from './tokenizers.ts';

export interface CountOrder {
  readonly encoding: Encoding;
  readonly text: string;
  readonly msMax: number;
}

/** Undefined when the text could not be counted. */
export type CountReply = Tally | undefined;

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
