/**
 * The storage interface, which both engines implement and one contract suite checks (`contract.test.ts`). The store
 * keeps rows as they are: callers create values, times and all ids other than row ids. Every method throws
 * `HalleyError('store_unavailable')` when the database cannot answer; a write that throws has changed nothing, or its
 * log text says that the outcome is unknown.
 */

import type { AuditNote, Origin } from '../domain/audit.ts';
import type { BudgetChange, BudgetState } from '../domain/budget.ts';
import type { ChannelOptions } from '../domain/channel-options.ts';
import type { KeyChange, KeyFields, KeyRow } from '../domain/key.ts';
import type { Preferences } from '../domain/preferences.ts';
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { DeletedKey, Tombstone, TombstoneKind } from '../domain/tombstone.ts';
import type { AuditStore } from './audit-store.ts';
import type { JobStore } from './job-store.ts';
import type { KeyCounts, KeyFilter, KeyLook, KeyOrder, Looked } from './key-list.ts';
import type {
  BalanceEntry,
  LedgerStore,
  MultiplierRow,
  NewPrice,
  NewTopup,
  TopupRefusal,
} from './ledger-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { NewReceiptKey, OpenReceipt, ReceiptKeyRow, ReceiptStore } from './receipt-store.ts';
import type { SealedStore } from './sealed-store.ts';
import type { SessionRow, SignInStore } from './sign-in-store.ts';

export const roles = { user: 1, admin: 10, root: 100 } as const;
export type Role = (typeof roles)[keyof typeof roles];

/** An account. Times in whole seconds UTC; quota in units. */
export interface AccountRow extends BudgetState {
  readonly id: number;
  readonly username: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: Role;
  readonly state: 'enabled' | 'disabled';
  readonly group: string;
  /** The units left to spend; without meaning while `unlimitedQuota`. */
  readonly quota: number;
  readonly unlimitedQuota: boolean;
  readonly usedQuota: number;
  /** Units reserved by in-flight requests; `quota` still includes them. */
  readonly reserved: number;
  readonly requestCount: number;
  readonly passwordHash: string;
  /** SHA-256 of the personal access token, or null when none was made. */
  readonly accessTokenDigest: Uint8Array | null;
  readonly createdAt: number;
}

/** A filter of accounts; undefined = any. */
export interface AccountQuery {
  /** Part of a name or of the email, or the id. */
  readonly keyword?: string | undefined;
  readonly state?: AccountRow['state'] | undefined;
  readonly role?: Role | undefined;
}

export type NewAccount = Omit<
  AccountRow,
  'id' | 'usedQuota' | 'requestCount' | 'reserved' | 'budgetUsed' | 'budgetStart'
> & {
  /** Usage elsewhere before, without that of its keys. */
  readonly carried?: CarriedUsage | undefined;
};

/** Usage at another gateway, of which there are no records here. */
export interface CarriedUsage {
  readonly requests: number;
  readonly units: number;
}
export type AccountFields = Pick<
  AccountRow,
  | 'username'
  | 'displayName'
  | 'email'
  | 'role'
  | 'state'
  | 'group'
  | 'quota'
  | 'unlimitedQuota'
  | 'passwordHash'
  | 'accessTokenDigest'
  | 'budget'
>;
/** A change may name single members of a budget, so that it does not undo concurrent changes of the others. */
export type AccountChange = Partial<Omit<AccountFields, 'budget'>> & {
  readonly budget?: BudgetChange;
  /** Nothing is changed unless the account has this hash still. */
  readonly formerPasswordHash?: string;
};

/** The credential of a caller, so that a write can check in its own transaction that it is still valid. */
export interface Credential {
  /** `setup`: a one-time code (`SetupCode`). */
  readonly kind: 'token' | 'session' | 'setup';
  readonly digest: Uint8Array;
}

/** What was revoked of an account. */
export interface RevokedCredentials {
  readonly keyIds: readonly number[];
  /** Whether there was an access token. */
  readonly accessToken: boolean;
  readonly sessions: number;
}

