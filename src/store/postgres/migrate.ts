/**
 * Migrates a database to the schema this code knows, by the numbered files of `migrations/`. Nodes of two versions run
 * side by side during a rolling upgrade: the header of each migration names the oldest code that may run on its schema.
 */
import { join } from 'node:path';
import { HalleyError } from '../../platform/errors.ts';
import { readMigrations } from '../migrations.ts';
import type { Database, Queryable } from './connection.ts';

export const migrations = readMigrations(join(import.meta.dirname, 'migrations')).map((migration) => {
  const { file, oldestReader } = migration;
  if (oldestReader === undefined) throw new Error(`migration ${file} does not say its oldest reader`);
  return { ...migration, oldestReader };
});

/** The schema version this code migrates to. */
export const schemaVersion = migrations.length;

/** `server_version_num` of the oldest PostgreSQL that is supported. */
export const oldestPostgres = 150_000;

/**
 * Advisory locks, by the prefix "Hall". A process holds one while it migrates, fills an empty database, or re-seals.
 */
export const advisoryLocks = {
  migrate: [0x48616c6c, 1],
  fill: [0x48616c6c, 2],
  reseal: [0x48616c6c, 3],
} as const;

/**
 * Runs the missing migrations, all in one transaction. Nodes that start at the same time take turns.
 * @param where names the database in messages, without its password
 * @throws HalleyError('store_unavailable') when a newer version left it in a form that this code cannot use, or
 * PostgreSQL is too old
 */
export function migrate(database: Pick<Database, 'transaction'>, where: string): Promise<void> {
  return database.transaction(async (tx) => {
    await requirePostgres(tx, where);
    await tx.run('SELECT pg_advisory_xact_lock($1, $2)', ...advisoryLocks.migrate);
    await tx.run(
      'CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL, oldest_reader bigint NOT NULL)',
    );
    const row = await tx.get('SELECT version, oldest_reader FROM schema_version');
    const current = Number(row?.version ?? 0);
    if (current >= schemaVersion) return requireReadable(current, Number(row?.oldest_reader), where);
    for (const { sql } of migrations.slice(current)) await tx.run(sql);
    await tx.run('DELETE FROM schema_version');
    await tx.run(
      'INSERT INTO schema_version (version, oldest_reader) VALUES ($1, $2)',
      schemaVersion,
      migrations.at(-1)?.oldestReader ?? 0,
    );
  });
}

/** The schema of a database, and the oldest code that may use it; undefined = it has none. */
export interface SchemaFound {
  readonly version: number;
  readonly oldestReader: number;
}

export async function findSchema(db: Queryable): Promise<SchemaFound | undefined> {
  const { known } = await db.one("SELECT to_regclass('schema_version') IS NOT NULL AS known");
  const row = known === true ? await db.get('SELECT version, oldest_reader FROM schema_version') : undefined;
  return row && { version: Number(row.version), oldestReader: Number(row.oldest_reader) };
}

/**
 * For programs that only read.
 * @throws HalleyError('store_unavailable') when it is not of a form that this code knows
 */
export async function requireKnownSchema(db: Queryable, where: string): Promise<void> {
  const found = await findSchema(db);
  if (found && found.version >= schemaVersion) {
    requireReadable(found.version, found.oldestReader, where);
    return;
  }
  const schema = found ? `the schema version ${found.version}` : 'no tables of Halley';
  throw new HalleyError('store_unavailable', {
    message: `${where} has ${schema}, this Halley knows ${schemaVersion}. Use the Halley that runs on it, or start this one once: it brings the database up to date.`,
  });
}

async function requirePostgres(tx: Queryable, where: string): Promise<void> {
  const { number, name } = await tx.one(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name",
  );
  if (Number(number) >= oldestPostgres) return;
  throw new HalleyError('store_unavailable', {
    message: `${where} is PostgreSQL ${name}. Halley needs PostgreSQL 15 or newer: upgrade it.`,
  });
}

function requireReadable(current: number, oldestReader: number, where: string): void {
  if (schemaVersion >= oldestReader) return;
  const versions = `its schema has version ${current}, which needs at least ${oldestReader}; this one knows up to ${schemaVersion}`;
  throw new HalleyError('store_unavailable', {
    message: `${where} was written by a newer Halley (${versions}). Run the newer Halley, or restore a backup.`,
  });
}
