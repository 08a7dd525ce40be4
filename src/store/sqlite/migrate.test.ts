import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HalleyError } from '../../platform/errors.ts';
import { migrate } from './migrate.ts';
import { openConnections } from './open.ts';
import { testDatabase } from './test-database.ts';

test('a database that is up to date is not written to', (t) => {
  const { durable, path } = testDatabase(t);
  const before = durable.get('SELECT total_changes() AS n')?.n;
  migrate(durable, path);
  assert.equal(durable.get('SELECT total_changes() AS n')?.n, before);
});

test('a database of a newer version is refused, named, and left as it was', (t) => {
  const { dir, durable, path } = testDatabase(t);
  durable.exec('UPDATE schema_version SET version = 1000');
  assert.throws(
    () => openConnections(dir),
    (error) =>
      error instanceof HalleyError && error.message.startsWith(`${path} was written by a newer Halley`),
  );
  assert.equal(durable.get('SELECT version FROM schema_version')?.version, 1000);
});

test('a migration that fails leaves nothing behind', (t) => {
  const { durable, path } = testDatabase(t);
  const tables = () =>
    durable.all("SELECT name FROM sqlite_schema WHERE name <> 'write_check' ORDER BY name");
  const before = tables();
  // Told that nothing was migrated, it runs into a table that exists after it has made another.
  durable.exec('DROP TABLE accounts; DELETE FROM schema_version');
  const without = tables();
  assert.throws(() => migrate(durable, path), /already exists/);
  assert.deepEqual(tables(), without);
  assert.notDeepEqual(without, before);
});