/** An upstream that serves models. Callers seal its secrets. */
export interface ChannelRow {
  readonly id: number;
  readonly name: string;
  readonly state: 'enabled' | 'disabled';
  readonly protocols: readonly ProtocolName[];
  /** Origin and optional base path, without a trailing slash; `demo:` is the built-in demo upstream. */
  readonly baseUrl: string;
  /** The upstream's keys as one JSON array of strings, sealed; null when it needs none. */
  readonly sealedKeys: Uint8Array | null;
  readonly models: readonly string[];
  /** From the model that clients name to the model that the upstream knows. */
  readonly modelMapping: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  /** Higher goes first. */
  readonly priority: number;
  /** Share among channels of the same priority; 0 = only when no other of that priority is left. */
  readonly weight: number;
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Milliseconds; null = the setting. */
  readonly connectMs: number | null;
  readonly firstByteMs: number | null;
  readonly idleChunkMs: number | null;
  /** `direct`, or scheme, host and port of a proxy; null = the settings decide. */
  readonly proxy: string | null;
  /** User name and password for that proxy, joined by a colon and sealed; null when it needs none. */
  readonly sealedProxyAuth: Uint8Array | null;
  /** Whether OpenAI streams may be asked for usage (`stream_options`) where the client does not ask. */
  readonly streamUsage: boolean;
  /** The kind of upstream, by its name in upstreams/kinds. */
  readonly kind: string;
  readonly options: ChannelOptions;
  readonly createdAt: number;
}
export type ChannelFields = Omit<ChannelRow, 'id' | 'createdAt'>;

export interface Page<Row> {
  readonly total: number;
  readonly items: readonly Row[];
}
export interface PageQuery {
  readonly offset: number;
  readonly limit: number;
  /** Only records with lower ids, to continue a listing whatever was added or deleted since. */
  readonly beforeId?: number | undefined;
}

/** The exclusive upper bound of the ids of a page; no row has the largest. */
export const firstIdOf = ({ beforeId }: PageQuery): number => beforeId ?? Number.MAX_SAFE_INTEGER;

/** A key together with the account that owns it, read in one statement. */
export interface KeyWithAccount {
  readonly key: KeyRow;
  readonly account: AccountRow;
}

export type KeyListPage = Page<KeyWithAccount> & Looked;

/** A filter of keys; undefined = any. */
export interface KeyQuery {
  /**
   * Matches exactly, or as a pattern where `%` stands for any run of characters (`_` and `\` are ordinary
   * characters).
   */
  readonly name?: string | undefined;
  /** Of the key's value. */
  readonly digest?: Uint8Array | undefined;
  readonly accountId?: number | undefined;
}

/** The keys that an account may manage: its own, and those of all accounts with a lower role. */
export type KeyScope = Pick<AccountRow, 'id' | 'role'>;

export type NewKey = KeyFields &
  Pick<KeyRow, 'accountId' | 'digest' | 'sealed' | 'hint' | 'createdAt'> & {
    /** Of a key whose value another gateway made: its usage there. */
    readonly imported?: CarriedUsage | undefined;
  };

/** Something that may change what a key can do: see `OnCommitted`. */
export type AccessChange =
  | { readonly kind: 'key'; readonly keyId: number; readonly digest: Uint8Array }
  | { readonly kind: 'account'; readonly accountId: number };

/** The last position of a page of tombstones by time: the next page begins after it. */
export type TombstonePosition = Pick<Tombstone, 'deletedAt' | 'digest'>;

/** How many credentials were alive in the database and are deleted again. */
export type Reapplied = Readonly<Record<TombstoneKind, number>>;

/** Requests with the value of a key that may be a deleted one. */
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
  /** Of accounts with a lower role; undefined = of any. Deleted accounts are always included. */
  readonly belowRole?: number | undefined;
  /** Whole seconds since 1970 UTC. */
  readonly since: number;
  /** Only keys that were used after their deletion. */
  readonly attempted: boolean;
}

/** Reads tombstones, and adds attempts. */
export interface TombstoneBase {
  /** Of keys of an account, by their ids. */
  ofKeys(accountId: number, ids: readonly number[]): Promise<readonly Tombstone[]>;
  /** Of keys, by their ids, of existing accounts of the scope. */
  ofManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly Tombstone[]>;
  /** Of a key, by the digest of its value. */
  ofKey(digest: Uint8Array): Promise<Tombstone | undefined>;
  /** Of all deleted keys and access tokens of an account. */
  ofOwner(accountId: number): Promise<readonly Tombstone[]>;
  /** Of a deleted account, and of the keys that were deleted with it. */
  ofAccount(accountId: number): Promise<readonly Tombstone[]>;
  /** All tombstones, by time; not more than `limit`. @param after undefined = from the first on */
  list(after: TombstonePosition | undefined, limit: number): Promise<readonly Tombstone[]>;
  /** Those with these digests, in any order. */
  ofDigests(digests: readonly Uint8Array[]): Promise<readonly Tombstone[]>;
  /** The last deleted first. `total` counts up to `limits.records_counted_max`. */
  listDeletedKeys(query: DeletedKeyQuery, page: PageQuery): Promise<Page<DeletedKey>>;
  /**
   * Adds to the attempts of digests of deleted keys; other digests are ignored.
   * @returns how many attempts were added
   */
  addAttempts(attempts: readonly KeyAttempts[]): Promise<number>;
}

