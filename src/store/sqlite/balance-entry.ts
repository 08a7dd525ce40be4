/** Adds a balance entry, as part of the transaction that changes the balance. */
import { type HolderRef, idOf } from '../../domain/accounting/holder.ts';
import type { BalanceEntry, NewBalanceEntry } from '../ledger-store.ts';
import { entrySql } from '../statements/ledger.ts';
import type { Connection } from './connection.ts';

/**
 * @param holders the one whose balance is changed, and those above it
 * @returns undefined when nothing is written: the balance is not changed
 */
export function addEntry(
  connection: Connection,
  holders: readonly HolderRef[],
  entry: NewBalanceEntry,
): BalanceEntry | undefined {
  if (entry.units === 0) return undefined;
  const added = { ...entry, accountId: idOf(holders, 'account') };
  return { ...added, id: connection.one(entrySql.insert, { ...added, keyId: idOf(holders, 'key') }) };
}
