/** A SQLite store in a directory of its own, for tests that look behind the store's interface. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../platform/clock.ts';
import type { Connection } from './connection.ts';
import { LedgerThread } from './ledger-thread.ts';
import { openConnection } from './open.ts';
import { SqliteStore } from './sqlite-store.ts';

export interface TestDatabase {
  readonly dir: string;
  readonly path: string;
  readonly store: SqliteStore;
  /** The store's own connection. */
  readonly connection: Connection;
}

/** A directory that goes when the test ends. */
export function temporaryDirectory(test: { after(run: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-sqlite-'));
  test.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function testDatabase(test: { after(run: () => Promise<void> | void): void }): TestDatabase {
  const dir = temporaryDirectory(test);
  const { connection, path } = openConnection(dir);
  const store = new SqliteStore(connection, new LedgerThread(path), new ManualClock());
  test.after(() => store.close());
  return { dir, path, store, connection };
}
