/** Metrics for administrators: deletions, new administrators, and free space in the data directory. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** Events that the management API counts. */
export interface ManagementCounts {
  /** Records the deletion of keys, or of accounts with all their keys, through this node. */
  deleted(kind: 'key' | 'account', count: number): void;
  /** Records that an account was created as an administrator, or became one, through this node. */
  administratorMade(): void;
}

export interface DiskFigures {
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

/** @param dataDisk called at each scrape; when it fails the values are NaN, which triggers no alert */
export function createManagementMetrics(
  registers: Registry[],
  dataDisk: () => Promise<DiskFigures>,
): ManagementCounts {
  const deletions = new Counter({
    name: 'halley_deletions_total',
    help: 'Keys and accounts deleted through this node.',
    labelNames: ['kind'],
    registers,
  });
  const grants = new Counter({
    name: 'halley_role_grants_total',
    help: 'Accounts created as administrators, or promoted to them, through this node.',
    labelNames: ['role'],
    registers,
  });
  // Initialize the counters to 0. Otherwise the first increase is invisible to `increase()`.
  for (const kind of ['key', 'account']) deletions.inc({ kind }, 0);
  grants.inc({ role: 'admin' }, 0);
  registerDisk(registers, dataDisk);
  return {
    deleted: (kind, count) => deletions.inc({ kind }, count),
    administratorMade: () => grants.inc({ role: 'admin' }),
  };
}

function registerDisk(registers: Registry[], dataDisk: () => Promise<DiskFigures>): void {
  const gauge = (name: string, help: string, figure: (disk: DiskFigures) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await dataDisk().then(figure, () => Number.NaN));
      },
    });
  gauge('halley_data_size_bytes', 'Size of the file system of the data directory.', (disk) => disk.sizeBytes);
  gauge(
    'halley_data_free_bytes',
    'Free bytes of this file system that the gateway may use.',
    (disk) => disk.freeBytes,
  );
}
