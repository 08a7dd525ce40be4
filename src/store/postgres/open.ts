/** Opens the PostgreSQL store, bringing the database up to date first. */
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { type ConnectionOptions, Database } from './connection.ts';
import { PostgresCoordination } from './coordination.ts';
import { migrate } from './migrate.ts';
import { PostgresStore } from './postgres-store.ts';

export interface OpenPostgresOptions {
  /** `postgres://user:password@host:port/database`. It holds a secret. */
  readonly url: string;
  readonly poolMax: number;
  /** How long a statement, and making a connection, may take, in milliseconds. */
  readonly statementMs: number;
  readonly connectMs: number;
  /** The same for what the nodes of a fleet agree by, which must be much less than a lease. */
  readonly coordinationMs?: number;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly processId: string;
  /** As in `PostgresStoreOptions`. */
  readonly confirms?: boolean;
  readonly onLost?: (error: Error) => void;
}

export interface OpenedPostgres {
  /** Closing it closes the others too. */
  readonly store: PostgresStore;
  readonly coordination: PostgresCoordination;
  readonly database: Database;
}

/** A migration may rewrite large tables, and other nodes wait for it. */
const migrationMs = 600_000;

/** Leases are renewed, and the log is read, by few statements at a time. */
const coordinationPool = 3;

/** @throws HalleyError('store_unavailable') when it cannot be reached or used; names host and database */
export async function openPostgresStore(options: OpenPostgresOptions): Promise<OpenedPostgres> {
  const { url, poolMax, statementMs, connectMs, coordinationMs = statementMs, onLost } = options;
  const where = nameOf(url);
  const connection: ConnectionOptions = {
    url,
    poolMax,
    statementMs,
    connectMs,
    applicationName: 'halley',
    ...(onLost ? { onLost } : {}),
  };
  await bringUpToDate({ ...connection, poolMax: 1, statementMs: migrationMs }, where);
  const { clock, nodeId, processId, confirms = false } = options;
  const database = new Database(connection);
  const coordination = new PostgresCoordination(
    {
      ...connection,
      poolMax: coordinationPool,
      statementMs: coordinationMs,
      connectMs: Math.min(connectMs, coordinationMs),
      applicationName: 'halley coordination',
    },
    clock,
  );
  const store = new PostgresStore({
    database,
    connection,
    clock,
    nodeId,
    processId,
    coordination,
    confirms,
  });
  return { store, coordination, database };
}

async function bringUpToDate(connection: ConnectionOptions, where: string): Promise<void> {
  const database = new Database(connection);
  try {
    await migrate(database, where);
  } catch (error) {
    if (error instanceof HalleyError && error.message.startsWith(where)) throw error;
    // Texts of the driver never hold the password, but the cause may: it is not passed on.
    throw new HalleyError('store_unavailable', {
      message: `${where} cannot be used: ${reasonOf(error)}. Check that it runs, and the address, user and password.`,
    });
  } finally {
    await database.close();
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof HalleyError ? error.cause : error;
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}

/** Where a database is, for people; without user and password. */
function nameOf(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `The database ${decodeURIComponent(pathname.slice(1)) || 'postgres'} on ${hostname}:${port || 5432}`;
  } catch {
    throw new HalleyError('store_unavailable', {
      message: 'The address of the database is not a URL such as postgres://user:password@host:5432/halley.',
    });
  }
}
