import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareTestPostgres } from '../../../tests/support/postgres.ts';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import { HalleyError } from '../../platform/errors.ts';
import { Database, type Queryable } from './connection.ts';
import { migrate, schemaVersion } from './migrate.ts';

const where = 'The database of the tests';

async function emptyDatabase(): Promise<string> {
  return (await shareTestPostgres()).createDatabase();
}

function connect(t: { after(run: () => Promise<void>): void }, url: string): Database {
  const database = new Database(connectionOf(url));
  t.after(() => database.close());
  return database;
}

test('of four nodes that start at once on an empty database, one makes the tables', async (t) => {
  const url = await emptyDatabase();
  const databases = [1, 2, 3, 4].map(() => connect(t, url));
  await Promise.all(databases.map((database) => migrate(database, where)));
  const [first] = databases;
  assert.deepEqual(await first?.all('SELECT version FROM schema_version'), [{ version: schemaVersion }]);
  assert.deepEqual(await first?.all('SELECT seq FROM revocation_clock'), [{ seq: 0 }]);
});

test('a newer schema is used where it says that this version may, and refused otherwise', async (t) => {
  const database = connect(t, await emptyDatabase());
  await migrate(database, where);
  await database.run('UPDATE schema_version SET version = 1000');
  await migrate(database, where);
  await database.run('UPDATE schema_version SET oldest_reader = $1', schemaVersion + 1);
  await assert.rejects(
    migrate(database, where),
    (error) =>
      error instanceof HalleyError &&
      error.code === 'store_unavailable' &&
      error.message.startsWith(`${where} was written by a newer Halley`),
  );
  assert.deepEqual(await database.all('SELECT version FROM schema_version'), [{ version: 1000 }]);
});

test('a migration that fails leaves nothing behind', async (t) => {
  const database = connect(t, await emptyDatabase());
  await database.run('CREATE TABLE sessions (id int)');
  await assert.rejects(migrate(database, where), /already exists/);
  assert.deepEqual(await database.all("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"), [
    { tablename: 'sessions' },
  ]);
});

test('a PostgreSQL that is too old is refused before anything is written', async () => {
  const statements: string[] = [];
  const tx = {
    async one(sql: string) {
      statements.push(sql);
      return { number: 140_012, name: '14.12' };
    },
  } as unknown as Queryable;
  await assert.rejects(
    migrate({ transaction: (work) => work(tx) }, where),
    /is PostgreSQL 14\.12\. Halley needs PostgreSQL 15 or newer/,
  );
  assert.equal(statements.length, 1);
});
