/** Recomputes every total of the ledger from its records. */
import type { LedgerDifference } from '../ledger-store.ts';
import type { Connection } from './connection.ts';

/** Part of one read transaction. */
export declare function findLedgerDifferences(
  connection: Connection,
  limit: number,
): readonly LedgerDifference[];
