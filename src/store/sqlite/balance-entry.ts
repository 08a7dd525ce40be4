/** Adds a balance entry, as part of the transaction that changes the balance. */
import type { BalanceEntry } from '../ledger-store.ts';
import { entrySql } from '../statements/ledger.ts';
import type { Connection } from './connection.ts';

/** @returns undefined when the balance is not changed: then nothing is written */
export function addEntry(connection: Connection, entry: Omit<BalanceEntry, 'id'>): BalanceEntry | undefined {
  if (entry.units === 0) return undefined;
  return { ...entry, id: connection.one(entrySql.insert, entry) };
}
