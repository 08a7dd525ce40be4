/** The database of a running gateway, as another process sees it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const fileOf = (dataDir: string) => join(dataDir, 'halley.sqlite');

/** How many requests have room reserved. */
export function reservationsIn(dataDir: string): number {
  const database = new DatabaseSync(fileOf(dataDir), { readOnly: true });
  try {
    return Number(database.prepare('SELECT count(*) AS requests FROM reservations').get()?.requests);
  } finally {
    database.close();
  }
}

/** The least that any limited key or account has left, besides what its running requests hold. */
export function leastFreeIn(database: DatabaseSync): number {
  const free = (table: string, left: string) =>
    `SELECT min(${left} - reserved) AS free FROM ${table} WHERE unlimited_quota = 0`;
  const least = database
    .prepare(
      `SELECT min(free) AS least FROM (${free('keys', 'remain_quota')} UNION ${free('accounts', 'quota')})`,
    )
    .get()?.least;
  return least === null ? 0 : Number(least);
}

/** The database to be read while the gateway writes it; close it afterwards. */
export function openDatabase(dataDir: string): DatabaseSync {
  return new DatabaseSync(fileOf(dataDir), { readOnly: true });
}

/** Holds the write lock, so that nothing can be written, until the returned function is called. */
export function lockDatabase(dataDir: string): () => void {
  const database = new DatabaseSync(fileOf(dataDir), { timeout: 10_000 });
  database.exec('BEGIN IMMEDIATE');
  return () => {
    database.exec('ROLLBACK');
    database.close();
  };
}
