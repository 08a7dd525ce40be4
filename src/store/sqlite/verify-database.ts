/** Recomputes the totals of a database that a running gateway may be using at the same time. */
import type { LedgerDifference } from '../ledger-store.ts';
import { readDatabase } from './read-database.ts';
import { findLedgerDifferences } from './verification.ts';

/** Sorting in memory rather than on the disk; in kibibytes. */
const sortMemoryKib = 262_144;

/** @throws HalleyError('store_unavailable') as `readDatabase` */
export function verifyDatabase(dir: string, limit: number): readonly LedgerDifference[] {
  return readDatabase(dir, (connection) => findLedgerDifferences(connection, limit), sortMemoryKib);
}
