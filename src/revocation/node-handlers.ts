/** Applies changes of the log and the end of the lease to this node. */

import type { Access, Enforcement } from '../access/access.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { HalleyError } from '../platform/errors.ts';
import type { Task } from '../platform/scheduler.ts';
import type { LoggedChange, RunningCount, RunningSubject } from '../store/coordination.ts';
import type { KeyReport } from '../store/receipt-store.ts';
import { reportOf } from './key-reports.ts';

export interface NodeParts {
  readonly access: Pick<Access, 'evict' | 'enforce' | 'forget' | 'endAll' | 'lastAdmission' | 'running'>;
  readonly ledger: Pick<Ledger, 'flush'>;
  /** Reload the channels and the prices. */
  readonly channels: Pick<Task, 'ask'>;
  readonly prices: Pick<Task, 'ask'>;
  /** Compares the database with the tombstone log. */
  readonly restores: Pick<Task, 'ask'>;
  readonly protection: { noteChange(change: LoggedChange): void };
}

const nothing: Enforcement = { found: 0, ended: 0 };

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
   */
  enforce(change: LoggedChange): Promise<Enforcement> {
    if (change.kind === 'channels' || change.kind === 'prices') return Promise.resolve(nothing);
    this.#parts.protection.noteChange(change);
    return this.#parts.access.enforce(change);
  }

  /** What this node knows of a key that was deleted, once the deletion is enforced. */
  report(keyId: number, enforcement: Enforcement, appliedAt: number): KeyReport {
    return reportOf(this.#parts.access, keyId, enforcement, appliedAt);
  }

  /** How many requests of these keys run on this node. */
  running(subject: RunningSubject): RunningCount {
    return this.#parts.access.running(subject);
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
    const lapsed = new HalleyError('store_unavailable', { log: 'the lease has expired' });
    return this.#parts.access.endAll(lapsed, withinMs);
  }
}
