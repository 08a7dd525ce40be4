/** What a database keeps of that which is gone for good. See `Store` for errors. */
import type { DeletedKey, Tombstone, TombstoneKind } from '../domain/tombstone.ts';
import type { KeyScope, Page, PageQuery } from './store.ts';

/** Where a page of tombstones by time ends: the next one begins after it. */
export type TombstonePlace = Pick<Tombstone, 'deletedAt' | 'digest'>;

/** What of the tombstones given was alive in the database, and is deleted by now. */
export type Reapplied = Readonly<Record<TombstoneKind, number>>;

/** Requests with the value of a key that may be one that was deleted. */
export interface KeyAttempts {
  readonly digest: Uint8Array;
  readonly attempts: number;
  /** Whole seconds since 1970 UTC. */
  readonly lastAt: number;
  /** The latest first. */
  readonly addresses: readonly string[];
}

export interface DeletedKeyQuery {
  /** Undefined = of every account. */
  readonly accountId?: number | undefined;
  /** Of accounts whose role is lower; undefined = of any. Those of deleted accounts are always among them. */
  readonly belowRole?: number | undefined;
  /** Whole seconds since 1970 UTC. */
  readonly since: number;
  /** Only those that were tried since they were deleted. */
  readonly attempted: boolean;
}

/** Reads, and writes that take no rights away. */
export interface TombstoneBase {
  /** Those of keys of an account, by their ids. */
  ofKeys(accountId: number, ids: readonly number[]): Promise<readonly Tombstone[]>;
  /** Those of keys, by their ids, of accounts of the scope that are there still. */
  ofManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly Tombstone[]>;
  /** That of a key, by the digest of its value. */
  ofKey(digest: Uint8Array): Promise<Tombstone | undefined>;
  /** Those of all keys and access tokens that an account has lost. */
  ofOwner(accountId: number): Promise<readonly Tombstone[]>;
  /** Those of an account that was deleted, and of the keys that were deleted with it. */
  ofAccount(accountId: number): Promise<readonly Tombstone[]>;
  /** All of them, by time; not more than `limit`. @param after undefined = from the first on */
  list(after: TombstonePlace | undefined, limit: number): Promise<readonly Tombstone[]>;
  /** Those with these digests, in any order. */
  ofDigests(digests: readonly Uint8Array[]): Promise<readonly Tombstone[]>;
  /** Deleted last first. `total` counts up to `limits.records_counted_max`. */
  listDeletedKeys(query: DeletedKeyQuery, page: PageQuery): Promise<Page<DeletedKey>>;
  /**
   * Adds to the attempts of those digests that are of deleted keys; the others are passed over.
   * @returns how many attempts were added
   */
  addAttempts(attempts: readonly KeyAttempts[]): Promise<number>;
}

export interface TombstoneStore extends TombstoneBase {
  /**
   * Deletes again what these tombstones say, which the database lacks since it was restored: keys, accounts and access
   * tokens that are alive in it. All sessions end too, since those that had ended may be back. Ids that the tombstones
   * name are not given again. Not announced to listeners.
   */
  reapply(tombstones: readonly Tombstone[]): Promise<Reapplied>;
}
