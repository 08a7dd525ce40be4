/** Databases with Halley's tables, in the PostgreSQL that the tests of a process share. */
import { Database } from '../../src/store/postgres/connection.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { shareTestPostgres } from './postgres.ts';

/** For tests no wait is too long. */
const timeouts = { statementMs: 20_000, connectMs: 20_000 };

/** Options of connections to a database of the tests. */
export function connectionOf(url: string, poolMax = 5) {
  return { url, poolMax, ...timeouts, applicationName: 'halley test' };
}

let template: Promise<string> | undefined;

/** A database that is up to date and empty. @returns its url */
export async function freshDatabase(): Promise<string> {
  template ??= migratedTemplate();
  return (await shareTestPostgres()).createDatabase(await template);
}

/** Copying a database is far quicker than making its tables. */
async function migratedTemplate(): Promise<string> {
  const url = await (await shareTestPostgres()).createDatabase();
  const database = new Database(connectionOf(url));
  await migrate(database, 'The template').finally(() => database.close());
  return new URL(url).pathname.slice(1);
}
