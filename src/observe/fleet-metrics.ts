/** Metrics of a cluster node. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Values that are read at each scrape. */
export interface FleetFigures {
  /** Undefined without a lease. */
  leaseAgeMs(): number | undefined;
  isServing(): boolean;
  logLag(): number;
  fences(): number;
  fencedMs(): number;
  databaseStatements(): number;
  /** Rejects when the database does not respond. */
  nodes(): Promise<number>;
}

export interface FleetMetrics {
  /**
   * Records that a change made through this node is confirmed, and the number of nodes that did not acknowledge it.
   */
  acknowledged(seconds: number, silent: number): void;
  /** Records a check of cached keys against the database, and the number of stale entries found. */
  cacheChecked(checked: number, wrong: number): void;
}

export function createFleetMetrics(registry: Registry, figures: FleetFigures): FleetMetrics {
  const registers = [registry];
  registerFigures(registers, figures);
  const acknowledgements = new Histogram({
    name: 'halley_acknowledge_seconds',
    help: 'Time from the commit of a change made through this node until every node has acknowledged it.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers,
  });
  const silentNodes = new Counter({
    name: 'halley_silent_nodes_total',
    help: 'Nodes that did not acknowledge a change within a lease.',
    registers,
  });
  const checked = new Counter({
    name: 'halley_cache_truth_checked_total',
    help: 'Cached key policies that were compared with the database.',
    registers,
  });
  const wrong = new Counter({
    name: 'halley_cache_truth_wrong_total',
    help: 'Cached key policies that stayed stale for longer than a change takes to arrive. This must stay 0.',
    registers,
  });
  return {
    acknowledged: (seconds, silent) => {
      acknowledgements.observe(seconds);
      silentNodes.inc(silent);
    },
    cacheChecked: (count, wrongCount) => {
      checked.inc(count);
      wrong.inc(wrongCount);
    },
  };
}

function registerFigures(registers: Registry[], figures: FleetFigures): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  gauge(
    'halley_lease_age_seconds',
    'Time since the last successful lease renewal was sent; -1 without a lease.',
    () => {
      const age = figures.leaseAgeMs();
      return age === undefined ? -1 : age / 1000;
    },
  );
  gauge('halley_lease_live', '1 while this node may serve requests.', () => Number(figures.isServing()));
  gauge('halley_log_lag', 'Access changes that this node has read and not acknowledged yet.', figures.logLag);
  counter('halley_fences_total', 'Number of times that the lease expired.', figures.fences);
  counter(
    'halley_fenced_seconds_total',
    'Time during which this node refused requests because it had no lease.',
    () => figures.fencedMs() / 1000,
  );
  counter('halley_database_statements_total', 'Statements sent to the database.', figures.databaseStatements);
  new Gauge({
    name: 'halley_fleet_nodes',
    help: 'Nodes in the cluster, including this one; -1 while the database does not respond.',
    registers,
    async collect() {
      this.set(await figures.nodes().catch(() => -1));
    },
  });
}
