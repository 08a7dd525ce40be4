import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionOf, freshDatabase } from '../../../tests/support/postgres-database.ts';
import { HalleyError } from '../../platform/errors.ts';
import { Database } from './connection.ts';

test('a connection that is ended between two statements of a transaction fails it, and nothing else', async (t) => {
  const url = await freshDatabase();
  const [db, other] = [new Database(connectionOf(url)), new Database(connectionOf(url))];
  t.after(() => Promise.all([db.close(), other.close()]));
  const broken = db.transaction(async (tx) => {
    const { pid } = await tx.one('SELECT pg_backend_pid() AS pid');
    await other.run('SELECT pg_terminate_backend($1)', pid as number);
    // What the database says of it must arrive while no statement is under way.
    while ((await other.all('SELECT 1 FROM pg_stat_activity WHERE pid = $1', pid as number)).length > 0);
    await sleep(50);
    await tx.run('SELECT 1');
  });
  await assert.rejects(
    broken,
    (error: unknown) => error instanceof HalleyError && error.code === 'store_unavailable',
  );
  assert.deepEqual(await db.one('SELECT 1 AS one'), { one: 1 });
});
