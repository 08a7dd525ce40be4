/** Opens the SQLite store in a data directory, creating what is missing. */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { asStorageFailure, storageFailure } from '../storage-failure.ts';
import type { Store } from '../store.ts';
import { Connection } from './connection.ts';
import { applyWithin } from './deferred-settlements.ts';
import { migrate } from './migrate.ts';
import { beginRun } from './run-mark.ts';
import { SqliteStore } from './sqlite-store.ts';

export const databaseFileName = 'halley.sqlite';

/**
 * Does not lock the directory: see `lockDirectory`.
 * @param options.dir made with mode 0700 when missing; the database file is made with mode 0600
 * @throws HalleyError('store_unavailable') when it cannot be opened or was written by a newer version
 */
export function openSqliteStore(options: { readonly dir: string; readonly clock: Clock }): Store {
  const { connection, path } = openConnection(options.dir);
  connection.transaction(() => applyWithin(connection));
  return new SqliteStore(connection, path, options.clock);
}

/** A connection to the migrated database. */
export function openConnection(dir: string): { connection: Connection; path: string } {
  const path = join(dir, databaseFileName);
  let connection: Connection | undefined;
  try {
    createPrivateFile(dir, path);
    const noteRun = beginRun(path, systemRandom);
    connection = new Connection(path);
    migrate(connection, path);
    noteRun(connection);
    return { connection, path };
  } catch (error) {
    connection?.close();
    throw asStorageFailure(path, error);
  }
}

/** SQLite gives the files beside the database the mode of the database. */
function createPrivateFile(dir: string, path: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw storageFailure(dir, error, `The data directory ${dir}`);
  }
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
}
