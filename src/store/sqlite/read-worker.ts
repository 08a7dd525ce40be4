/**
 * Worker thread that reads lists and sums in SQLite, on a connection that cannot write. What it reads may be long; a read in
 * steps lets others go between them.
 */
import { workerData } from 'node:worker_threads';
import { serveHandlers } from '../../platform/worker-handlers.ts';
import { listAccounts } from './accounts.ts';
import { listEvents } from './audit-list.ts';
import { listBalanceEntries, sumBalanceEntries } from './balance-entries.ts';
import { Connection } from './connection.ts';
import { listHourly } from './hourly.ts';
import { countKeysBy, listKeysBy } from './key-list.ts';
import { searchKeys, searchManagedKeys } from './key-search.ts';
import { listKeys } from './keys.ts';
import { countRecords, exportRecords, listRecords, searchRecords, sumRecords } from './records.ts';
import { listBudgetedKeys, rankUsage, sumUsage } from './usage.ts';

/** Reads that take longer the more there is: all of them get the connection first. */
const reads = {
  listRecords,
  searchRecords,
  exportRecords,
  countRecords,
  sumRecords,
  listHourly,
  sumUsage,
  rankUsage,
  listBudgetedKeys,
  listBalanceEntries,
  sumBalanceEntries,
  listKeys,
  searchKeys,
  searchManagedKeys,
  listKeysBy,
  countKeysBy,
  listAccounts,
  listEvents,
} as const;

export type Reads = typeof reads;
export type ReadName = keyof Reads;

export interface ReadOrder {
  readonly name: ReadName;
  /** What follows the connection. */
  readonly given: readonly unknown[];
}

/** Long, since nothing but long reads waits here. Readers wait for no writer, but for a process that has the file to itself for a moment. */
const lockWaitMs = 10_000;

const connection = new Connection(workerData as string, lockWaitMs, true);

const handlers = {
  read({ name, given }: ReadOrder): unknown {
    const read: (connection: Connection, ...given: never[]) => unknown = reads[name];
    return read(connection, ...(given as never[]));
  },
  close: () => connection.close(),
};

export type ReadHandlers = typeof handlers;

serveHandlers(handlers, (found) => {
  const isExport = typeof found === 'object' && found !== null && 'lines' in found;
  return isExport && found.lines instanceof Uint8Array ? [found.lines.buffer as ArrayBuffer] : [];
});
