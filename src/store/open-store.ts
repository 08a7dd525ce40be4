/** Opens the store: SQLite in the data directory, or a PostgreSQL database that other nodes may share. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { SecretRing } from '../domain/secret-ring.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { version } from '../platform/version.ts';
import type { Coordination, NodeIdentity } from './coordination.ts';
import { loadNodeId, randomId } from './node-id.ts';
import type { OpenedPostgres } from './postgres/open.ts';
import type { RateStore } from './rate-store.ts';
import { type RecordWriter, Resealing } from './resealing.ts';
import { nodesBehind } from './secret-order.ts';
import { loadSecrets } from './server-secret.ts';
import { lockDirectory } from './sqlite/directory-lock.ts';
import { openSqliteStore } from './sqlite/open.ts';
import { removeDatabase, restoringFileName } from './sqlite/replace-database.ts';
import type { Store } from './store.ts';

export interface OpenOptions {
  readonly settings: Pick<
    Settings,
    'data_dir' | 'server_secret' | 'server_secrets_accepted' | 'database' | 'fleet'
  >;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Called when a connection to the database breaks. */
  readonly onLost: (error: Error) => void;
  /** Number of this process among those of one data directory; undefined = it is the only one. */
  readonly worker?: number | undefined;
}

/** What only a shared database offers. */
export interface SharedDatabase {
  readonly coordination: Coordination;
  readonly identity: NodeIdentity;
  readonly rates: RateStore;
  /** Statements sent so far. */
  statements(): number;
  /** Ends the reservations of nodes that do not exist any more. */
  releaseLost(): Promise<{ readonly requests: number; readonly units: number }>;
}

export interface OpenedStore {
  readonly store: Store;
  readonly secrets: SecretRing;
  /** Starts to re-seal in the background whenever the secret is replaced; stop it before the store is closed. */
  startResealing(ledger: RecordWriter, log: Log): Resealing;
  /** Undefined = no other process can use this database. */
  readonly shared: SharedDatabase | undefined;
  close(): Promise<void>;
}

/** @throws HalleyError('store_unavailable'), with a message for the operator */
export async function openStore(options: OpenOptions): Promise<OpenedStore> {
  const { settings, clock, random } = options;
  const { data_dir: dir, database } = settings;
  const lock = lockDirectory(lockedDirectory(options));
  try {
    // Before the database: a new secret is never made beside an old one.
    const secrets = loadSecrets(settings, random);
    if (database.url !== undefined) {
      const opened = await openShared(options, database.url, secrets);
      const close = () => opened.close().finally(() => lock.release());
      // Other nodes must know a new secret first: it comes by a restart.
      const startResealing = resealingOf(options, opened.store, secrets, async () => false);
      return { ...opened, secrets, startResealing, close };
    }
    const store = await openEmbedded(dir, clock, secrets);
    const close = () => store.close().finally(() => lock.release());
    const reloadSecrets = () => reload(store, secrets, loadSecrets(settings, random));
    const startResealing = resealingOf(options, store, secrets, reloadSecrets);
    return { store, secrets, startResealing, shared: undefined, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Workers share a data directory, which their parent locks. Each proves with a lock of its own that it runs once. */
function lockedDirectory({ settings: { data_dir, database }, worker }: OpenOptions): string {
  const isAlone = worker === undefined || database.url === undefined;
  return isAlone ? data_dir : join(data_dir, 'workers', String(worker));
}

async function openEmbedded(dir: string, clock: Clock, secrets: SecretRing): Promise<Store> {
  // The rest of an interrupted restore: the directory is locked, so that no restore is running.
  removeDatabase(join(dir, restoringFileName));
  const store = openSqliteStore({ dir, clock });
  try {
    await store.sealed.admit(secrets);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function resealingOf(
  { clock, random }: OpenOptions,
  { sealed }: Store,
  secrets: SecretRing,
  reloadSecrets: () => Promise<boolean>,
): OpenedStore['startResealing'] {
  return (ledger, log) => {
    const resealing = new Resealing({ sealed, secrets, reloadSecrets, ledger, clock, random, log });
    resealing.start();
    return resealing;
  };
}

async function reload({ sealed }: Store, secrets: SecretRing, found: SecretRing): Promise<boolean> {
  const shown = ({ known }: SecretRing) => known.map(({ id }) => Buffer.from(id).toString('hex')).join();
  if (shown(found) === shown(secrets)) return false;
  await sealed.admit(found);
  secrets.become(found);
  return true;
}

async function openShared(
  { settings, clock, random, onLost, worker }: OpenOptions,
  url: string,
  secrets: SecretRing,
) {
  // A node on SQLite loads nothing of it.
  const { openPostgresStore } = await import('./postgres/open.ts');
  const { PostgresRates } = await import('./postgres/rates.ts');
  const { data_dir, fleet } = settings;
  const identity: NodeIdentity = {
    nodeId: loadNodeId(data_dir, random) + (worker === undefined ? '' : `-${worker}`),
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
    secrets,
    onLost,
  });
  const { store, coordination, database } = opened;
  try {
    await admitToFleet(opened, secrets, clock, fleet.lease_ms);
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

/** After so many lease times every lease has ended, by any clock. */
const leaseAndMore = 1.25;

/**
 * A node that died silently may block a rotation: a node that has not renewed for a lease serves nothing.
 * @throws HalleyError('store_unavailable') when nodes would not know the secret of this one
 */
async function admitToFleet(
  { store, coordination }: OpenedPostgres,
  secrets: SecretRing,
  clock: Clock,
  leaseMs: number,
): Promise<void> {
  const behind = await store.sealed.admit(secrets);
  if (behind.length === 0) return;
  const seen = await coordination.listNodes();
  await new Promise<void>((resolve) => void clock.after(leaseAndMore * leaseMs, resolve));
  await coordination.expel(seen);
  const stillBehind = await store.sealed.admit(secrets);
  if (stillBehind.length > 0) throw nodesBehind(stillBehind);
}
