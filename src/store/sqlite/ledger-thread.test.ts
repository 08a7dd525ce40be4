import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { ReservationRequest } from '../../domain/accounting/terms.ts';
import { ManualClock } from '../../platform/clock.ts';
import { addAccount, addKey, aKey, anAccount, aRecord, assertInvariants } from '../contract/engine.ts';
import { heardBy } from '../contract/heard.ts';
import { asking } from '../contract/payer.ts';
import type { Settlement } from '../ledger-store.ts';
import { Connection } from './connection.ts';
import { LedgerThread } from './ledger-thread.ts';
import { openSqliteStore } from './open.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

interface Rig extends TestDatabase {
  readonly thread: LedgerThread;
  /** All threads that were started, the newest last. */
  readonly workers: Worker[];
  readonly asked: (units: number) => ReservationRequest;
  readonly ended: (units: number) => Settlement;
}

/** A database with a payer, and a thread of its own that writes it. */
async function startRig(t: TestContext): Promise<Rig> {
  const database = testDatabase(t);
  const account = await addAccount(database.store, anAccount('one', { quota: 1000 }));
  const key = await addKey(database.store, aKey(account.id));
  const thread = new LedgerThread(database.path);
  t.after(() => thread.close());
  const workers: Worker[] = [];
  const onWorker = (worker: Worker) => void workers.push(worker);
  process.on('worker', onWorker);
  t.after(() => void process.off('worker', onWorker));
  const payer = { accountId: account.id, keyId: key.id };
  return {
    ...database,
    thread,
    workers,
    asked: (units) => asking(payer, units),
    ended: (units) => ({ record: aRecord({ ...payer, units }), reserved: false }),
  };
}

const usedQuota = ({ connection }: TestDatabase) =>
  connection.get('SELECT used_quota FROM accounts')?.used_quota;

test('replies come in the order of the orders, each to its own', async (t) => {
  const { thread, asked, ended, ...rig } = await startRig(t);
  const order: string[] = [];
  const note = async (name: string, reply: Promise<unknown>) => {
    order.push(`${name}: ${await reply.then((value) => JSON.stringify(value), String)}`);
  };
  const held = asked(990);
  await Promise.all([
    note('a', thread.reserve([held])),
    note('b', thread.reserve([asked(20)])),
    note('c', thread.settle([ended(0.5)], true)),
    note('d', thread.releaseReservations()),
    note('e', thread.reserve([asked(20)])),
    note('f', thread.settle([ended(7)], false)),
  ]);
  assert.deepEqual(order.slice(0, 2), [
    'a: {"outcomes":["reserved"],"alerts":[]}',
    'b: {"outcomes":[{"holder":{"kind":"account","id":1},"limit":"quota","free":10,"reserved":990}],"alerts":[]}',
  ]);
  assert.match(order[2] ?? '', /^c: Error: .*REAL/);
  assert.deepEqual(order.slice(3), [
    'd: {"requests":1,"units":990}',
    'e: {"outcomes":["reserved"],"alerts":[]}',
    'f: []',
  ]);
  await assertInvariants(rig.store);
});

