/** Applies committed access changes on this node, and tracks them until every node has applied them. */
import type { Access } from '../access/access.ts';
import type { Tombstone } from '../domain/tombstone.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import type { AccessChange, CommittedChange } from '../store/store.ts';
import type { Confirmation } from './barriers.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { TombstoneRecorder } from './tombstone-recorder.ts';

/** The components to which a change is applied. */
export interface PendingRevocationsOptions {
  readonly access: Pick<Access, 'evict' | 'enforce'>;
  readonly ledger: Pick<Ledger, 'flush'>;
  readonly recorder: Pick<TombstoneRecorder, 'record'>;
  /** Undefined when no other node shares the database. */
  readonly node: Pick<ClusterNode, 'confirmed'> | undefined;
  readonly metrics: Pick<Metrics, 'revocationDone'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** The key or the account of a change. */
export type Subject = `key ${number}` | `account ${number}`;

export const keySubject = (id: number): Subject => `key ${id}`;
export const accountSubject = (id: number): Subject => `account ${id}`;

const subjectOf = (change: AccessChange): Subject =>
  change.kind === 'key' ? keySubject(change.keyId) : accountSubject(change.accountId);

/** Resolves when a change is applied everywhere, with undefined when there are no other nodes. */
export type Applied = Promise<Confirmation | undefined>;

export class PendingRevocations {
  readonly #options: PendingRevocationsOptions;
  readonly #pending = new Map<Subject, Set<Applied>>();

  constructor(options: PendingRevocationsOptions) {
    this.#options = options;
  }

  /**
   * Begins to apply changes in the turn of their commit: evicts before it returns, and starts to abort, record and
   * confirm. It begins every change even when one fails, since the commit cannot be undone.
   */
  begin(changes: readonly CommittedChange[]): readonly Applied[] {
    return changes.map((committed) => this.#track(subjectOf(committed.change), this.#apply(committed)));
  }

  /** An async function, so that a failed eviction fails this change and no other. */
  async #apply({ change, seq, tombstone }: CommittedChange): Applied {
    const { access, recorder } = this.#options;
    // Mutated by tests: own changes are evicted
    access.evict(change);
    const [confirmation] = await Promise.all([
      seq === undefined ? undefined : this.#confirmed(seq),
      this.#enforce(change),
      tombstone && recorder.record([tombstone]),
    ]);
    return confirmation;
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

  #track(subject: Subject, done: Applied): Applied {
    const pending = this.#pending.get(subject) ?? new Set();
    this.#pending.set(subject, pending.add(done));
    const remove = () => {
      pending.delete(done);
      if (pending.size === 0 && this.#pending.get(subject) === pending) this.#pending.delete(subject);
    };
    done.then(remove, remove);
    return done;
  }

  /** Resolves when the usage known so far is written. Never rejects. */
  flushUsage(): Promise<void> {
    return this.#options.ledger.flush();
  }

  /**
   * Resolves when `own` changes and every pending change of these subjects are applied everywhere. It does not wait
   * for changes of other subjects. A repeated DELETE waits for the first one, since both have the same subject.
   * @param own changes of the caller; one that failed before its write returned is not pending any more
   * @returns the longest wait for other nodes; undefined without other nodes
   * @throws HalleyError('store_unavailable') when it is not certain
   */
  async applied(own: readonly Applied[], subjects: readonly Subject[]): Applied {
    const pending = subjects.flatMap((subject) => [...(this.#pending.get(subject) ?? [])]);
    const outcomes = await Promise.allSettled(new Set([...own, ...pending]));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw unconfirmed(failed.reason);
    const confirmations = outcomes.flatMap((each) => (each.status === 'fulfilled' ? (each.value ?? []) : []));
    return confirmations.toSorted((one, other) => other.waitedMs - one.waitedMs)[0];
  }

  /**
   * Records the tombstones of deletions that another node, or an earlier attempt, may not have recorded.
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
