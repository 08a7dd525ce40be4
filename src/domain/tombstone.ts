/** Tombstone of a deleted key, account or access token. Pure. */
import { digestOf, digestText } from './digest.ts';

export const tombstoneKinds = ['key', 'account', 'access_token'] as const;
export type TombstoneKind = (typeof tombstoneKinds)[number];

export interface Tombstone {
  readonly kind: TombstoneKind;
  /** SHA-256 of the credential, 32 bytes; of an account its `accountDigest`. */
  readonly digest: Uint8Array;
  /** Of the key or the account; 0 for an access token. */
  readonly id: number;
  /** Whose it was; null = it was deleted by a version that did not note it. */
  readonly accountId: number | null;
  /** Of a key its name, of an account its user name; empty = not known. */
  readonly name: string;
  /** Of a key, as `KeyRow.hint`; empty = not known. */
  readonly hint: string;
  /** Whole seconds since 1970 UTC. */
  readonly deletedAt: number;
}

/** A key that was deleted, with the requests that came with it since. */
export interface DeletedKey extends Tombstone {
  readonly attempts: number;
  /** Whole seconds since 1970 UTC; 0 = never. */
  readonly lastAttemptAt: number;
  /** Where they came from, the latest first; not more than `limits.deleted_key_addresses_max`. */
  readonly addresses: readonly string[];
}

/**
 * Tells an account from every other, also from one that got the same id in a database that had lost it.
 * @param createdAt whole seconds since 1970 UTC
 */
export function accountDigest(id: number, createdAt: number): Uint8Array {
  return digestOf(`account ${id} created ${createdAt}`);
}

/** The account as a tombstone needs it. */
interface DeletedAccount {
  readonly id: number;
  readonly username: string;
  readonly createdAt: number;
}

export function accountTombstone({ id, username, createdAt }: DeletedAccount, deletedAt: number): Tombstone {
  const digest = accountDigest(id, createdAt);
  return { kind: 'account', digest, id, accountId: id, name: username, hint: '', deletedAt };
}

interface AccessTokenHolder {
  readonly id: number;
  readonly accessTokenDigest: Uint8Array | null;
}

/** @returns the tombstone of the access token that a change takes away; undefined = it takes none */
export function accessTokenTombstone(
  before: AccessTokenHolder,
  after: AccessTokenHolder,
  deletedAt: number,
): Tombstone | undefined {
  const digest = before.accessTokenDigest;
  if (digest === null) return undefined;
  const kept = after.accessTokenDigest;
  if (kept !== null && digestText(digest) === digestText(kept)) return undefined;
  return { kind: 'access_token', digest, id: 0, accountId: before.id, name: '', hint: '', deletedAt };
}

/** The latest addresses first, each once, not more than `max`. */
export function latestAddresses(
  newer: readonly string[],
  older: readonly string[],
  max: number,
): readonly string[] {
  return [...new Set([...newer, ...older])].slice(0, max);
}

/** The highest ids that tombstones name, of keys and of accounts that need not be gone; 0 = they name none. */
export function highestIds(tombstones: readonly Tombstone[]): {
  readonly key: number;
  readonly account: number;
} {
  const highest = { key: 0, account: 0 };
  for (const { kind, id, accountId } of tombstones) {
    if (kind === 'key') highest.key = Math.max(highest.key, id);
    highest.account = Math.max(highest.account, accountId ?? 0);
  }
  return highest;
}
