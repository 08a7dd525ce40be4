/**
 * The access revocation service: the only way to revoke access. Each method resolves once its change is committed
 * and applied everywhere: keys evicted, in-flight requests aborted, their usage charged, tombstones recorded, and
 * the same on every other node. Each throws `store_unavailable` when that is not certain.
 */
import type { Origin } from '../domain/audit.ts';
import type { KeyChange, KeyRow } from '../domain/key.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../store/ledger-store.ts';
import type {
  AccessWrites,
  AccountChange,
  AccountRow,
  CommittedChange,
  Credential,
  NewKey,
  OnCommitted,
  RevokedCredentials,
  TombstoneBase,
} from '../store/store.ts';
import type { Confirmation, OnProgress } from './barriers.ts';
import {
  type Applied,
  accountSubject,
  keySubject,
  type PendingRevocations,
  type Subject,
} from './pending-revocations.ts';
import type { RevocationAction } from './recent-revocations.ts';

/** The service in the name of someone. */
export type RevocationBy = (origin: Origin, listener?: RevocationListener) => AccessRevocation;

export interface AccessStore extends AccessWrites {
  readonly tombstones: Pick<TombstoneBase, 'ofKeys' | 'ofAccount' | 'ofOwner'>;
}

/** Hears what a change does until it is applied everywhere. */
export interface RevocationListener {
  /** How long it waited for other nodes, if there are any. */
  readonly confirmed?: (confirmation: Confirmation) => void;
  /** In the turn of the commit. */
  readonly committed?: (changes: readonly CommittedChange[]) => void;
  readonly progress?: OnProgress;
  /** The change is applied everywhere; its receipts may not be stored yet. */
  readonly applied?: () => void;
}

export class AccessRevocation {
  readonly #store: AccessStore;
  readonly #pending: PendingRevocations;
  readonly #listener: RevocationListener;

  constructor(store: AccessStore, pending: PendingRevocations, listener: RevocationListener = {}) {
    this.#store = store;
    this.#pending = pending;
    this.#listener = listener;
  }

  /** As `AccessWrites.insertKey`. It revokes nothing, so it does not wait for other nodes. */
  insertKey(key: NewKey, keysMax: number, credential?: Credential): ReturnType<AccessWrites['insertKey']> {
    return this.#store.insertKey(key, keysMax, (changes) => this.#pending.begin(changes), credential);
  }

  /** As `AccessWrites.updateKey`. */
  async updateKey(accountId: number, id: number, fields: KeyChange): Promise<KeyRow | undefined> {
    // Flush first, so that earlier usage is not charged to the new quota.
    await this.#pending.flushUsage();
    return this.#applied('key_changed', [keySubject(id)], (onCommitted) =>
      this.#store.updateKey(accountId, id, fields, onCommitted),
    );
  }

  /** As `AccessWrites.deleteKeys`. When it resolves, every node refuses the keys. */
  async deleteKeys(accountId: number, ids: readonly number[]): Promise<readonly number[]> {
    const recorded = new Set<number>();
    const deleted = await this.#applied('keys_deleted', ids.map(keySubject), (onCommitted) =>
      this.#store.deleteKeys(accountId, ids, (changes) => {
        onCommitted(changes);
        for (const { tombstone } of changes) if (tombstone) recorded.add(tombstone.id);
      }),
    );
    const left = ids.filter((id) => !recorded.has(id));
    // Of an earlier attempt, whose recording may have failed.
    if (left.length > 0)
      await this.#pending.recordAgain(await this.#store.tombstones.ofKeys(accountId, left));
    return deleted;
  }

  /** As `AccessWrites.updateAccount`. */
  async updateAccount(
    id: number,
    fields: AccountChange,
    actorId: number,
    credential?: Credential,
  ): Promise<AccountRow | 'username_taken' | undefined> {
    await this.#pending.flushUsage();
    return this.#applied('account_changed', [accountSubject(id)], (onCommitted) =>
      this.#store.updateAccount(id, fields, actorId, onCommitted, credential),
    );
  }

  /** As `AccessWrites.deleteAccount`. Aborting the requests of an account aborts those of its keys. */
  async deleteAccount(id: number): Promise<boolean> {
    const isDeleted = await this.#applied('account_deleted', [accountSubject(id)], (onCommitted) =>
      this.#store.deleteAccount(id, onCommitted),
    );
    await this.#pending.recordAgain(await this.#store.tombstones.ofAccount(id));
    return isDeleted;
  }

  /** As `AccessWrites.revokeCredentials`. When it resolves, every node refuses all of them. */
  async revokeCredentials(id: number): Promise<RevokedCredentials | undefined> {
    const revoked = await this.#applied('credentials_revoked', [accountSubject(id)], (onCommitted) =>
      this.#store.revokeCredentials(id, onCommitted),
    );
    // Includes those of an earlier attempt, whose recording may have failed.
    await this.#pending.recordAgain(await this.#store.tombstones.ofOwner(id));
    return revoked;
  }

  /** As `AccessWrites.topUp`. */
  topUp(topup: NewTopup): Promise<BalanceEntry | TopupRefusal> {
    return this.#applied('balance_changed', [accountSubject(topup.accountId)], (onCommitted) =>
      this.#store.topUp(topup, onCommitted),
    );
  }

  /** Writes, and waits until the changes of this write and earlier ones of the same subjects are applied. */
  async #applied<Result>(
    action: RevocationAction,
    subjects: readonly Subject[],
    write: (onCommitted: OnCommitted) => Promise<Result>,
  ): Promise<Result> {
    let own: readonly Applied[] = [];
    const result = await write((changes) => {
      own = this.#pending.begin(changes, this.#listener.progress);
      this.#listener.committed?.(changes);
    });
    const applied = this.#pending.applied(own, subjects);
    const confirmation = await (own.length > 0
      ? this.#pending.recent.measure(action, subjects.length, applied)
      : applied);
    if (confirmation) this.#listener.confirmed?.(confirmation);
    this.#listener.applied?.();
    await this.#pending.receiptsStored();
    return result;
  }
}
