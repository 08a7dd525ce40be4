/**
 * A cluster for fault injection: PostgreSQL, node processes, and a proxy in front of each node's database
 * connection.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, gatewayFile, startGateway, type TestKey } from '../support/gateway.ts';
import { maybeEmpty } from '../support/non-empty.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import type { Order } from './node-entry.ts';
import { type DatabaseProxy, startProxy } from './proxy.ts';
import { type FleetUpstream, startFleetUpstream } from './upstream.ts';

export interface FleetOptions {
  readonly nodes: number;
  /** Long enough that a stall of a busy machine is not a fault. */
  readonly leaseMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether commits of the database survive a power failure; for figures. */
  readonly durable?: boolean;
  /** Entry point to run instead of tests/fleet/node-entry.ts, for mutants. */
  readonly entry?: string;
  /** The file of the gateway that nodes run at first, in place of the present version. */
  readonly gateway?: string;
}

const ownEntry = join(import.meta.dirname, 'node-entry.ts');

export class FleetNode {
  readonly index: number;
  readonly proxy: DatabaseProxy;
  /** The directory of this node. */
  readonly dir: string;
  readonly #start: (node: FleetNode, env: Readonly<Record<string, string>>) => Promise<Gateway>;
  #gateway: Gateway | undefined;
  #starting: Promise<Gateway> | undefined;
  #isPaused = false;

  constructor(
    index: number,
    proxy: DatabaseProxy,
    dir: string,
    start: (node: FleetNode, env: Readonly<Record<string, string>>) => Promise<Gateway>,
  ) {
    this.index = index;
    this.proxy = proxy;
    this.dir = dir;
    this.#start = start;
  }

  /** Undefined when the node is not running. */
  get url(): string | undefined {
    return this.#gateway?.url;
  }

  get gateway(): Gateway {
    if (!this.#gateway) throw new Error(`node ${this.index} does not run`);
    return this.#gateway;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Concurrent callers wait for the same start. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#starting ??= this.#start(this, env);
    try {
      this.#gateway = await this.#starting;
    } finally {
      this.#starting = undefined;
    }
  }

  /** Sends SIGKILL. */
  async kill(): Promise<void> {
    const { gateway } = this;
    this.#gateway = undefined;
    this.#isPaused = false;
    await gateway.kill();
    requireRightMemory(gateway);
  }

  /** Sends SIGTERM and waits for the end. */
  async stop(): Promise<void> {
    const { gateway } = this;
    await gateway.stop();
    this.#gateway = undefined;
    requireRightMemory(gateway);
  }

  pause(): void {
    this.gateway.process.kill('SIGSTOP');
    this.#isPaused = true;
  }

  resume(): void {
    this.gateway.process.kill('SIGCONT');
    this.#isPaused = false;
  }

  /** Makes the node inject a fault into itself. Resolves after a stall is over. */
  async order(order: Order): Promise<void> {
    const done = () =>
      this.gateway.logLines().filter(({ message }) => message === 'order carried out').length;
    const before = done();
    writeFileSync(join(this.dir, 'order'), JSON.stringify(order));
    this.gateway.process.kill('SIGUSR2');
    await until(() => done() > before, 5);
  }

  async isReady(): Promise<boolean> {
    if (this.#gateway === undefined || this.#isPaused) return false;
    return (await fetch(`${this.#gateway.url}/readyz`)).ok;
  }

  /**
   * Number of signs that the node, its database or the machine stood still: its lease expired or was about to, or records
   * could not be written in time. It then refuses requests by design.
   */
  get stalls(): number {
    const signs = /the lease (has expired|could not be renewed)|records? (cannot|could not) be written/g;
    return this.#gateway?.output().match(signs)?.length ?? 0;
  }

  /** Reads one of the node's metrics. */
  async metric(name: string): Promise<number> {
    const { text } = await this.gateway.call('GET', '/metrics');
    const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`no metric ${name}`);
    return Number(value);
  }
}

/** @throws AssertionError when the node ever found a stale cache entry */
function requireRightMemory(gateway: Gateway): void {
  const found = gateway
    .logLines()
    .filter(({ message }) => String(message).startsWith('cached keys differed'));
  assert.deepEqual(found, []);
}

export class Fleet {
  readonly leaseMs: number;
  readonly postgres: TestPostgres;
  readonly upstream: FleetUpstream;
  readonly nodes: readonly FleetNode[];
  /** The access token of root. */
  readonly token: string;
  readonly databaseUrl: string;
  readonly #secrets: Set<string>;
  readonly #dir: string;

  /** Not to be called directly: see `startFleet`. */
  constructor(
    parts: Pick<Fleet, 'leaseMs' | 'postgres' | 'upstream' | 'nodes' | 'token' | 'databaseUrl'>,
    dir: string,
    secrets: Set<string>,
  ) {
    this.leaseMs = parts.leaseMs;
    this.postgres = parts.postgres;
    this.upstream = parts.upstream;
    this.nodes = parts.nodes;
    this.token = parts.token;
    this.databaseUrl = parts.databaseUrl;
    this.#dir = dir;
    this.#secrets = secrets;
  }

