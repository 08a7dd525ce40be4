/** Databases with Halley's tables, in the PostgreSQL that the tests of a process share. */
import { Database } from '../../src/store/postgres/connection.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { postgresOfRun, type SharedPostgres, shareTestPostgres } from './postgres.ts';

/** For tests no wait is too long. */
const timeouts = { statementMs: 20_000, connectMs: 20_000 };

/** Options of connections to a database of the tests. */
export function connectionOf(url: string, poolMax = 5) {
  return { url, poolMax, ...timeouts, applicationName: 'halley test' };
}

let template: Promise<string> | undefined;

/** A database that is up to date and empty. @returns its url */
export async function freshDatabase(): Promise<string> {
  const postgres = await shareTestPostgres();
  template ??= Promise.resolve(postgresOfRun()?.template ?? migratedTemplate(postgres));
  return postgres.createDatabase(await template);
}

/** A database that is up to date, in a PostgreSQL of the test's own. @returns its url */
export async function databaseIn(postgres: SharedPostgres): Promise<string> {
  return postgres.createDatabase(await migratedTemplate(postgres));
}

/** Copying a database is far quicker than making its tables. @returns the name of one to copy */
export async function migratedTemplate(postgres: SharedPostgres): Promise<string> {
  const url = await postgres.createDatabase();
  const database = new Database(connectionOf(url));
  await migrate(database, 'The template').finally(() => database.close());
  return new URL(url).pathname.slice(1);
}
