/** Recomputes the totals of a database that nodes may be using at the same time. */
import { HalleyError } from '../../platform/errors.ts';
import type { LedgerDifference } from '../ledger-store.ts';
import { type ConnectionOptions, Database } from './connection.ts';
import { databaseName, unusable } from './database-name.ts';
import { requireKnownSchema } from './migrate.ts';
import { findLedgerDifferences } from './verification.ts';

/**
 * Reads from one snapshot of the database; it locks, migrates and writes nothing.
 * @throws HalleyError('store_unavailable') when it cannot be reached, or is of another version
 */
export async function verifyPostgres(
  connection: ConnectionOptions,
  limit: number,
): Promise<readonly LedgerDifference[]> {
  const where = databaseName(connection.url);
  const database = new Database({ ...connection, poolMax: 1 });
  try {
    await requireKnownSchema(database, where);
    return await findLedgerDifferences(database, limit);
  } catch (error) {
    if (error instanceof HalleyError && error.message.startsWith(where)) throw error;
    throw unusable(where, error);
  } finally {
    await database.close();
  }
}
