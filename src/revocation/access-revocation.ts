/**
 * The one way to take a right away. Each method answers only when the change is committed and everything
 * that follows from it has been carried out: memory evicted, running requests ended, their usage charged, and
 * all of that on every other node as well.
 */
import type { KeyChange, KeyRow } from '../domain/key.ts';
import type { Tombstone } from '../domain/tombstone.ts';
import { HalleyError } from '../platform/errors.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../store/ledger-store.ts';
import type {
  AccessChange,
  AccountChange,
  AccountRow,
  Credential,
  RevokedCredentials,
  RevokingWrites,
  Store,
} from '../store/store.ts';
import type { Confirmation } from './barriers.ts';

export interface Consequences {
  /** Writes what has been spent so far. Never rejects. */
  flushUsage(): Promise<void>;
  /** Must be synchronous: it runs between the commit and anything else this process does. */
  evict(change: AccessChange): void;
  /** Resolves when no request of this node relies on the withdrawn right any more. */
  enforce(change: AccessChange): Promise<void>;
  /** Resolves when no other node relies on it: see `Barriers.wait`. */
  confirm(seq: number): Promise<Confirmation>;
  /** Resolves when tombstones are on the disk outside the database: see `TombstoneRecorder.record`. */
  record(tombstones: readonly Tombstone[]): Promise<void>;
}

/** The key or the account that a change is about. */
type Subject = `key ${number}` | `account ${number}`;

const keySubject = (id: number): Subject => `key ${id}`;
const accountSubject = (id: number): Subject => `account ${id}`;

/** Applies changes of rights from their commit on, and knows which of them are still being applied. */
export class PendingRevocations {
  readonly flushUsage: () => Promise<void>;
  readonly #record: Consequences['record'];
  readonly #pending = new Map<Subject, Set<Promise<Confirmation | undefined>>>();

  constructor(store: Pick<Store, 'onAccessChange'>, consequences: Consequences) {
    this.flushUsage = () => consequences.flushUsage();
    this.#record = (tombstones) => consequences.record(tombstones);
    store.onAccessChange((change, seq, tombstone) => {
      consequences.evict(change);
      const enforced = consequences.enforce(change);
      const elsewhere = seq === undefined ? undefined : consequences.confirm(seq);
      const recorded = tombstone && consequences.record([tombstone]);
      const done = Promise.all([elsewhere, enforced, recorded]).then(([confirmation]) => confirmation);
      this.#track(change.kind === 'key' ? keySubject(change.keyId) : accountSubject(change.accountId), done);
    });
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

  /**
   * Resolves when every change of these subjects that was committed by now is applied. Changes of others are
   * not waited for. A repeated DELETE waits for the first one, since it is about the same key.
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
   * For a deletion that may have been made before, by another node or by this one when the log could not be written.
   * @throws HalleyError('store_unavailable') when they are not certain to be recorded
   */
  async recordAgain(tombstones: readonly Tombstone[]): Promise<void> {
    try {
      await this.#record(tombstones);
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

export class AccessRevocation implements RevokingWrites {
  readonly #store: Pick<Store, keyof RevokingWrites | 'tombstones'>;
  readonly #pending: PendingRevocations;
  readonly #onConfirmed: (confirmation: Confirmation) => void;

  /** @param onConfirmed told what each change waited for, where there are other nodes */
  constructor(
    store: Pick<Store, keyof RevokingWrites | 'tombstones'>,
    pending: PendingRevocations,
    onConfirmed: (confirmation: Confirmation) => void,
  ) {
    this.#store = store;
    this.#pending = pending;
    this.#onConfirmed = onConfirmed;
  }

  /** As `RevokingWrites.updateKey`; throws `store_unavailable` when the consequences are not confirmed. */
  async updateKey(accountId: number, id: number, fields: KeyChange): Promise<KeyRow | undefined> {
    // What was spent before a quota is set must not be taken off it after.
    await this.#pending.flushUsage();
    return this.#confirmed([keySubject(id)], this.#store.updateKey(accountId, id, fields));
  }

  /** As `RevokingWrites.deleteKeys`: once this resolves, the keys are dead. */
  async deleteKeys(accountId: number, ids: readonly number[]): Promise<readonly number[]> {
    const deleted = await this.#confirmed(ids.map(keySubject), this.#store.deleteKeys(accountId, ids));
    await this.#pending.recordAgain(await this.#store.tombstones.ofKeys(accountId, ids));
    return deleted;
  }

  async updateAccount(
    id: number,
    fields: AccountChange,
    actorId: number,
    credential?: Credential,
  ): Promise<AccountRow | 'username_taken' | undefined> {
    await this.#pending.flushUsage();
    return this.#confirmed([accountSubject(id)], this.#store.updateAccount(id, fields, actorId, credential));
  }

  async deleteAccount(id: number): Promise<boolean> {
    // Ending what runs for the account ends what runs with its keys.
    const isDeleted = await this.#confirmed([accountSubject(id)], this.#store.deleteAccount(id));
    await this.#pending.recordAgain(await this.#store.tombstones.ofAccount(id));
    return isDeleted;
  }

  /** As `RevokingWrites.revokeCredentials`: once this resolves, none of them opens anything. */
  async revokeCredentials(id: number): Promise<RevokedCredentials | undefined> {
    const revoked = await this.#confirmed([accountSubject(id)], this.#store.revokeCredentials(id));
    // Those of an earlier try too, whose record may have failed.
    await this.#pending.recordAgain(await this.#store.tombstones.ofOwner(id));
    return revoked;
  }

  async topUp(topup: NewTopup): Promise<BalanceEntry | TopupRefusal> {
    return this.#confirmed([accountSubject(topup.accountId)], this.#store.topUp(topup));
  }

  async #confirmed<Result>(subjects: readonly Subject[], write: Promise<Result>): Promise<Result> {
    const result = await write;
    const confirmation = await this.#pending.applied(subjects);
    if (confirmation) this.#onConfirmed(confirmation);
    return result;
  }
}
