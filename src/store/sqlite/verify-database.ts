/** Recomputes the totals of a database that a running gateway may be using at the same time. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HalleyError } from '../../platform/errors.ts';
import type { LedgerDifference } from '../ledger-store.ts';
import { Connection } from './connection.ts';
import { requireCurrentSchema } from './migrate.ts';
import { databaseFileName } from './open.ts';
import { findLedgerDifferences } from './verification.ts';

const lockWaitMs = 10_000;
const sortMemoryKib = 262_144;

/**
 * Reads alone: nothing is locked, migrated or made.
 * @throws HalleyError('store_unavailable') when there is no database, or it is of another version
 */
export function verifyDatabase(dir: string, limit: number): readonly LedgerDifference[] {
  const path = join(dir, databaseFileName);
  if (!existsSync(path))
    throw new HalleyError('store_unavailable', { message: `There is no database ${path}.` });
  const connection = new Connection(path, lockWaitMs, true);
  try {
    requireCurrentSchema(connection, path);
    // Sorting in memory rather than on the disk; in kibibytes.
    connection.exec(`PRAGMA cache_size = -${sortMemoryKib}`);
    return connection.readSnapshot(() => findLedgerDifferences(connection, limit));
  } finally {
    connection.close();
  }
}
