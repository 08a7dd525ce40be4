import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManualClock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { Connection } from './connection.ts';
import { openSqliteStore } from './open.ts';
import { temporaryDirectory, testDatabase } from './test-database.ts';

const isUnavailable = (why: RegExp) => (error: unknown) =>
  error instanceof HalleyError && error.code === 'store_unavailable' && why.test(error.log ?? error.message);

test('a transaction that throws leaves nothing behind and the connection usable', (t) => {
  const { connection } = testDatabase(t);
  connection.exec('CREATE TABLE t (x INTEGER) STRICT');
  const failure = new Error('mine');
  const work = () => {
    connection.run('INSERT INTO t VALUES (1)');
    throw failure;
  };
  assert.throws(() => connection.transaction(work), failure);
  assert.deepEqual(connection.all('SELECT x FROM t'), []);
  assert.equal(
    connection.transaction(() => connection.run('INSERT INTO t VALUES (2)')),
    1,
  );
});

test('a commit that fails is rolled back and leaves the connection usable', (t) => {
  const { connection } = testDatabase(t);
  connection.exec('CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT');
  connection.exec('CREATE TABLE c (p INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED) STRICT');
  // A deferred constraint is the one failure that SQLite reports at COMMIT and not before.
  assert.throws(
    () => connection.transaction(() => connection.run('INSERT INTO c VALUES (7)')),
    /FOREIGN KEY/,
  );
  assert.deepEqual(connection.all('SELECT p FROM c'), []);
  assert.equal(
    connection.transaction(() => connection.run('INSERT INTO p VALUES (7)')),
    1,
  );
});

test('a mistake of ours is not passed off as a failing database', (t) => {
  const { connection } = testDatabase(t);
  for (const sql of ['SELEC 1', 'SELECT * FROM nowhere', 'INSERT INTO schema_version VALUES (NULL)']) {
    assert.throws(
      () => connection.run(sql),
      (error) => error instanceof Error && !(error instanceof HalleyError),
      sql,
    );
  }
});

test('a lock that another program holds is store_unavailable, and then over', (t) => {
  const { connection, path } = testDatabase(t);
  const other = new Connection(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  assert.throws(() => connection.transaction(() => 1), isUnavailable(/locked/));
  other.exec('ROLLBACK');
  assert.equal(
    connection.transaction(() => 1),
    1,
  );
});

test('a file that is no database, or damaged, is store_unavailable', (t) => {
  const dir = temporaryDirectory(t);
  const path = join(dir, 'halley.sqlite');
  writeFileSync(path, 'no database at all. '.repeat(1000));
  assert.throws(() => openSqliteStore({ dir, clock: new ManualClock() }), isUnavailable(/not a database/));
});

test('a connection is set up for what it promises, durable unless told otherwise', (t) => {
  const { connection } = testDatabase(t);
  assert.equal(connection.get('PRAGMA journal_mode')?.journal_mode, 'wal');
  assert.equal(connection.get('PRAGMA secure_delete')?.secure_delete, 1);
  assert.equal(connection.get('PRAGMA foreign_keys')?.foreign_keys, 1);
  const synchronous = () => connection.get('PRAGMA synchronous')?.synchronous;
  const [full, normal] = [2, 1];
  assert.equal(synchronous(), full);
  for (const [durable, expected] of [
    [false, normal],
    [false, normal],
    [true, full],
    [true, full],
    [false, normal],
  ] as const) {
    connection.setDurable(durable);
    assert.equal(synchronous(), expected);
  }
});

test('a new data directory and all that SQLite puts into it is private to its owner', async (t) => {
  const dir = join(temporaryDirectory(t), 'new', 'data');
  const store = openSqliteStore({ dir, clock: new ManualClock() });
  await store.checkWritable();
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  for (const suffix of ['', '-wal', '-shm']) {
    assert.equal(statSync(join(dir, `halley.sqlite${suffix}`)).mode & 0o777, 0o600, suffix);
  }
  await store.close();
});

test('a data directory that is a file is refused by name', (t) => {
  const dir = join(temporaryDirectory(t), 'file');
  writeFileSync(dir, '');
  assert.throws(
    () => openSqliteStore({ dir, clock: new ManualClock() }),
    (error) => error instanceof HalleyError && error.message.includes(`data directory ${dir} cannot be used`),
  );
});
