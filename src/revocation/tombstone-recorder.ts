/**
 * Writes tombstones to the log outside the database before a deletion is confirmed. Failed writes stay queued and
 * are retried.
 */
import { LRUCache } from 'lru-cache';
import { digestText } from '../domain/digest.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { Scheduler } from '../platform/scheduler.ts';
import type { LoggedTombstone, TombstoneLog } from '../store/tombstones/tombstone-log.ts';

export interface TombstoneRecorderOptions {
  readonly log: Pick<TombstoneLog, 'append'>;
  readonly clock: Clock;
  /** Called for each failed attempt. */
  readonly onFailure: (error: unknown) => void;
}

export class TombstoneRecorder {
  readonly #log: Pick<TombstoneLog, 'append'>;
  readonly #onFailure: (error: unknown) => void;
  /** Recently logged tombstones, to avoid logging them again. */
  readonly #known = new LRUCache<string, true>({ max: limits.tombstones_remembered_max });
  readonly #queue = new Map<string, LoggedTombstone>();
  readonly #scheduler: Scheduler;
  #appending: Promise<void> | undefined;

  constructor({ log, clock, onFailure }: TombstoneRecorderOptions) {
    this.#log = log;
    this.#onFailure = onFailure;
    this.#scheduler = new Scheduler(clock);
    this.#scheduler.every(
      limits.tombstone_retry_every_ms,
      async () => {
        if (this.#queue.size > 0) await this.#append();
      },
      () => undefined,
    );
  }

  /** Tombstones that are not in the log yet. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Whether the tombstone is in the log, or queued for it. */
  knows(digest: Uint8Array): boolean {
    const name = digestText(digest);
    return this.#known.has(name) || this.#queue.has(name);
  }

  /**
   * Resolves when the log has all of them.
   * @throws HalleyError('store_unavailable') when that is not certain; they stay queued
   */
  async record(tombstones: readonly LoggedTombstone[]): Promise<void> {
    const wanted = tombstones.map((each) => [digestText(each.digest), each] as const);
    const unknown = wanted.filter(([name]) => !this.#known.has(name));
    for (const [name, each] of unknown) this.#queue.set(name, each);
    // The present append was queued earlier; its result says nothing about these.
    await this.#appending?.catch(() => undefined);
    while (unknown.some(([name]) => this.#queue.has(name))) await this.#append();
  }

  /** Appends everything that is queued. Concurrent calls share one append. */
  #append(): Promise<void> {
    this.#appending ??= this.#appendQueue().finally(() => {
      this.#appending = undefined;
    });
    return this.#appending;
  }

  async #appendQueue(): Promise<void> {
    const batch = [...this.#queue].slice(0, limits.tombstones_appended_max);
    try {
      await this.#log.append(batch.map(([, each]) => each));
    } catch (error) {
      this.#onFailure(error);
      throw error;
    }
    for (const [name] of batch) {
      this.#queue.delete(name);
      this.#known.set(name, true);
    }
  }

  /**
   * Makes a last attempt to write the queue.
   * @returns how many tombstones are still missing in the log
   */
  async close(): Promise<number> {
    await this.#scheduler.stop();
    await this.#appending?.catch(() => undefined);
    if (this.#queue.size > 0) await this.#append().catch(() => undefined);
    return this.#queue.size;
  }
}
