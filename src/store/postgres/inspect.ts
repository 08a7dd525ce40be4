/** Inspects a PostgreSQL database read-only, for diagnosis. */
import type { Clock } from '../../platform/clock.ts';
import type { SecretState } from '../secret-order.ts';
import { type ConnectionOptions, Database, type Queryable } from './connection.ts';
import { databaseName, unusable } from './database-name.ts';
import { findSchema, type SchemaFound } from './migrate.ts';
import { readSecretState } from './sealed.ts';

export interface Inspection {
  /** As `server_version` and `server_version_num` say it. */
  readonly version: string;
  readonly versionNumber: number;
  /** Whether it refuses writes: a standby, or a user or database that may only read. */
  readonly isReadOnly: boolean;
  readonly schema: SchemaFound | undefined;
  /** Undefined = it has no sealed value yet, or was written by an older Halley. */
  readonly secretState: SecretState | undefined;
  /** Settings of the server. */
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly standbyNames: string;
  /** Connections that it accepts at a time. */
  readonly connectionsMax: number;
  /** Milliseconds by which its clock is ahead of this machine's, without the round trip. */
  readonly clockAheadMs: number;
  /** What the driver connects to: a host name, an address, or the directory of a socket on this machine. */
  readonly host: string;
  /** Whether the connection from here is encrypted. Where a pool is in between, the server knows only that of the pool. */
  readonly isEncrypted: boolean;
  /** Whether a notification of one connection arrives at another. */
  readonly isHeard: boolean;
}

const sql = {
  server: `SELECT current_setting('server_version') AS version,
    current_setting('server_version_num')::int AS version_number,
    current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery() AS is_read_only,
    current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('synchronous_standby_names') AS standby_names,
    current_setting('max_connections')::int AS connections_max`,
  time: 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms',
  notify: "SELECT pg_notify('halley_doctor', '')",
} as const;

/** How long a notification may take to arrive, in milliseconds. */
const noticeMs = 2000;

/**
 * @throws HalleyError('store_unavailable') when it cannot be reached; names host and database
 */
export async function inspectPostgres(connection: ConnectionOptions, clock: Clock): Promise<Inspection> {
  const database = new Database(connection);
  try {
    const server = await database.one(sql.server);
    const schema = await findSchema(database);
    // What is read came with the seventh version.
    const hasState = (schema?.version ?? 0) >= 7;
    return {
      version: String(server.version),
      versionNumber: Number(server.version_number),
      isReadOnly: server.is_read_only === true,
      schema,
      secretState: hasState ? await readSecretState(database) : undefined,
      fsync: String(server.fsync),
      synchronousCommit: String(server.synchronous_commit),
      standbyNames: String(server.standby_names),
      connectionsMax: Number(server.connections_max),
      clockAheadMs: await clockAhead(database, clock),
      ...(await listenThere(database, connection, clock)),
    };
  } catch (error) {
    throw unusable(databaseName(connection.url), error);
  } finally {
    await database.close();
  }
}

async function clockAhead(database: Queryable, clock: Clock): Promise<number> {
  const asked = clock.now();
  const { now_ms } = await database.one(sql.time);
  return Number(now_ms) - (asked + clock.now()) / 2;
}

async function listenThere(
  database: Database,
  connection: ConnectionOptions,
  clock: Clock,
): Promise<Pick<Inspection, 'host' | 'isEncrypted' | 'isHeard'>> {
  const listener = await database.connect(connection);
  try {
    const heard = Promise.withResolvers<boolean>();
    listener.on('notification', () => heard.resolve(true));
    listener.on('error', () => heard.resolve(false));
    await listener.query('LISTEN halley_doctor');
    await database.run(sql.notify);
    const timer = clock.after(noticeMs, () => heard.resolve(false));
    const isHeard = await heard.promise.finally(() => timer.cancel());
    return { host: listener.host, isEncrypted: Boolean(listener.ssl), isHeard };
  } finally {
    await listener.end();
  }
}
