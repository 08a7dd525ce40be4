/**
 * The access revocation service: the one way to take a right away. Each method resolves once its change is committed
 * and applied everywhere: keys evicted, in-flight requests aborted, their usage charged, tombstones recorded, and the
 * same on every other node. Each throws `store_unavailable` when that is not certain.
 */
import type { KeyChange, KeyRow } from '../domain/key.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../store/ledger-store.ts';
import type {
  AccessWrites,
  AccountChange,
  AccountRow,
  Credential,
  NewKey,
  RevokedCredentials,
  Store,
} from '../store/store.ts';
import type { Confirmation } from './barriers.ts';
import { accountSubject, keySubject, type PendingRevocations } from './pending-revocations.ts';

type AccessStore = Pick<Store, keyof AccessWrites | 'tombstones'>;

export class AccessRevocation {
  readonly #store: AccessStore;
  readonly #pending: PendingRevocations;
  readonly #onConfirmed: (confirmation: Confirmation) => void;

  /** @param onConfirmed called with how long a change waited for other nodes, where there are any */
  constructor(
    store: AccessStore,
    pending: PendingRevocations,
    onConfirmed: (confirmation: Confirmation) => void = () => undefined,
  ) {
    this.#store = store;
    this.#pending = pending;
    this.#onConfirmed = onConfirmed;
  }

  /** The same service, which reports what each change waited for. */
  reporting(onConfirmed: (confirmation: Confirmation) => void): AccessRevocation {
    return new AccessRevocation(this.#store, this.#pending, onConfirmed);
  }

  /** As `AccessWrites.insertKey`. It revokes nothing, so it does not wait for other nodes. */
  insertKey(key: NewKey, keysMax: number, credential?: Credential): ReturnType<AccessWrites['insertKey']> {
    return this.#store.insertKey(key, keysMax, this.#pending.begin, credential);
  }

  /** As `AccessWrites.updateKey`. */
  async updateKey(accountId: number, id: number, fields: KeyChange): Promise<KeyRow | undefined> {
    // Usage from before a new quota is set must not be charged to it afterwards.
    await this.#pending.flushUsage();
    const row = await this.#store.updateKey(accountId, id, fields, this.#pending.begin);
    await this.#applied(keySubject(id));
    return row;
  }

  /** As `AccessWrites.deleteKeys`: once this resolves, the keys are dead. */
  async deleteKeys(accountId: number, ids: readonly number[]): Promise<readonly number[]> {
    const deleted = await this.#store.deleteKeys(accountId, ids, this.#pending.begin);
    await this.#applied(...ids.map(keySubject));
    await this.#pending.recordAgain(await this.#store.tombstones.ofKeys(accountId, ids));
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
    const row = await this.#store.updateAccount(id, fields, actorId, this.#pending.begin, credential);
    await this.#applied(accountSubject(id));
    return row;
  }

  /** As `AccessWrites.deleteAccount`. Aborting the requests of an account aborts those of its keys. */
  async deleteAccount(id: number): Promise<boolean> {
    const isDeleted = await this.#store.deleteAccount(id, this.#pending.begin);
    await this.#applied(accountSubject(id));
    await this.#pending.recordAgain(await this.#store.tombstones.ofAccount(id));
    return isDeleted;
  }

  /** As `AccessWrites.revokeCredentials`: once this resolves, none of them authenticates anything. */
  async revokeCredentials(id: number): Promise<RevokedCredentials | undefined> {
    const revoked = await this.#store.revokeCredentials(id, this.#pending.begin);
    await this.#applied(accountSubject(id));
    // Also those of an earlier attempt, whose recording may have failed.
    await this.#pending.recordAgain(await this.#store.tombstones.ofOwner(id));
    return revoked;
  }

  /** As `AccessWrites.topUp`. */
  async topUp(topup: NewTopup): Promise<BalanceEntry | TopupRefusal> {
    const entry = await this.#store.topUp(topup, this.#pending.begin);
    await this.#applied(accountSubject(topup.accountId));
    return entry;
  }

  async #applied(...subjects: Parameters<PendingRevocations['applied']>[0]): Promise<void> {
    const confirmation = await this.#pending.applied(subjects);
    if (confirmation) this.#onConfirmed(confirmation);
  }
}
