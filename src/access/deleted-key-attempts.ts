/**
 * Counts requests with unknown keys, and adds those with deleted keys to their tombstones. After a leak this shows
 * whether, and from where, the value is still used.
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
  /** Called with the number of requests that used deleted keys. */
  readonly onAttempts: (attempts: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Keys looked up by one call of the store. */
const keysAtATime = 200;

export class DeletedKeyAttempts {
  readonly #options: DeletedKeyAttemptsOptions;
  /** Unwritten attempts by digest. */
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

  /** Counts a request with a well-formed value that belongs to no key. Ignores further values beyond a bound. */
  note(digest: Uint8Array, clientAddress: string): void {
    const name = digestText(digest);
    const known = this.#noted.get(name);
    if (!known && this.#noted.size >= limits.attempted_keys_max) return;
    const lastAt = Math.floor(this.#options.clock.now() / 1000);
    this.#noted.set(name, merged(known, { digest, attempts: 1, lastAt, addresses: [clientAddress] }));
  }

  /** Writes the counts. Keeps those that cannot be written for the next time. */
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

  /** Writes the remaining counts. Never rejects. */
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
