/** A SQLite store in a directory of its own, for tests that look behind the store's interface. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withChanges } from '../../../tests/support/test-store.ts';
import { ManualClock } from '../../platform/clock.ts';
import type { Changes } from '../store.ts';
import type { Connection } from './connection.ts';
import { openConnection } from './open.ts';
import { SqliteStore } from './sqlite-store.ts';

export interface TestDatabase {
  readonly dir: string;
  readonly path: string;
  readonly store: SqliteStore & Changes;
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
  const store = withChanges(new SqliteStore(connection, path, new ManualClock()));
  test.after(() => store.close());
  return { dir, path, store, connection };
}
