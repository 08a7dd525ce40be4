import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HalleyError } from '../../platform/errors.ts';
import { migrate } from './migrate.ts';
import { openConnection } from './open.ts';
import { testDatabase } from './test-database.ts';

test('a database that is up to date is not written to', (t) => {
  const { connection, path } = testDatabase(t);
  const before = connection.get('SELECT total_changes() AS n')?.n;
  migrate(connection, path);
  assert.equal(connection.get('SELECT total_changes() AS n')?.n, before);
});

test('a database of a newer version is refused, named, and left as it was', (t) => {
  const { dir, connection, path } = testDatabase(t);
  connection.exec('UPDATE schema_version SET version = 1000');
  assert.throws(
    () => openConnection(dir),
    (error) =>
      error instanceof HalleyError && error.message.startsWith(`${path} was written by a newer Halley`),
  );
  assert.equal(connection.get('SELECT version FROM schema_version')?.version, 1000);
});

test('a migration that fails leaves nothing behind', (t) => {
  const { connection, path } = testDatabase(t);
  const tables = () =>
    connection.all("SELECT name FROM sqlite_schema WHERE name <> 'write_check' ORDER BY name");
  const before = tables();
  // Told that nothing was migrated, it runs into a table that exists after it has made another.
  connection.exec('DROP TABLE accounts; DELETE FROM schema_version');
  const without = tables();
  assert.throws(() => migrate(connection, path), /already exists/);
  assert.deepEqual(tables(), without);
  assert.notDeepEqual(without, before);
});