  node(index: number): FleetNode {
    const node = this.nodes[index];
    if (!node) throw new Error(`no node ${index}`);
    return node;
  }

  get running(): readonly FleetNode[] {
    return this.nodes.filter(({ url }) => url !== undefined);
  }

  /** Registers a secret that no node may expose. */
  secret(value: string): void {
    this.#secrets.add(value);
    for (const { gateway } of this.running) gateway.secret(value);
  }

  /** Creates a key of root, by default unlimited. */
  async createKey(fields: Readonly<Record<string, unknown>> = {}): Promise<TestKey> {
    const key = await this.node(0).gateway.createKey(fields);
    this.secret(key.value);
    return key;
  }

  query(sql: string): Promise<Record<string, unknown>[]> {
    return this.postgres.query(this.databaseUrl, sql);
  }

  /** Ends every fault, and waits until all nodes serve requests. */
  async settle(): Promise<void> {
    for (const { gateway, index } of maybeEmpty(this.running)) {
      assert.equal(
        gateway.process.exitCode,
        null,
        `node ${index} has ended by itself:\n${gateway.output().slice(-2000)}`,
      );
    }
    for (const node of this.nodes) {
      node.proxy.set('pass');
      if (node.isPaused) node.resume();
    }
    await Promise.all(this.nodes.map((node) => (node.url === undefined ? node.start() : undefined)));
    for (const node of this.nodes) await until(() => node.isReady().catch(() => false), 20);
  }

  /** Sums the stale cache entries that nodes found. Must be 0. */
  wrongInMemory(): Promise<number> {
    return this.#sum('halley_cache_truth_wrong_total');
  }

  /** Sums the cache entries that nodes compared with the database. */
  checkedInMemory(): Promise<number> {
    return this.#sum('halley_cache_truth_checked_total');
  }

  async #sum(metric: string): Promise<number> {
    const counts = await Promise.all(this.running.map((node) => node.metric(metric)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    const ends = await Promise.allSettled(this.running.map((node) => node.stop()));
    for (const node of this.running) node.gateway.process.kill('SIGKILL');
    await Promise.all(this.nodes.map(({ proxy }) => proxy.close()));
    await Promise.all([this.upstream.close(), this.postgres.stop()]);
    rmSync(this.#dir, { recursive: true, force: true });
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

/** Starts everything; all nodes at once, on an empty database. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { leaseMs = 1500 } = options;
  const upstream = await startFleetUpstream();
  const postgres = await startPostgres({ durable: options.durable ?? false });
  const databaseUrl = await postgres.createDatabase();
  const dir = mkdtempSync(join(tmpdir(), 'halley-fleet-'));
  const token = `root-${randomBytes(18).toString('base64url')}`;
  const secrets = new Set<string>();
  const common = {
    HALLEY_BOOTSTRAP_TOKEN: token,
    HALLEY_SERVER_SECRET: randomBytes(32).toString('hex'),
    HALLEY_LOG_REQUESTS: 'false',
    HALLEY_FLEET_LEASE_MS: String(leaseMs),
    HALLEY_DATABASE_STATEMENT_MS: '2000',
    HALLEY_DATABASE_CONNECT_MS: '1500',
    HALLEY_SHUTDOWN_DELAY_MS: '500',
    ...options.env,
  };
  const start = async ({ index, proxy, dir }: FleetNode, env: Readonly<Record<string, string>>) => {
    const url = new URL(databaseUrl);
    url.port = String(proxy.port);
    const gateway = await startGateway({
      entry: options.entry ?? ownEntry,
      dataDir: join(dir, 'data'),
      env: {
        ...common,
        HALLEY_DATABASE_URL: url.href,
        HALLEY_FLEET_NODE_NAME: `node${index}`,
        FLEET_TEST_ORDER: join(dir, 'order'),
        FLEET_TEST_GATEWAY: options.gateway ?? gatewayFile,
        ...env,
      },
    });
    for (const secret of secrets) gateway.secret(secret);
    return gateway;
  };
  const nodes: FleetNode[] = [];
  for (let index = 0; index < options.nodes; index += 1) {
    const nodeDir = mkdtempSync(join(dir, `node${index}-`));
    mkdirSync(join(nodeDir, 'data'));
    nodes.push(new FleetNode(index, await startProxy(postgres.port), nodeDir, start));
  }
  const fleet = new Fleet({ leaseMs, postgres, upstream, nodes, token, databaseUrl }, dir, secrets);
  try {
    await Promise.all(nodes.map((node) => node.start()));
    await fleet.node(0).gateway.createChannel(upstream.origin, {
      models: ['test-model', 'other-model', 'by-request'],
    });
    await fleet.settle();
  } catch (error) {
    await fleet.stop().catch(() => undefined);
    throw error;
  }
  return fleet;
}
