import assert from 'node:assert/strict';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { addAccount, anAccount } from '../contract/engine.ts';
import { emptyDetail, encodeDetail } from '../record-detail.ts';
import { openConnection } from './open.ts';
import { ReadThread } from './read-thread.ts';
import { type TestDatabase, temporaryDirectory, testDatabase } from './test-database.ts';

const recordCount = 100_000;
/** Each row of a record is read for it, and none has it. */
const searching = { keyName: 'nobody' };
const page = { offset: 0, limit: 10 };

function addRecords({ connection }: TestDatabase): void {
  connection.run(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${recordCount})
    INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    SELECT 'r' || n, 2, n, 1, 1, 'model', 1, 0, ?1 FROM numbers`,
    encodeDetail(emptyDetail),
  );
}

/** Counts the turns of this thread's loop until `work` is done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  turn();
  await work.finally(() => {
    isOver = true;
  });
  return turns;
}

test('a read of many records leaves the loop to others all the while, and lets short reads go first', async (t) => {
  const database = testDatabase(t);
  const { store } = database;
  addRecords(database);
  await store.listAccounts({}, page);
  const order: string[] = [];
  const long = store.listRecords(searching, page, 1, recordCount).then(({ total }) => {
    order.push('long');
    assert.equal(total, 0);
  });
  const short = store.listAccounts({}, page).then(() => order.push('short'));
  // In this thread there was one turn for each step of 4000 records.
  const turns = await turnsDuring(Promise.all([long, short]));
  assert.ok(turns > recordCount / 100, `${turns} turns`);
  assert.deepEqual(order, ['short', 'long']);
});

test('a read sees what was written before it, and what fails in the thread has its code', async (t) => {
  const { store } = testDatabase(t);
  for (const name of ['one', 'two', 'three']) {
    const { id } = await addAccount(store, anAccount(name));
    const [newest] = (await store.listAccounts({}, page)).items;
    assert.equal(newest?.id, id);
  }
  const reading = assert.rejects(store.countRecords({}, 60, 100), { code: 'store_unavailable' });
  await Promise.all([reading, store.close()]);
  await assert.rejects(store.listAccounts({}, page), { code: 'store_unavailable' });
});

test('a thread that dies is followed by another one', async (t) => {
  const { store } = testDatabase(t);
  const workers: Worker[] = [];
  const onWorker = (worker: Worker) => void workers.push(worker);
  process.on('worker', onWorker);
  t.after(() => void process.off('worker', onWorker));
  await store.listAccounts({}, page);
  const [reader] = workers;
  assert.ok(reader);
  const gone = once(reader, 'exit');
  await reader.terminate();
  await gone;
  assert.deepEqual(await store.listAccounts({}, page), { total: 0, items: [] });
  assert.equal(workers.length, 2);
});

test('a read waits for a lock that another process holds for a while', async (t) => {
  const { connection, path } = openConnection(temporaryDirectory(t));
  connection.close();
  const other = new DatabaseSync(path);
  // Readers wait for no writer, but for one that has the file to itself.
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  const reader = new ReadThread(path);
  t.after(() => reader.close());
  const read = reader.read('listAccounts', {}, page);
  setTimeout(() => other.close(), 1500);
  assert.deepEqual((await read).items, []);
});
