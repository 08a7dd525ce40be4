/** Applies changes of the log and the end of the lease to this node. */
import type { Access } from '../access/access.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { HalleyError } from '../platform/errors.ts';
import type { Task } from '../platform/scheduler.ts';
import type { LoggedChange } from '../store/coordination.ts';

export interface NodeParts {
  readonly access: Pick<Access, 'evict' | 'enforce' | 'forget' | 'endAll'>;
  readonly ledger: Pick<Ledger, 'flush'>;
  /** Reload the channels and the prices. */
  readonly channels: Pick<Task, 'ask'>;
  readonly prices: Pick<Task, 'ask'>;
  /** Compares the database with the tombstone log. */
  readonly restores: Pick<Task, 'ask'>;
  readonly protection: { noteChange(change: LoggedChange): void };
}

export class NodeHandlers {
  readonly #parts: NodeParts;
  /** Whether the node has joined. Before that, the start compares the database with the tombstone log. */
  hasJoined = false;

  constructor(parts: NodeParts) {
    this.#parts = parts;
  }

  /** Evicts what the change may have made stale. Synchronous. */
  evict(change: LoggedChange): void {
    const { access, channels, prices } = this.#parts;
    // Mutated by tests: changes of others are evicted
    if (change.kind === 'channels') channels.ask();
    else if (change.kind === 'prices') prices.ask();
    else access.evict(change);
  }

  /**
   * Resolves when no in-flight request relies on revoked access. Never rejects.
   * @returns whether requests may have been aborted
   */
  enforce(change: LoggedChange): Promise<boolean> {
    if (change.kind === 'channels' || change.kind === 'prices') return Promise.resolve(false);
    this.#parts.protection.noteChange(change);
    return this.#parts.access.enforce(change);
  }

  /** Resolves when the usage of aborted requests is written, or cannot be written for now. Never rejects. */
  flushUsage(): Promise<void> {
    return this.#parts.ledger.flush();
  }

  /** Empties the key cache and makes pending reads stale. Synchronous. */
  clear(): void {
    const { access, channels, prices, restores } = this.#parts;
    access.forget();
    channels.ask();
    prices.ask();
    if (this.hasJoined) restores.ask();
  }

  /**
   * Aborts all in-flight requests; resolves when that is done. Never rejects.
   * @param withinMs how long clients may take to read the end; 0 discards unread bytes at once
   */
  abortAll(withinMs: number): Promise<void> {
    const lapsed = new HalleyError('store_unavailable', { log: 'the lease has lapsed' });
    return this.#parts.access.endAll(lapsed, withinMs);
  }
}
