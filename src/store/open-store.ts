/** Opens what is kept: SQLite in the data directory, or a PostgreSQL database that other nodes may share. */
import { hostname } from 'node:os';
import type { Clock } from '../platform/clock.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { version } from '../platform/version.ts';
import type { Coordination, NodeIdentity } from './coordination.ts';
import { loadNodeId, randomId } from './node-id.ts';
import { openPostgresStore } from './postgres/open.ts';
import { PostgresRates } from './postgres/rates.ts';
import { requireSameSecret } from './postgres/secret-check.ts';
import type { RateStore } from './rate-store.ts';
import { loadServerSecret } from './server-secret.ts';
import { lockDirectory } from './sqlite/directory-lock.ts';
import { openSqliteStore } from './sqlite/open.ts';
import type { Store } from './store.ts';

export interface OpenOptions {
  readonly settings: Pick<Settings, 'data_dir' | 'server_secret' | 'database' | 'fleet'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Told of connections to the database that broke. */
  readonly onLost: (error: Error) => void;
}

/** What only a database that nodes share has. */
export interface SharedDatabase {
  readonly coordination: Coordination;
  readonly identity: NodeIdentity;
  readonly rates: RateStore;
  /** Statements sent so far. */
  statements(): number;
  /** Frees what requests of nodes that are gone have reserved. */
  releaseLost(): Promise<{ readonly requests: number; readonly units: number }>;
}

export interface OpenedStore {
  readonly store: Store;
  readonly sealSecret: Uint8Array;
  /** Undefined = nobody else can use this database. */
  readonly shared: SharedDatabase | undefined;
  close(): Promise<void>;
}

/** @throws HalleyError('store_unavailable'), with a message for the operator */
export async function openStore(options: OpenOptions): Promise<OpenedStore> {
  const { settings, clock, random } = options;
  const { data_dir: dir, database } = settings;
  const lock = lockDirectory(dir);
  try {
    // Before the database: a new secret is never made beside an old one.
    const sealSecret =
      settings.server_secret === undefined
        ? loadServerSecret(dir, random)
        : Buffer.from(settings.server_secret, 'hex');
    if (database.url !== undefined) {
      const opened = await openShared(options, database.url, sealSecret);
      return { ...opened, sealSecret, close: () => opened.close().finally(() => lock.release()) };
    }
    const store = openSqliteStore({ dir, clock });
    const close = () => store.close().finally(() => lock.release());
    return { store, sealSecret, shared: undefined, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openShared(
  { settings, clock, random, onLost }: OpenOptions,
  url: string,
  sealSecret: Uint8Array,
) {
  const { data_dir, fleet } = settings;
  const identity: NodeIdentity = {
    nodeId: loadNodeId(data_dir, random),
    processId: randomId(random),
    name: fleet.node_name ?? hostname().slice(0, 64),
    version,
  };
  const opened = await openPostgresStore({
    url,
    poolMax: settings.database.pool_max,
    statementMs: settings.database.statement_ms,
    connectMs: settings.database.connect_ms,
    clock,
    nodeId: identity.nodeId,
    processId: identity.processId,
    // Several tries must fit into a lease.
    coordinationMs: Math.floor(fleet.lease_ms / 4),
    confirms: true,
    onLost,
  });
  const { store, coordination, database } = opened;
  try {
    await requireSameSecret(database, sealSecret);
  } catch (error) {
    await store.close();
    throw error;
  }
  const shared: SharedDatabase = {
    coordination,
    identity,
    rates: new PostgresRates({ database, processId: identity.processId }),
    statements: () => database.statements + coordination.statements,
    releaseLost: () => store.releaseLost(fleet.lost_node_s),
  };
  return { store, shared, close: () => store.close() };
}
