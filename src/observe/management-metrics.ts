/** Metrics for administrators: deletions, new administrators, and free space in the data directory. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** What management counts. */
export interface ManagementCounts {
  /** So many keys, or accounts with all their keys, were deleted through this node. */
  deleted(kind: 'key' | 'account', count: number): void;
  /** An account was made or became an administrator through this node. */
  administratorMade(): void;
}

export interface DiskFigures {
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

/** @param dataDisk asked at each scrape; when it fails the figures are not numbers, which no alert goes by */
export function createManagementMetrics(
  registers: Registry[],
  dataDisk: () => Promise<DiskFigures>,
): ManagementCounts {
  const deletions = new Counter({
    name: 'halley_deletions_total',
    help: 'Keys and accounts that were deleted through this node.',
    labelNames: ['kind'],
    registers,
  });
  const grants = new Counter({
    name: 'halley_role_grants_total',
    help: 'Accounts that were made or became administrators through this node.',
    labelNames: ['role'],
    registers,
  });
  // A counter that appears with its first increase shows none to those who look for one.
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
  gauge('halley_data_free_bytes', 'Bytes of it that the gateway may still use.', (disk) => disk.freeBytes);
}
