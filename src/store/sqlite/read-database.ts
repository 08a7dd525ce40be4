/** Reads a database that a running gateway may be using, without locking, migrating or writing it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { asStorageFailure, noDatabase } from '../storage-failure.ts';
import { Connection } from './connection.ts';
import { requireCurrentSchema } from './migrate.ts';
import { databaseFileName } from './open.ts';

const lockWaitMs = 10_000;

/**
 * @param cacheKib the memory that sorting may take, in kibibytes; undefined = the default
 * @throws HalleyError('store_unavailable') when there is no database, it cannot be read, or it is of another version
 */
export function readDatabase<Result>(
  dir: string,
  read: (connection: Connection) => Result,
  cacheKib?: number,
): Result {
  const path = join(dir, databaseFileName);
  if (!existsSync(path)) throw noDatabase(path);
  let connection: Connection | undefined;
  try {
    const opened = new Connection(path, lockWaitMs, true);
    connection = opened;
    requireCurrentSchema(opened, path);
    if (cacheKib !== undefined) opened.exec(`PRAGMA cache_size = -${cacheKib}`);
    return opened.readSnapshot(() => read(opened));
  } catch (error) {
    throw asStorageFailure(path, error);
  } finally {
    connection?.close();
  }
}
