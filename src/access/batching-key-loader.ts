/**
 * Batches key lookups within one event-loop turn into one statement, to save round trips. A lookup never joins a
 * statement that was sent before, so that its result is not older than its request.
 */
import { digestText } from '../domain/digest.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyWithAccount, StoreBase } from '../store/store.ts';

interface Asked {
  readonly digest: Uint8Array;
  readonly done: PromiseWithResolvers<KeyWithAccount | undefined>;
}

/** Digests in one statement. */
const batchMax = 500;

export class BatchingKeyLoader implements Pick<StoreBase, 'findKeyByDigest'> {
  readonly #store: Pick<StoreBase, 'findKeysByDigests'>;
  readonly #clock: Clock;
  #asked = new Map<string, Asked>();

  constructor(store: Pick<StoreBase, 'findKeysByDigests'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** As `StoreBase.findKeyByDigest`. Equal lookups of one turn may share the promise. */
  findKeyByDigest(digest: Uint8Array): Promise<KeyWithAccount | undefined> {
    if (this.#asked.size === 0) this.#clock.soon(() => this.#send());
    const digestKey = digestText(digest);
    const known = this.#asked.get(digestKey);
    if (known) return known.done.promise;
    const asked: Asked = { digest, done: Promise.withResolvers() };
    this.#asked.set(digestKey, asked);
    return asked.done.promise;
  }

  #send(): void {
    const all = [...this.#asked.values()];
    this.#asked = new Map();
    for (let index = 0; index < all.length; index += batchMax)
      void this.#read(all.slice(index, index + batchMax));
  }

  async #read(batch: readonly Asked[]): Promise<void> {
    try {
      const found = await this.#store.findKeysByDigests(batch.map(({ digest }) => digest));
      for (const [index, { done }] of batch.entries()) done.resolve(found[index]);
    } catch (error) {
      for (const { done } of batch) done.reject(error);
    }
  }
}