export interface TombstoneStore extends TombstoneBase {
  /**
   * Reapplies tombstones that a restored database lacks: deletes their keys, accounts and access tokens where they are
   * alive. All sessions end too, since ended ones may be back. Ids that the tombstones name are not given again. Does
   * not call `onCommitted`.
   */
  reapply(tombstones: readonly Tombstone[]): Promise<Reapplied>;
}

/** Reads, writes of what requests leave behind, and the way to every other write: `by`. */
export interface StoreBase extends LedgerStore {
  readonly tombstones: TombstoneBase;
  readonly signIns: SignInStore;
  readonly receipts: ReceiptStore;
  readonly jobs: JobStore;
  readonly objects: ObjectStore;

  findKeyByDigest(digest: Uint8Array): Promise<KeyWithAccount | undefined>;
  /**
   * For admission: in one statement, and what a key without quota and budget has used may lack the latest requests.
   * Results in the order of the digests.
   */
  findKeysByDigests(digests: readonly Uint8Array[]): Promise<readonly (KeyWithAccount | undefined)[]>;
  findKeyById(id: number): Promise<KeyWithAccount | undefined>;
  /** Digests of imported key values, live and deleted, in their order; those after `after`, not more than `limit`. */
  importedDigests(after: Uint8Array, limit: number): Promise<readonly Uint8Array[]>;
  /** Only when it belongs to the account. */
  getKey(accountId: number, id: number): Promise<KeyRow | undefined>;
  /** Newest (highest id) first. */
  listKeys(accountId: number, page: PageQuery): Promise<Page<KeyRow>>;
  searchKeys(
    accountId: number,
    query: Pick<KeyQuery, 'name' | 'digest'>,
    page: PageQuery,
  ): Promise<Page<KeyRow>>;
  /** As `searchKeys`, over all accounts of the scope. */
  searchManagedKeys(scope: KeyScope, query: KeyQuery, page: PageQuery): Promise<Page<KeyWithAccount>>;
  /** Those of the scope among some keys, newest first. Deletions wait for it. */
  findManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly KeyWithAccount[]>;
  /**
   * For people: filtered, in any order, by pages of any depth.
   * @param page without `beforeId`
   */
  listKeysBy(filter: KeyFilter, order: KeyOrder, page: PageQuery, look: KeyLook): Promise<KeyListPage>;
  /** Counts the keys that `listKeysBy` lists without a filter, by status and by risk. */
  countKeysBy(filter: Pick<KeyFilter, 'accountId' | 'scope'>, look: KeyLook): Promise<KeyCounts>;
  countKeys(accountId: number): Promise<number>;

  getAccount(id: number): Promise<AccountRow | undefined>;
  findAccountByUsername(username: string): Promise<AccountRow | undefined>;
  findAccountByAccessToken(digest: Uint8Array): Promise<AccountRow | undefined>;
  /** `keyword` matches part of the user name, display name or email, or the id; newest first. */
  listAccounts(query: AccountQuery, page: PageQuery): Promise<Page<AccountRow>>;
  countAccounts(): Promise<number>;

  findSession(digest: Uint8Array): Promise<SessionRow | undefined>;
  deleteExpiredSessions(nowSeconds: number): Promise<number>;

  listChannels(): Promise<readonly ChannelRow[]>;
  getChannel(id: number): Promise<ChannelRow | undefined>;

  /** Writes in the name of someone: each notes in its own transaction who changed what, or changes nothing. */
  by(origin: Origin): Changes;
  readonly audit: AuditStore;

  /** Throws when the database cannot be written. */
  checkWritable(): Promise<void>;
}

/** An access change that is committed. */
export interface CommittedChange {
  readonly change: AccessChange;
  /** The sequence that other nodes must have applied before the change is confirmed; undefined = none need to. */
  readonly seq?: number;
  /** Of a credential that the change deletes for good. */
  readonly tombstone?: Tombstone;
  /** Of a key that the change deletes. */
  readonly receipt?: OpenReceipt;
}

/**
 * Applies committed changes on this node. A write calls it in the turn of the event loop in which it learns of its
 * commit, before its promise resolves: no request can be admitted from the cache in between. It must be synchronous.
 */
export type OnCommitted = (changes: readonly CommittedChange[]) => void;

/**
 * Writes that change what keys may do. While the gateway serves, only `revocation/access-revocation.ts` calls them; it
 * answers once each change is applied everywhere. Each write commits durably and then calls `onCommitted`.
 */
