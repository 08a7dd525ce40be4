/** Opens the store for a command that makes a small change, beside a gateway or nodes that may be running on it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import type { RandomBytes } from '../platform/random.ts';
import { randomId } from './node-id.ts';
import { Database } from './postgres/connection.ts';
import { databaseName, unusable } from './postgres/database-name.ts';
import { requireKnownSchema } from './postgres/migrate.ts';
import { openPostgresStore } from './postgres/open.ts';
import { Connection } from './sqlite/connection.ts';
import { requireCurrentSchema } from './sqlite/migrate.ts';
import { databaseFileName } from './sqlite/open.ts';
import { SqliteStore } from './sqlite/sqlite-store.ts';
import { asStorageFailure, noDatabase } from './storage-failure.ts';
import type { Store } from './store.ts';
import type { TombstoneSettings } from './tombstones/open-log.ts';

/** How long a write of the gateway is waited for, in milliseconds. */
const lockWaitMs = 10_000;

/**
 * Neither creates nor migrates a database. Nodes of a cluster learn of changes from its log.
 * @throws HalleyError('store_unavailable') with a message for the operator
 */
export async function openBeside(
  settings: TombstoneSettings,
  clock: Clock,
  random: RandomBytes,
): Promise<Store> {
  const { url, statement_ms: statementMs, connect_ms: connectMs } = settings.database;
  if (url === undefined) return openSqlite(join(settings.data_dir, databaseFileName), clock);
  const connection = { url, poolMax: 2, statementMs, connectMs, applicationName: 'halley command' };
  await requireSchema(connection);
  const opened = await openPostgresStore({
    ...connection,
    clock,
    nodeId: randomId(random),
    processId: randomId(random),
  });
  return opened.store;
}

async function requireSchema(connection: ConstructorParameters<typeof Database>[0]): Promise<void> {
  const where = databaseName(connection.url);
  const database = new Database(connection);
  try {
    await requireKnownSchema(database, where);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(where)) throw error;
    throw unusable(where, error);
  } finally {
    await database.close();
  }
}

function openSqlite(path: string, clock: Clock): Store {
  if (!existsSync(path)) throw noDatabase(path);
  let connection: Connection | undefined;
  try {
    connection = new Connection(path, lockWaitMs);
    requireCurrentSchema(connection, path);
    return new SqliteStore(connection, path, clock);
  } catch (error) {
    connection?.close();
    throw asStorageFailure(path, error);
  }
}
