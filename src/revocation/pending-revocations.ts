/** Applies committed access changes on this node, and tracks them until every node has applied them. */
import type { Access, Enforcement } from '../access/access.ts';
import type { Tombstone } from '../domain/tombstone.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import type { AccessChange, CommittedChange } from '../store/store.ts';
import type { Confirmation, OnProgress } from './barriers.ts';
import type { ClusterNode } from './cluster-node.ts';
import { reportOf } from './key-reports.ts';
import type { Receipts } from './receipts.ts';
import { RecentRevocations } from './recent-revocations.ts';
import type { TombstoneRecorder } from './tombstone-recorder.ts';

/** The components to which a change is applied. */
export interface PendingRevocationsOptions {
  readonly access: Pick<Access, 'evict' | 'enforce' | 'lastAdmission'>;
  readonly ledger: Pick<Ledger, 'flush'>;
  readonly recorder: Pick<TombstoneRecorder, 'record'>;
  /** Undefined when no other node shares the database. */
  readonly node: Pick<ClusterNode, 'confirmed'> | undefined;
  readonly metrics: Pick<Metrics, 'revocationDone'>;
  readonly receipts: Pick<Receipts, 'begin' | 'giveUp' | 'complete'>;
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
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
  /** The last changes through this node. */
  readonly recent: RecentRevocations;
  readonly #options: PendingRevocationsOptions;
  readonly #pending = new Map<Subject, Set<Applied>>();
  /** Receipts that are being completed. */
  readonly #receipts = new Set<Promise<void>>();

  constructor(options: PendingRevocationsOptions) {
    this.#options = options;
    this.recent = new RecentRevocations(options.clock);
  }

  /**
   * Begins to apply changes in the turn of their commit: evicts before it returns, and starts to abort, record and
   * confirm. It begins every change even when one fails, since the commit cannot be undone.
   * @param onProgress called while other nodes are waited for
   */
  begin(changes: readonly CommittedChange[], onProgress?: OnProgress): readonly Applied[] {
    return changes.map((committed) =>
      this.#track(subjectOf(committed.change), this.#apply(committed, onProgress)),
    );
  }

  /** An async function, so that a failed eviction fails this change and no other. */
  async #apply({ change, seq, tombstone, receipt }: CommittedChange, onProgress?: OnProgress): Applied {
    const { access, recorder, receipts, clock } = this.#options;
    // Mutated by tests: own changes are evicted
    access.evict(change);
    const committedAt = clock.now();
    const begun = clock.monotonic();
    // A wall clock that is set meanwhile must not end a deletion before its commit.
    const wallTime = () => committedAt + Math.ceil(clock.monotonic() - begun);
    if (receipt) receipts.begin(receipt.id);
    try {
      const [confirmation, enforced] = await Promise.all([
        seq === undefined ? undefined : this.#confirmed(seq, onProgress),
        this.#enforce(change, wallTime),
        tombstone && recorder.record([tombstone]),
      ]);
      const confirmedAt = wallTime();
      if (receipt) {
        const own = reportOf(access, receipt.keyId, enforced, enforced.at);
        this.#trackReceipt(receipts.complete({ receipt, committedAt, confirmedAt, own, confirmation }));
      }
      return confirmation;
    } catch (error) {
      if (receipt) receipts.giveUp(receipt.id);
      throw error;
    }
  }

  #trackReceipt(completing: Promise<void>): void {
    this.#receipts.add(completing);
    void completing.then(() => this.#receipts.delete(completing));
  }

  /** Resolves when the receipts of applied deletions are stored, or soon at the latest. Never rejects. */
  async receiptsStored(): Promise<void> {
    await Promise.all(this.#receipts);
  }

  async #enforce(
    change: AccessChange,
    wallTime: () => number,
  ): Promise<Enforcement & { readonly at: number }> {
    const { access, ledger, metrics, clock } = this.#options;
    const beganAt = clock.monotonic();
    const enforcement = await access.enforce(change);
    const at = wallTime();
    await ledger.flush();
    metrics.revocationDone((clock.monotonic() - beganAt) / 1000);
    return { ...enforcement, at };
  }

  async #confirmed(seq: number, onProgress: OnProgress | undefined): Promise<Confirmation> {
    const { node } = this.#options;
    if (!node) throw new Error('the change has a sequence, but this node is in no cluster');
    return node.confirmed(seq, onProgress);
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
