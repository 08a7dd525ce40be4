/** Adding to the journal of balances. Part of the transaction that changes the balance. */
import type { BalanceEntry } from '../ledger-store.ts';
import type { Connection } from './connection.ts';

const insert = `INSERT INTO journal (account_id, key_id, kind, units, reason, actor_id, reference, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`;

/** Writes why a balance changed; what did not change it is not written. */
export function addEntry(connection: Connection, entry: Omit<BalanceEntry, 'id'>): BalanceEntry | undefined {
  if (entry.units === 0) return undefined;
  const { accountId, keyId, kind, units, reason, actorId, reference, createdAt } = entry;
  const row = connection.one(insert, accountId, keyId, kind, units, reason, actorId, reference, createdAt);
  return { ...entry, id: row.id as number };
}
