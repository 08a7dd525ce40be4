/** A SQLite store in a directory of its own, for tests that look behind the store's interface. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../platform/clock.ts';
import type { Connection } from './connection.ts';
import { databaseFileName, openConnections } from './open.ts';
import { SqliteStore } from './sqlite-store.ts';

export interface TestDatabase {
  readonly dir: string;
  readonly path: string;
  readonly store: SqliteStore;
  /** The store's own connections. */
  readonly durable: Connection;
  readonly usage: Connection;
}

/** A directory that goes when the test ends. */
export function temporaryDirectory(test: { after(run: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-sqlite-'));
  test.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function testDatabase(test: { after(run: () => void): void }): TestDatabase {
  const dir = temporaryDirectory(test);
  const connections = openConnections(dir);
  test.after(() => {
    connections.durable.close();
    connections.usage.close();
  });
  const store = new SqliteStore(connections, new ManualClock());
  return { dir, path: join(dir, databaseFileName), store, ...connections };
}