export interface AccessWrites {
  /**
   * Inserts a key. A cache may hold that no such key exists.
   * @param keysMax how many keys the account may have
   * @param credential of the caller, so that a credential revoked a moment ago creates no key; undefined = the gateway
   * @returns the row; `digest_taken` when the value exists or ever existed; `account_full` when the account has
   * `keysMax` keys; `no_account` when it is deleted or disabled, or `credential` no longer authenticates it
   */
  insertKey(
    key: NewKey,
    keysMax: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<KeyRow | 'digest_taken' | 'account_full' | 'no_account'>;
  updateKey(
    accountId: number,
    id: number,
    fields: KeyChange,
    onCommitted: OnCommitted,
  ): Promise<KeyRow | undefined>;
  /**
   * Deletes those of `ids` that belong to the account: the row and the sealed value are deleted, a tombstone of the
   * digest stays, so that the value is never accepted or issued again.
   * @returns the ids of the keys that were deleted
   */
  deleteKeys(accountId: number, ids: readonly number[], onCommitted: OnCommitted): Promise<readonly number[]>;
  /**
   * A new password, or disabling, ends the sessions of the account and its setup; an access token that is replaced or
   * removed leaves a tombstone.
   * @param actorId the account that makes the change, for the balance entry; 0 = the gateway
   * @param credential as of `insertKey`, of an account that changes itself
   */
  updateAccount(
    id: number,
    fields: AccountChange,
    actorId: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<AccountRow | 'username_taken' | undefined>;
  /** Also deletes its keys, access token and sessions. The account and its keys leave tombstones. */
  deleteAccount(id: number, onCommitted: OnCommitted): Promise<boolean>;
  /**
   * Deletes all keys of the account (with tombstones), its access token and its sessions, in one transaction. The
   * account, its password, balance and records stay.
   * @returns undefined when there is no such account
   */
  revokeCredentials(id: number, onCommitted: OnCommitted): Promise<RevokedCredentials | undefined>;
  /** Adds to an account's quota (or takes from it) and writes a balance entry. */
  topUp(topup: NewTopup, onCommitted: OnCommitted): Promise<BalanceEntry | TopupRefusal>;
}

/**
 * The writes that the audit log names. They exist only in the name of someone (`StoreBase.by`): a change that nobody
 * answers for does not compile.
 */
export interface Changes extends AccessWrites {
  readonly tombstones: TombstoneBase;

  insertAccount(account: NewAccount): Promise<AccountRow | 'username_taken'>;

  /** Signs in, which also ends the setup of the account. A session of an account that is gone is not kept. */
  insertSession(session: SessionRow): Promise<void>;
  /** Signs out; does nothing when there is no such session. */
  deleteSession(digest: Uint8Array): Promise<void>;
  /**
   * Ends a session of the account.
   * @param idBytes the first `sessionIdBytes` of its digest
   * @returns whether there was one
   */
  endSession(accountId: number, idBytes: Uint8Array): Promise<boolean>;
  /** Ends all sessions of the account but the one with the digest `kept`, if it has that. @returns how many */
  endOtherSessions(accountId: number, kept: Uint8Array): Promise<number>;

  setPreferences(account: Pick<AccountRow, 'id' | 'username'>, preferences: Preferences): Promise<void>;

  insertChannel(channel: ChannelFields & Pick<ChannelRow, 'createdAt'>): Promise<ChannelRow>;
  updateChannel(id: number, fields: Partial<ChannelFields>): Promise<ChannelRow | undefined>;
  deleteChannel(id: number): Promise<boolean>;

  /** All or none. A price replaces another of the same model from the same moment. */
  insertPrices(prices: readonly NewPrice[]): Promise<void>;
  /** Removes all prices of a model. @returns how many there were */
  removePrices(model: string): Promise<number>;
  setMultiplier(row: MultiplierRow): Promise<void>;
  removeMultipliers(group: string): Promise<number>;

  /**
   * Adds a key that signs receipts from now on, and destroys the private part of the former one.
   * @returns false when another key has taken the place of the former one meanwhile
   */
  replaceReceiptKey(key: NewReceiptKey, former: Pick<ReceiptKeyRow, 'id' | 'name'>): Promise<boolean>;

  /**
   * Notes what changes nothing in the database, such as the reading of a secret: before the secret is shown. All
   * notes or none.
   */
  note(notes: readonly AuditNote[]): Promise<void>;
}

export interface Store extends StoreBase {
  readonly tombstones: TombstoneStore;
  /** For replacing the server secret. */
  readonly sealed: SealedStore;
  /** Runs `work` while no other process on this database runs any: for filling an empty database. */
  withLock<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
