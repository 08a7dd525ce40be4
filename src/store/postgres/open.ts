/** Opens the PostgreSQL store, after migrating the database. */
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { type ConnectionOptions, Database } from './connection.ts';
import { PostgresCoordination } from './coordination.ts';
import { databaseName, unusable } from './database-name.ts';
import { migrate } from './migrate.ts';
import { PostgresStore } from './postgres-store.ts';

export interface OpenPostgresOptions {
  /** `postgres://user:password@host:port/database`. It holds a secret. */
  readonly url: string;
  readonly poolMax: number;
  /** How long a statement, and making a connection, may take, in milliseconds. */
  readonly statementMs: number;
  readonly connectMs: number;
  /** The same for cluster coordination; it must be much shorter than a lease. */
  readonly coordinationMs?: number;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly processId: string;
  /** The server secrets that the process knows; undefined = it seals nothing. */
  readonly secrets?: SecretRing;
  /** As in `PostgresStoreOptions`. */
  readonly confirms?: boolean;
  readonly onLost?: (error: Error) => void;
}

export interface OpenedPostgres {
  /** Closing it closes the other two. */
  readonly store: PostgresStore;
  readonly coordination: PostgresCoordination;
  readonly database: Database;
}

/** A migration may rewrite large tables, and other nodes wait for it. */
const migrationMs = 600_000;

/** Leases are renewed, and the log is read, by few statements at a time. */
const coordinationPool = 3;

/**
 * Management changes wait for each other's rows: a client that sends many at once waits for its own, and takes no
 * connection from model requests.
 */
const changesPool = 4;

/** For the reads that abort in-flight requests: leases wait for them, so that they must not wait for anything else. */
const enforcementPool = 2;

/** What a process opens beside `poolMax`, with the one that listens for notifications. */
export const connectionsBesidePool = coordinationPool + changesPool + enforcementPool + 1;

/** @throws HalleyError('store_unavailable') when it cannot be reached or used; names host and database */
export async function openPostgresStore(options: OpenPostgresOptions): Promise<OpenedPostgres> {
  const { url, poolMax, statementMs, connectMs, coordinationMs = statementMs, onLost } = options;
  const where = databaseName(url);
  const connection: ConnectionOptions = {
    url,
    poolMax,
    statementMs,
    connectMs,
    applicationName: 'halley',
    ...(onLost ? { onLost } : {}),
  };
  await bringUpToDate(connection, where);
  const { clock, nodeId, processId, confirms = false } = options;
  const database = new Database(connection);
  // A statement and its answer together must not take longer: the next try must still be in time.
  const urgent: ConnectionOptions = {
    ...connection,
    statementMs: coordinationMs / 2,
    answerMs: coordinationMs / 2,
    connectMs: Math.min(connectMs, coordinationMs),
    poolMax: coordinationPool,
    applicationName: 'halley coordination',
  };
  const coordination = new PostgresCoordination(urgent, clock, options.secrets);
  const store = new PostgresStore({
    database,
    changes: new Database({
      ...connection,
      poolMax: changesPool,
      pipeline: true,
      applicationName: 'halley changes',
    }),
    enforcement: new Database({
      ...urgent,
      poolMax: enforcementPool,
      applicationName: 'halley enforcement',
    }),
    connection,
    clock,
    nodeId,
    processId,
    coordination,
    confirms,
  });
  return { store, coordination, database };
}

/**
 * Creates the tables of an empty database, or migrates an older one.
 * @throws HalleyError('store_unavailable') when it cannot be reached or used
 */
export async function bringUpToDate(connection: ConnectionOptions, where: string): Promise<void> {
  const database = new Database({ ...connection, poolMax: 1, statementMs: migrationMs });
  try {
    await migrate(database, where);
  } catch (error) {
    if (error instanceof HalleyError && error.message.startsWith(where)) throw error;
    throw unusable(where, error);
  } finally {
    await database.close();
  }
}
