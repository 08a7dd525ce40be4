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

/** A pool that pipelines, and one to look with. */
async function pipelining(t: { after(run: () => Promise<unknown>): void }) {
  const url = await freshDatabase();
  const db = new Database({ ...connectionOf(url, 1), pipeline: true });
  const other = new Database(connectionOf(url));
  t.after(() => Promise.all([db.close(), other.close()]));
  await other.run('CREATE TABLE things (id int PRIMARY KEY)');
  const ids = async () => (await other.all('SELECT id FROM things ORDER BY id')).map(({ id }) => id);
  return { db, ids };
}

test('a transaction whose last statements go with its commit resolves once it is committed', async (t) => {
  const { db, ids } = await pipelining(t);
  const locked = await db.inTwoSteps({
    begin: 'BEGIN',
    lock: (tx) => tx.all('SELECT 1 AS one'),
    async write(tx, rows) {
      await tx.commitWith(() =>
        Promise.all([tx.run('INSERT INTO things VALUES (1)'), tx.run('INSERT INTO things VALUES (2)')]),
      );
      assert.deepEqual(await ids(), [1, 2]);
      await assert.rejects(tx.run('INSERT INTO things VALUES (3)'), /has ended/);
      return rows;
    },
  });
  assert.deepEqual(locked, [{ one: 1 }]);
});

test('a statement that fails before the commit sent behind it is the failure, and nothing is kept', async (t) => {
  const { db, ids } = await pipelining(t);
  const insert = (id: string) => `INSERT INTO things VALUES (${id})`;
  const failing = db.inTwoSteps({
    begin: 'BEGIN',
    lock: (tx) => tx.all('SELECT 1'),
    write: (tx) =>
      tx.commitWith(async () => {
        const deep = (async () => {
          await tx.run(insert('1 / 0'));
        })();
        await Promise.all([tx.run(insert('1')), deep, tx.run(insert('2'))]);
      }),
  });
  await assert.rejects(failing, /division by zero/);
  const late = db.transaction(async (tx) => {
    const chain = (async () => {
      await tx.run(insert('3'));
      await sleep(20);
      await tx.run(insert('4'));
    })();
    await Promise.all([chain, tx.run(insert('1 / 0'))]);
  });
  await assert.rejects(late, /division by zero/);
  await sleep(40);
  assert.deepEqual(await ids(), [], 'nor what a part sends after the end');
  assert.deepEqual(await db.one('SELECT 1 AS one'), { one: 1 });
});
