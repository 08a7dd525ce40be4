/** Adds a balance entry, as part of the transaction that changes the balance. */
import { type HolderRef, idOf } from '../../domain/accounting/holder.ts';
import type { BalanceEntry, NewBalanceEntry } from '../ledger-store.ts';
import { entrySql } from '../statements/ledger.ts';
import type { Queryable } from './connection.ts';
import { storable } from './storable.ts';

/**
 * @param holders the one whose balance is changed, and those above it
 * @returns undefined when nothing is written: the balance is not changed, or another transaction took the reference at
 * the same time
 */
export async function addEntry(
  tx: Queryable,
  holders: readonly HolderRef[],
  entry: NewBalanceEntry,
): Promise<BalanceEntry | undefined> {
  if (entry.units === 0) return undefined;
  const reason = storable(entry.reason);
  const reference = entry.reference === null ? null : storable(entry.reference);
  const stored = { ...entry, accountId: idOf(holders, 'account'), reason, reference };
  const id = await tx.get(entrySql.insert, { ...stored, keyId: idOf(holders, 'key') });
  return id === undefined ? undefined : { ...stored, id };
}
