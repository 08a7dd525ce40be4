/** The worker thread that counts tokens. */
import { systemClock } from '../platform/clock.ts';
import { serveHandlers } from '../platform/worker-handlers.ts';
import type { Encoding } from './token-encoding.ts';
import { type Tally, tally } from './token-tally.ts';
import { tokenizerOf } from './tokenizers.ts';

export interface CountOrder {
  readonly encoding: Encoding;
  readonly text: string;
  readonly msMax: number;
}

const handlers = {
  async count({ encoding, text, msMax }: CountOrder): Promise<Tally> {
    const tokenizer = await tokenizerOf(encoding);
    const until = systemClock.monotonic() + msMax;
    return tally(text, tokenizer, () => systemClock.monotonic() < until);
  },
};

export type TokenHandlers = typeof handlers;

serveHandlers(handlers);
