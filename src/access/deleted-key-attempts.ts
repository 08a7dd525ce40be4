/**
 * Counts requests with keys that do not exist, and has the database add those that were deleted to their tombstones:
 * after a leak the first question is whether the value is still being tried, and from where.
 */
import { digestText } from '../domain/digest.ts';
import { latestAddresses } from '../domain/tombstone.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { Scheduler, type Task } from '../platform/scheduler.ts';
import type { KeyAttempts, TombstoneBase } from '../store/store.ts';

export interface DeletedKeyAttemptsOptions {
  readonly store: Pick<TombstoneBase, 'addAttempts'>;
  readonly clock: Clock;
  /** So many requests came with keys that were deleted. */
  readonly onAttempts: (attempts: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Keys that are looked up by one call of the store. */
const keysAtATime = 200;

export class DeletedKeyAttempts {
  readonly #options: DeletedKeyAttemptsOptions;
  /** Of digests that no key has, since they were last written. */
  #noted = new Map<string, KeyAttempts>();
  #writing: Task | undefined;

  constructor(options: DeletedKeyAttemptsOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, onFailure } = this.#options;
    const work = () => this.write();
    this.#writing = new Scheduler(clock).every(limits.attempts_written_every_ms, work, onFailure);
  }

  /** A request came with a well-formed value that no key has. Beyond a bound of different ones they are not counted. */
  note(digest: Uint8Array, clientAddress: string): void {
    const name = digestText(digest);
    const known = this.#noted.get(name);
    if (!known && this.#noted.size >= limits.attempted_keys_max) return;
    const lastAt = Math.floor(this.#options.clock.now() / 1000);
    this.#noted.set(name, merged(known, { digest, attempts: 1, lastAt, addresses: [clientAddress] }));
  }

  /** Writes what was noted; what cannot be written is kept for the next time. */
  async write(): Promise<void> {
    const noted = [...this.#noted.values()];
    this.#noted = new Map();
    let at = 0;
    try {
      for (; at < noted.length; at += keysAtATime) {
        const added = await this.#options.store.addAttempts(noted.slice(at, at + keysAtATime));
        if (added > 0) this.#options.onAttempts(added);
      }
    } catch (error) {
      for (const each of noted.slice(at)) this.#keep(each);
      throw error;
    }
  }

  #keep(older: KeyAttempts): void {
    const name = digestText(older.digest);
    const newer = this.#noted.get(name);
    if (newer || this.#noted.size < limits.attempted_keys_max) {
      this.#noted.set(name, newer ? merged(older, newer) : older);
    }
  }

  /** Writes what is left. Never rejects. */
  async stop(): Promise<void> {
    await this.#writing?.stop();
    await this.write().catch(this.#options.onFailure);
  }
}

function merged(older: KeyAttempts | undefined, newer: KeyAttempts): KeyAttempts {
  if (!older) return newer;
  return {
    digest: newer.digest,
    attempts: older.attempts + newer.attempts,
    lastAt: Math.max(older.lastAt, newer.lastAt),
    addresses: latestAddresses(newer.addresses, older.addresses, limits.deleted_key_addresses_max),
  };
}
