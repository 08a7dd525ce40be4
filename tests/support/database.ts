/** The database of a running gateway, on the engine of this test process, as another program sees it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { LedgerDifference } from '../../src/store/ledger-store.ts';
import { Database } from '../../src/store/postgres/connection.ts';
import { verifyPostgres } from '../../src/store/postgres/verify-database.ts';
import { databaseFileName } from '../../src/store/sqlite/open.ts';
import { verifyDatabase } from '../../src/store/sqlite/verify-database.ts';
import { databaseUrlOf, testEngine } from './engine.ts';
import { connectionOf } from './postgres-database.ts';

type Row = Readonly<Record<string, unknown>>;

/** A database that is read while the gateway writes it. */
export interface OpenDatabase {
  /** Values are named `$1`, `$2`, … in that order. @returns the rows; `bigint` comes back as a number */
  rows(sql: string, ...values: readonly (string | number)[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

const fileOf = (dataDir: string) => join(dataDir, databaseFileName);

/** Opens the database that goes with a data directory; close it afterwards. */
export async function openDatabase(dataDir: string): Promise<OpenDatabase> {
  if (testEngine() === 'postgres') {
    const database = new Database(connectionOf(await databaseUrlOf(dataDir), 1));
    return {
      rows: (sql, ...values) => database.all(sql, ...values),
      close: () => database.close(),
    };
  }
  const database = new DatabaseSync(fileOf(dataDir), { readOnly: true, timeout: 10_000 });
  return {
    rows: async (sql, ...values) => database.prepare(sql.replaceAll(/\$\d+/g, '?')).all(...values),
    close: async () => database.close(),
  };
}

async function reading<Result>(dataDir: string, read: (database: OpenDatabase) => Promise<Result>) {
  const database = await openDatabase(dataDir);
  try {
    return await read(database);
  } finally {
    await database.close();
  }
}

/** How many requests have room reserved. */
export function reservationsIn(dataDir: string): Promise<number> {
  return reading(dataDir, async (database) => {
    const [row] = await database.rows('SELECT count(*) AS requests FROM reservations');
    return Number(row?.requests);
  });
}

/** The least that any limited key or account has left, besides what its running requests hold. */
export async function leastFreeIn(database: OpenDatabase): Promise<number> {
  const free = (table: string, left: string) =>
    `SELECT min(${left} - reserved) AS free FROM ${table} WHERE NOT unlimited_quota`;
  const [row] = await database.rows(
    `SELECT min(free) AS least FROM
      (${free('keys', 'remain_quota')} UNION ${free('accounts', 'quota')}) AS either`,
  );
  return Number(row?.least ?? 0);
}

/** Recomputes every total of the ledger from its records. @returns what differs, at most `limit` */
export async function differencesIn(dataDir: string, limit: number): Promise<readonly LedgerDifference[]> {
  if (testEngine() === 'sqlite') return verifyDatabase(dataDir, limit);
  return verifyPostgres(connectionOf(await databaseUrlOf(dataDir), 1), limit);
}

/**
 * Keeps everybody else from writing anything, until the returned function is called. Nodes of a fleet keep their
 * leases: what they do without one is tested in tests/fleet.
 */
export async function lockDatabase(dataDir: string): Promise<() => Promise<void>> {
  if (testEngine() === 'sqlite') {
    const database = new DatabaseSync(fileOf(dataDir), { timeout: 10_000 });
    database.exec('BEGIN IMMEDIATE');
    return async () => {
      database.exec('ROLLBACK');
      database.close();
    };
  }
  const client = new pg.Client({ connectionString: await databaseUrlOf(dataDir) });
  await client.connect();
  await client.query('BEGIN');
  const tables = (await client.query<{ name: string }>(tablesSql)).rows.map(({ name }) => name);
  const locked = tables.filter((name) => name !== leases).join(', ');
  await client.query(`LOCK TABLE ${locked} IN EXCLUSIVE MODE`);
  return () => client.end();
}

const tablesSql = "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'";
/** What a node writes to keep its lease. */
const leases = 'nodes';

/** Whether a text is anywhere in the database, in whichever column or file of it. */
export async function isStored(dataDir: string, text: string): Promise<boolean> {
  if (testEngine() === 'sqlite') {
    const names = (await readdir(dataDir)).filter((name) => name.startsWith(databaseFileName));
    const files = await Promise.all(names.map((name) => readFile(join(dataDir, name))));
    return files.some((bytes) => bytes.includes(text));
  }
  // A row as text has bytes in hexadecimal digits.
  const forms = [text, Buffer.from(text).toString('hex')].map((form) => `'${form.replaceAll("'", "''")}'`);
  return reading(dataDir, async (database) => {
    for (const { name } of await database.rows(tablesSql)) {
      const found = forms.map((form) => `position(${form} in one::text) > 0`).join(' OR ');
      const rows = await database.rows(`SELECT 1 FROM ${name} AS one WHERE ${found} LIMIT 1`);
      if (rows.length > 0) return true;
    }
    return false;
  });
}
