/** Applies committed access changes on this node, and tracks them until every node has applied them. */
import type { Tombstone } from '../domain/tombstone.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import type { AccessChange, CommittedChange } from '../store/store.ts';
import type { Confirmation } from './barriers.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { TombstoneRecorder } from './tombstone-recorder.ts';

/** The key cache and the in-flight requests of this node. */
export interface LocalAccess {
  /** Removes from the cache what the change may have made stale. Synchronous. */
  evict(change: AccessChange): void;
  /** Resolves when no request of this node relies on the revoked right any more. Never rejects. */
  enforce(change: AccessChange): Promise<unknown>;
}

export interface PendingRevocationsOptions {
  readonly access: LocalAccess;
  /** Writes the usage of aborted requests; never rejects. */
  readonly ledger: { flush(): Promise<void> };
  readonly recorder: Pick<TombstoneRecorder, 'record'>;
  /** Undefined = no other node shares the database. */
  readonly node: Pick<ClusterNode, 'confirmed'> | undefined;
  readonly metrics: { revocationDone(seconds: number): void };
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** The key or the account that a change is about. */
type Subject = `key ${number}` | `account ${number}`;

export const keySubject = (id: number): Subject => `key ${id}`;
export const accountSubject = (id: number): Subject => `account ${id}`;

const subjectOf = (change: AccessChange): Subject =>
  change.kind === 'key' ? keySubject(change.keyId) : accountSubject(change.accountId);

export class PendingRevocations {
  readonly #options: PendingRevocationsOptions;
  readonly #pending = new Map<Subject, Set<Promise<Confirmation | undefined>>>();

  constructor(options: PendingRevocationsOptions) {
    this.#options = options;
  }

  /**
   * Begins to apply changes in the turn of their commit: evicts at once, and starts to abort, record and confirm. An
   * `OnCommitted`. It begins every change even when one fails, since the commit cannot be undone.
   */
  readonly begin = (changes: readonly CommittedChange[]): void => {
    const failures: unknown[] = [];
    for (const committed of changes) {
      try {
        this.#begin(committed);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'committed, but not applied');
  };

  #begin({ change, seq, tombstone }: CommittedChange): void {
    const { access, recorder } = this.#options;
    access.evict(change);
    const enforced = this.#enforce(change);
    const elsewhere = seq === undefined ? undefined : this.#confirmed(seq);
    const recorded = tombstone && recorder.record([tombstone]);
    const done = Promise.all([elsewhere, enforced, recorded]).then(([confirmation]) => confirmation);
    this.#track(subjectOf(change), done);
  }

  async #enforce(change: AccessChange): Promise<void> {
    const { access, ledger, metrics, clock } = this.#options;
    const beganAt = clock.monotonic();
    await access.enforce(change);
    await ledger.flush();
    metrics.revocationDone((clock.monotonic() - beganAt) / 1000);
  }

  async #confirmed(seq: number): Promise<Confirmation> {
    const { node } = this.#options;
    if (!node) throw new Error('the change has a sequence, but this node is in no cluster');
    return node.confirmed(seq);
  }

  #track(subject: Subject, done: Promise<Confirmation | undefined>): void {
    const pending = this.#pending.get(subject) ?? new Set();
    this.#pending.set(subject, pending.add(done));
    const remove = () => {
      pending.delete(done);
      if (pending.size === 0 && this.#pending.get(subject) === pending) this.#pending.delete(subject);
    };
    done.then(remove, remove);
  }

  /** Resolves when the usage known so far is written. Never rejects. */
  flushUsage(): Promise<void> {
    return this.#options.ledger.flush();
  }

  /**
   * Resolves when every change of these subjects that was committed by now is applied everywhere. It does not wait for
   * changes of other subjects. A repeated DELETE waits for the first one, since both have the same subject.
   * @returns the longest wait for other nodes; undefined = there are none
   * @throws HalleyError('store_unavailable') when it is not certain
   */
  async applied(subjects: readonly Subject[]): Promise<Confirmation | undefined> {
    const pending = subjects.flatMap((subject) => [...(this.#pending.get(subject) ?? [])]);
    const outcomes = await Promise.allSettled(pending);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw unconfirmed(failed.reason);
    const confirmations = outcomes.flatMap((each) => (each.status === 'fulfilled' ? (each.value ?? []) : []));
    return confirmations.toSorted((one, other) => other.waitedMs - one.waitedMs)[0];
  }

  /**
   * Records the tombstones of deletions that another node, or an earlier attempt, may have made without recording.
   * @throws HalleyError('store_unavailable') when it is not certain that they are recorded
   */
  async recordAgain(tombstones: readonly Tombstone[]): Promise<void> {
    try {
      await this.#options.recorder.record(tombstones);
    } catch (error) {
      throw unconfirmed(error);
    }
  }
}

function unconfirmed(reason: unknown): HalleyError {
  return new HalleyError('store_unavailable', {
    message: 'The change was made, but could not be confirmed everywhere. Send it again.',
    log: `enforcing a change of rights failed: ${reason instanceof HalleyError ? (reason.log ?? reason.message) : String(reason)}`,
  });
}
