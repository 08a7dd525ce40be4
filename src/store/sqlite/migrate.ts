/** Migrates a database to the schema this code knows, by the numbered files of `migrations/`. */
import { join } from 'node:path';
import { HalleyError } from '../../platform/errors.ts';
import { readMigrations } from '../migrations.ts';
import type { Connection } from './connection.ts';

const migrations = readMigrations(join(import.meta.dirname, 'migrations'));

/** The schema version this code migrates to. */
export const schemaVersion = migrations.length;

/**
 * Runs the missing migrations, all in one transaction.
 * @throws HalleyError('store_unavailable') when the database was written by a newer version
 */
export function migrate(connection: Connection, path: string): void {
  connection.transaction(() => {
    connection.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT');
    const current = Number(connection.get('SELECT version FROM schema_version')?.version ?? 0);
    if (current > migrations.length) {
      const versions = `its schema has version ${current}, this one knows up to ${migrations.length}`;
      throw new HalleyError('store_unavailable', {
        message: `${path} was written by a newer Halley (${versions}). Run the newer Halley, or restore a backup.`,
      });
    }
    if (current === migrations.length) return;
    for (const { sql } of migrations.slice(current)) connection.exec(sql);
    connection.exec('DELETE FROM schema_version');
    connection.run('INSERT INTO schema_version (version) VALUES (?)', migrations.length);
  });
}

/**
 * For programs that only read.
 * @throws HalleyError('store_unavailable') when the database is not exactly of this version
 */
export function requireCurrentSchema(connection: Connection, path: string): void {
  const hasVersion =
    connection.get("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'") !== undefined;
  const version = hasVersion ? connection.get('SELECT version FROM schema_version')?.version : undefined;
  if (version === migrations.length) return;
  const found = version === undefined ? 'no version' : `version ${version}`;
  throw new HalleyError('store_unavailable', {
    message: `The schema of ${path} has ${found}, this Halley knows ${migrations.length}. Use the Halley that runs on it, or start this one once: it brings the database up to date.`,
  });
}