test('an order that cannot be copied is refused, and the replies of the others stay in their places', async (t) => {
  const { thread, asked } = await startRig(t);
  const uncopied = { ...asked(1), more: () => 1 };
  const replies = await Promise.allSettled([
    thread.reserve([asked(1), asked(2)]),
    thread.reserve([uncopied]),
    thread.releaseReservations(),
  ]);
  assert.deepEqual(
    replies.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(await thread.releaseReservations(), { requests: 0, units: 0 });
});

/** A settlement that may be deferred, with the database's own view of what was. */
const deferrable = ({ ended }: Rig, units: number): Settlement => ({ ...ended(units), deferrable: true });
const deferredRows = ({ connection }: TestDatabase) =>
  connection.get('SELECT count(*) AS rows FROM deferred_settlements')?.rows;

test('deferrable settlements are durable at once, and in the totals when somebody reads them', async (t) => {
  const rig = await startRig(t);
  const { thread } = rig;
  await thread.settle([deferrable(rig, 3), deferrable(rig, 4)], true);
  await thread.settle([deferrable(rig, 5), rig.ended(100)], true);
  assert.deepEqual([usedQuota(rig), deferredRows(rig)], [100, 2]);
  await thread.applied();
  assert.deepEqual([usedQuota(rig), deferredRows(rig)], [112, 0]);
  await assertInvariants(rig.store);
});

test('many deferred settlements are applied without being asked for', async (t) => {
  const rig = await startRig(t);
  for (let batch = 0; batch < 10; batch += 1) {
    await rig.thread.settle(
      Array.from({ length: 120 }, () => deferrable(rig, 1)),
      true,
    );
  }
  await rig.thread.releaseReservations();
  assert.deepEqual([usedQuota(rig), deferredRows(rig)], [1080, 1]);
});

test('work between orders meets totals in which nothing is deferred, and so does a reservation', async (t) => {
  const rig = await startRig(t);
  const { thread, store, asked } = rig;
  await thread.settle([deferrable(rig, 7)], true);
  assert.equal(await thread.between(() => usedQuota(rig)), 7);
  // Its request was admitted when the account was unlimited, which it is no longer.
  await thread.settle([deferrable(rig, 600)], true);
  const { outcomes } = await thread.reserve([asked(500)]);
  assert.deepEqual(outcomes, [
    { holder: { kind: 'account', id: 1 }, limit: 'quota', free: 393, reserved: 0 },
  ]);
  await assertInvariants(store);
});

test('one that could not be applied later is refused at once', async (t) => {
  const rig = await startRig(t);
  await assert.rejects(rig.thread.settle([deferrable(rig, 0.5)], true), /REAL/);
  assert.equal(deferredRows(rig), 0);
});

test('what a process deferred before it was killed is applied when the database is opened, and only once', async (t) => {
  const rig = await startRig(t);
  const { thread, workers, dir, ended } = rig;
  const twice = deferrable(rig, 20);
  await thread.settle([twice, ended(1)], true);
  await thread.settle([twice], true);
  await workers[0]?.terminate();
  assert.deepEqual([usedQuota(rig), deferredRows(rig)], [1, 2]);
  const opened = openSqliteStore({ dir, clock: new ManualClock() });
  t.after(() => opened.close());
  assert.deepEqual([usedQuota(rig), deferredRows(rig)], [21, 0]);
  assert.equal((await opened.listRecords({}, { offset: 0, limit: 10 }, 10)).items.length, 2);
});

test('a read fails while what was deferred cannot be applied, and the next one shows it', async (t) => {
  const rig = await startRig(t);
  const { thread, workers, path } = rig;
  await thread.settle([deferrable(rig, 9)], true);
  const other = new Connection(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const reading = [thread.applied(), thread.applied()];
  const death = workers[0]?.terminate();
  other.exec('COMMIT');
  for (const { status } of nonEmpty(await Promise.allSettled(reading))) assert.equal(status, 'rejected');
  await death;
  await thread.applied();
  assert.equal(usedQuota(rig), 9);
});

test('closing applies what was deferred', async (t) => {
  const rig = await startRig(t);
  await rig.thread.settle([deferrable(rig, 2)], true);
  await rig.thread.close();
  assert.deepEqual([usedQuota(rig), deferredRows(rig)], [2, 0]);
});

test('while another connection holds the lock the ledger waits, and then writes', async (t) => {
  const { thread, ended, path, ...rig } = await startRig(t);
  await thread.settle([ended(1)], true);
  const other = new Connection(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  let done = 0;
  const writes = [ended(2), ended(3)].map(async (each) => {
    await thread.settle([each], true);
    done += 1;
  });
  // Far longer than this process's own connection waits, which must not be held up by it.
  await sleep(400);
  assert.equal(done, 0);
  assert.equal(usedQuota({ ...rig, path }), 1);
  other.exec('COMMIT');
  await Promise.all(writes);
  assert.equal(usedQuota({ ...rig, path }), 6);
});

test('keys are deleted and changed while the ledger writes without a pause', async (t) => {
  const { thread, ended, store } = await startRig(t);
  let isOver = false;
  const writing = (async () => {
    while (!isOver) await Promise.all([1, 2, 3, 4].map(() => thread.settle([ended(0), ended(0)], true)));
  })();
  for (let round = 0; round < 100; round += 1) {
    const key = await addKey(store, aKey(1));
    await store.updateKey(1, key.id, { name: 'other' }, heardBy(store));
    assert.deepEqual(await store.deleteKeys(1, [key.id], heardBy(store)), [key.id]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  isOver = true;
  await writing;
  await assertInvariants(store);
});

test('a thread that dies rejects what waits as store_unavailable, and another one takes its place', async (t) => {
  const { thread, workers, asked, ended, path, ...rig } = await startRig(t);
  await thread.settle([ended(1)], true);
  const other = new Connection(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const lost = Promise.allSettled([thread.settle([ended(10)], true), thread.reserve([asked(5)])]);
  const death = workers[0]?.terminate();
  // A thread that waits for the lock cannot end before it has it.
  other.exec('COMMIT');
  for (const { status, ...outcome } of nonEmpty(await lost)) {
    assert.equal(status, 'rejected');
    assert.equal((outcome as { reason: { code: string } }).reason.code, 'store_unavailable');
  }
  await death;
  await thread.settle([ended(2)], true);
  assert.equal(workers.length, 2);
  assert.equal(usedQuota({ ...rig, path }), 3);
  await assertInvariants(rig.store);
});

test('a thread that cannot begin rejects as store_unavailable, and is tried again each time', async (t) => {
  const { dir, workers, ended } = await startRig(t);
  const thread = new LedgerThread(join(dir, 'nowhere', 'x.sqlite'));
  for (const each of [1, 2]) {
    await assert.rejects(thread.settle([ended(each)], true), { code: 'store_unavailable' });
  }
  assert.equal(workers.length, 2);
  await thread.close();
});

test('closing waits for what was sent; later orders are refused; closing again does nothing', async (t) => {
  const { thread, ended, path, ...rig } = await startRig(t);
  const other = new Connection(path);
  t.after(() => other.close());
  await thread.settle([ended(1)], true);
  other.exec('BEGIN IMMEDIATE');
  const order: string[] = [];
  const writing = thread.settle([ended(5)], true).then(() => order.push('written'));
  const closing = thread.close().then(() => order.push('closed'));
  await assert.rejects(thread.settle([ended(7)], true), { code: 'store_unavailable', log: /closed/ });
  await sleep(50);
  other.exec('COMMIT');
  await Promise.all([writing, closing, thread.close()]);
  assert.deepEqual(order, ['written', 'closed']);
  assert.equal(usedQuota({ ...rig, path }), 6);
  await thread.close();
});

test('a process ends by itself when its ledger is idle, and not before its records are written', async (t) => {
  const { path, connection, ...rig } = await startRig(t);
  const url = (file: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, file)).href);
  const script = `(async () => {
    const { LedgerThread } = await import(${url('ledger-thread.ts')});
    const { aRecord } = await import(${url('../contract/engine.ts')});
    const thread = new LedgerThread(${JSON.stringify(path)});
    const record = (requestId) => ({ record: aRecord({ requestId, units: 4 }), reserved: false });
    await thread.settle([record('first')], true);
    setTimeout(() => thread.settle([record('second')], true).then(() => console.log('written')), 20); })();`;
  const child = spawn(process.execPath, ['--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  const [code] = await once(child, 'close');
  assert.deepEqual([code, said], [0, 'written\n']);
  assert.equal(usedQuota({ ...rig, path, connection }), 8);
});

test('work between orders waits for those that were sent, and those that come after wait for it', async (t) => {
  const { thread, ended } = await startRig(t);
  const order: string[] = [];
  const note = (name: string) => () => void order.push(name);
  await thread.between(note('at once'));
  const all = [
    thread.settle([ended(1)], true).then(note('a')),
    thread.between(note('work')),
    assert.rejects(
      thread.between(() => {
        throw new Error('wrong');
      }),
      /wrong/,
    ),
    thread.settle([ended(1)], true).then(note('b')),
  ];
  assert.deepEqual(order, ['at once']);
  await Promise.all(all);
  assert.deepEqual(order.slice(1).sort(), ['a', 'b', 'work']);
  assert.equal(order.at(-1), 'b');
});

test('work between orders is done although the thread dies', async (t) => {
  const { thread, ended, workers, path } = await startRig(t);
  await thread.settle([ended(1)], true);
  const other = new Connection(path);
  other.exec('BEGIN IMMEDIATE');
  const settled = assert.rejects(thread.settle([ended(1)], true), { code: 'store_unavailable' });
  const worked = thread.between(() => 'done');
  const after = thread.settle([ended(1)], true);
  const death = workers[0]?.terminate();
  other.close();
  await Promise.all([settled, death]);
  assert.equal(await worked, 'done');
  await after;
});
