/**
 * Counts tokens where an upstream does not report them. A tokenizer can take seconds for a text made to hold it
 * up, so counting has a thread of its own with bounds on everything; beyond them bytes are counted.
 */
import { limits } from '../platform/limits.ts';
import { WorkerChannel } from '../platform/worker-channel.ts';
import { countedLength, type Encoding, encodingOf, tokensByBytes } from './token-encoding.ts';
import type { Tally } from './token-tally.ts';
import type { TokenHandlers } from './token-worker.ts';

export interface TokenCounterOptions {
  /** How long a text may be counted, in milliseconds; `limits.counting_ms_max` by default. */
  readonly msMax?: number;
  /** Texts that may wait; `limits.counts_waiting_max` by default. */
  readonly waitingMax?: number;
  /** What the thread runs. */
  readonly threadFile?: URL;
}

const ownThreadFile = new URL('./token-worker.ts', import.meta.url);

export interface TokenCount {
  readonly tokens: number;
  /** Whether this is the tokenizer's own count of the whole text. */
  readonly exact: boolean;
}

/** Claude's tokenizers make over 1.15 times the tokens of o200k_base (github.com/caozhiyuan/copilot-api/issues/134). */
const foreignTokensShare = 1.3;

export class TokenCounter {
  readonly #msMax: number;
  readonly #waitingMax: number;
  readonly #channel: WorkerChannel<TokenHandlers>;

  constructor(options: TokenCounterOptions = {}) {
    this.#msMax = options.msMax ?? limits.counting_ms_max;
    this.#waitingMax = options.waitingMax ?? limits.counts_waiting_max;
    this.#channel = new WorkerChannel({
      file: options.threadFile ?? ownThreadFile,
      lostError: (reason) => new Error(reason),
    });
  }

  /**
   * The tokens of a text as the model counts them; where no tokenizer fits the model, or there is no time, a
   * token for every four bytes. Never rejects.
   */
  async count(model: string, text: string): Promise<TokenCount> {
    return this.#count(encodingOf(model), text);
  }

  /**
   * As `count`, but for a model whose tokenizer is not public it goes by OpenAI's, and errs to more: a client that
   * shortens its history by this count must not do so too late. Never rejects.
   */
  async estimate(model: string, text: string): Promise<TokenCount> {
    const encoding = encodingOf(model);
    if (encoding) return this.#count(encoding, text);
    const { tokens } = await this.#count('o200k_base', text);
    return { tokens: Math.ceil(tokens * foreignTokensShare), exact: false };
  }

  async #count(encoding: Encoding | undefined, text: string): Promise<TokenCount> {
    if (text === '') return { tokens: 0, exact: true };
    const found = encoding && (await this.#tally(encoding, text));
    if (!found) return { tokens: tokensByBytes(text), exact: false };
    const rest = tokensByBytes(text.slice(found.end));
    return {
      tokens: found.counted + found.longTokens + rest,
      exact: found.longBytes === 0 && found.end === text.length,
    };
  }

  /**
   * What the model's own count is at most. Never rejects.
   * @returns undefined where no tokenizer fits the model or there is no time; its bytes are a bound then
   */
  async boundFor(model: string, text: string): Promise<number | undefined> {
    const encoding = encodingOf(model);
    if (!encoding) return undefined;
    if (text === '') return 0;
    const found = await this.#tally(encoding, text);
    if (!found) return undefined;
    return found.counted + found.longBytes + Buffer.byteLength(text.slice(found.end));
  }

  /** Ends the thread; texts that wait go by their bytes. */
  close(): Promise<void> {
    return this.#channel.close();
  }

  async #tally(encoding: Encoding, text: string): Promise<Tally | undefined> {
    if (this.#channel.outstanding >= this.#waitingMax) return undefined;
    const length = countedLength(text);
    if (length === 0) return undefined;
    const order = { encoding, text: text.slice(0, length), msMax: this.#msMax };
    return this.#channel.call('count', order).catch(() => undefined);
  }
}
