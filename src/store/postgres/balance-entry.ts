/** Adding to the journal of balances. Part of the transaction that changes the balance. */
import type { BalanceEntry } from '../ledger-store.ts';
import type { Queryable } from './connection.ts';
import { storable } from './storable.ts';

const insert = `INSERT INTO journal (account_id, key_id, kind, units, reason, actor_id, reference, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (reference) DO NOTHING RETURNING id`;

/**
 * Writes why a balance changed; what did not change it is not written.
 * @returns undefined when it is not written: also where its reference was taken in this moment
 */
export async function addEntry(
  tx: Queryable,
  entry: Omit<BalanceEntry, 'id'>,
): Promise<BalanceEntry | undefined> {
  if (entry.units === 0) return undefined;
  const { accountId, keyId, kind, units, actorId, createdAt } = entry;
  const reason = storable(entry.reason);
  const reference = entry.reference === null ? null : storable(entry.reference);
  const row = await tx.get(insert, accountId, keyId, kind, units, reason, actorId, reference, createdAt);
  return row && { ...entry, reason, reference, id: row.id as number };
}
