/** What the nodes of a fleet agree by, on a database of its own, with what tests write into its log. */
import type { Clock } from '../../src/platform/clock.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { NodeIdentity } from '../../src/store/coordination.ts';
import { Database } from '../../src/store/postgres/connection.ts';
import { PostgresCoordination } from '../../src/store/postgres/coordination.ts';
import { appendLog, type NewLogEntry } from '../../src/store/postgres/revocation-log.ts';
import { connectionOf, freshDatabase } from './postgres-database.ts';

export interface Fleet {
  readonly url: string;
  readonly db: Database;
  readonly coordination: PostgresCoordination;
}

type Ending = { after(run: () => Promise<void>): void };

export async function fleet(t: Ending, clock: Clock = systemClock, existing?: string): Promise<Fleet> {
  const url = existing ?? (await freshDatabase());
  const db = new Database(connectionOf(url));
  const coordination = new PostgresCoordination(connectionOf(url, 3), clock);
  t.after(async () => {
    await coordination.close();
    await db.close();
  });
  return { url, db, coordination };
}

export const identity = (nodeId: string, processId = `${nodeId}-process`): NodeIdentity => ({
  nodeId,
  processId,
  name: `name of ${nodeId}`,
  version: '1.2.3',
});

export const keyChange = (keyId: number, fields: Partial<NewLogEntry> = {}): NewLogEntry => ({
  change: { kind: 'key', keyId, digest: new Uint8Array(32).fill(keyId) },
  accountId: 1,
  ...fields,
});

export const append = (db: Database, ...entries: readonly NewLogEntry[]) =>
  db.transaction((tx) => appendLog(tx, entries));
