/** Builds the log entries of access changes. */
import type { KeyRow } from '../../domain/key.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import type { AccessChange } from '../store.ts';
import type { NewLogEntry } from './revocation-log.ts';

/** A log entry of an access change. */
export type AccessEntry = NewLogEntry & { readonly change: AccessChange; readonly tombstone?: Tombstone };

export function keyChange({ id, digest }: Pick<KeyRow, 'id' | 'digest'>): AccessChange {
  return { kind: 'key', keyId: id, digest };
}

export function keyEntry(key: KeyRow): AccessEntry {
  return { change: keyChange(key), accountId: key.accountId };
}

export function keyDeletion(tombstone: Tombstone): AccessEntry {
  const { accountId } = tombstone;
  return {
    change: keyChange(tombstone),
    deleted: true,
    tombstone,
    ...(accountId !== null && { accountId }),
  };
}

export function accountEntry(accountId: number, tombstone?: Tombstone): AccessEntry {
  return { change: { kind: 'account', accountId }, ...(tombstone && { tombstone }) };
}

export function accountDeletion(tombstone: Tombstone): AccessEntry {
  return { ...accountEntry(tombstone.id, tombstone), deleted: true };
}

/**
 * The entries of all keys of an account and of itself, in the order in which nodes must apply them: a node that reads them in
 * several parts would end the requests of all keys with the entry of the account, and count none for the keys behind it.
 */
export function keysThen(keys: readonly Tombstone[], itself: AccessEntry): readonly AccessEntry[] {
  return [...keys.map(keyDeletion), itself];
}
