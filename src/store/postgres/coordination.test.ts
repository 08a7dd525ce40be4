import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, fleet, identity, keyChange } from '../../../tests/support/coordination.ts';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import { until } from '../../../tests/support/until.ts';
import { systemClock } from '../../platform/clock.ts';
import { coordinationSuite } from '../contract/coordination.ts';
import { Database } from './connection.ts';
import { PostgresReceipts } from './receipts.ts';
import { appendLog } from './revocation-log.ts';

const leaseMs = 2000;

async function insertKeys(db: Database, count: number): Promise<void> {
  await db.run(
    `INSERT INTO accounts (id, username, display_name, email, role, state, group_name, quota, unlimited_quota,
      password_hash, created_at, key_count) VALUES (1, 'owner', '', '', 1, 'enabled', '', 0, true, '', 1, $1)`,
    count,
  );
  for (let id = 1; id <= count; id += 1) {
    await db.run(
      `INSERT INTO keys (id, account_id, digest, hint, name, state, created_at, accessed_at, expires_at, remain_quota,
        unlimited_quota, model_limits_enabled, model_limits, group_name, cross_group_retry)
        VALUES ($1, 1, $2, '', '', 'enabled', 1, 1, -1, 0, true, false, '', '', false)`,
      id,
      new Uint8Array(32).fill(id),
    );
  }
}

const keysLeft = async (db: Database) =>
  (await db.all('SELECT id FROM keys ORDER BY id')).map(({ id }) => id);

coordinationSuite('postgres', async (t) => {
  const { db, coordination } = await fleet(t);
  return { coordination, append: (...entries) => append(db, ...entries) };
});

test('the order of the log is the order of its commits, whoever writes it: no reader ever sees a gap', async (t) => {
  const { url, db, coordination } = await fleet(t);
  const others = [1, 2, 3].map(() => new Database(connectionOf(url)));
  t.after(async () => void (await Promise.all(others.map((other) => other.close()))));
  let isWriting = true;
  const read = async () => {
    let before = 0;
    while (isWriting) {
      const { head, entries } = await coordination.readLog(0);
      assert.ok(head.seq >= before);
      before = head.seq;
      assert.deepEqual(
        entries.map(({ seq }) => seq),
        Array.from({ length: head.seq }, (_, index) => index + 1),
      );
      if (head.seq > 0) assert.equal(entries.at(-1)?.nonce, head.nonce);
    }
  };
  const reading = read();
  const writing = [db, ...others].map(async (each, writer) => {
    for (let round = 0; round < 25; round += 1) {
      const entries = Array.from({ length: 1 + (round % 3) }, () => keyChange(writer));
      const seqs = await append(each, ...entries);
      assert.deepEqual(
        seqs,
        entries.map((_, index) => (seqs[0] ?? 0) + index),
      );
    }
  });
  await Promise.all(writing).finally(() => (isWriting = false));
  await reading;
  const { head, entries } = await coordination.readLog(0);
  assert.equal(head.seq, 4 * (9 + 2 * 8 + 3 * 8));
  assert.equal(new Set(entries.map(({ nonce }) => nonce)).size, head.seq);
});

test('a transaction that fails leaves no place in the log', async (t) => {
  const { db, coordination } = await fleet(t);
  await append(db, keyChange(1));
  await assert.rejects(
    db.transaction(async (tx) => {
      await appendLog(tx, [keyChange(2)]);
      throw new Error('changed its mind');
    }),
    /changed its mind/,
  );
  assert.deepEqual(await append(db, keyChange(3)), [2]);
  assert.equal((await coordination.readLog(undefined)).head.seq, 2);
});

test('an extension that is under way saves a node from being expelled, when it is committed first', async (t) => {
  const { db, coordination } = await fleet(t);
  const node = await coordination.register(identity('a'), undefined, leaseMs);
  const seen = await coordination.listNodes();
  let expelled: Promise<void> | undefined;
  await db.transaction(async (tx) => {
    await tx.run('UPDATE nodes SET renewals = renewals + 1 WHERE incarnation = $1', node);
    expelled = coordination.expel(seen);
    await until(
      async () => Number((await db.one('SELECT count(*) AS n FROM pg_locks WHERE NOT granted')).n) > 0,
    );
  });
  await expelled;
  assert.equal(await coordination.extend(node), true);
});

test('a node that leaves is gone at once, and its row stays for what it had reserved', async (t) => {
  const { db, coordination } = await fleet(t);
  const [left, lost] = [
    await coordination.register(identity('left'), undefined, leaseMs),
    await coordination.register(identity('lost'), undefined, leaseMs),
  ];
  await coordination.leave(left);
  assert.equal(await coordination.extend(left), false);
  await coordination.expel([{ incarnation: lost, renewals: 0 }]);
  await coordination.pruneLog(1);
  const states = () => db.all('SELECT node_id, state FROM nodes ORDER BY node_id');
  const both = [
    { node_id: 'left', state: 'left' },
    { node_id: 'lost', state: 'expelled' },
  ];
  assert.deepEqual(await states(), both);
  await db.run("UPDATE nodes SET changed_at = changed_at - interval '2 days'");
  await db.run(
    `INSERT INTO reservations (request_id, account_id, key_id, units, created_at, node_id, process_id)
      VALUES ('r', 1, 1, 1, 1, 'lost', 'lost-process')`,
  );
  await coordination.pruneLog(1);
  assert.deepEqual(await states(), both.slice(1));
});

test('a database that lost deletions is told them again, in a log that nobody takes for the old one', async (t) => {
  const { db, coordination } = await fleet(t);
  await insertKeys(db, 3);
  await append(db, keyChange(2), keyChange(3));
  const known = (await coordination.readLog(0)).entries;
  // What a node has seen, up to 9, and this database has not.
  const lost = [1, 2, 99].map((keyId) => ({ seq: 8, nonce: 'x', deleted: true, ...keyChange(keyId) }));
  await coordination.reassert(lost, 9);
  assert.deepEqual(await keysLeft(db), [3]);
  assert.deepEqual(await db.all('SELECT key_count FROM accounts'), [{ key_count: 1 }]);
  assert.deepEqual(await db.all('SELECT key_id FROM tombstones ORDER BY key_id'), [
    { key_id: 1 },
    { key_id: 2 },
    { key_id: 99 },
  ]);
  const { head, entries } = await coordination.readLog(0);
  assert.equal(head.seq, 12);
  assert.equal(head.nonce, entries.at(-1)?.nonce);
  assert.deepEqual(entries.slice(0, 2), known);
  assert.deepEqual(
    entries.slice(2).map(({ seq, change, deleted }) => [seq, change.kind === 'key' && change.keyId, deleted]),
    [
      [10, 1, true],
      [11, 2, true],
      [12, 99, true],
    ],
  );
  // Another node that had seen less tells the same: now the log simply goes on.
  await coordination.reassert(lost.slice(0, 1), 7);
  assert.deepEqual(await keysLeft(db), [3]);
  assert.equal((await coordination.readLog(undefined)).head.seq, 13);
});

test('an account that came back with its keys goes again', async (t) => {
  const { db, coordination } = await fleet(t);
  await insertKeys(db, 2);
  const lost = { seq: 1, nonce: 'x', deleted: true, change: { kind: 'account', accountId: 1 } } as const;
  await coordination.reassert([lost], 1);
  assert.deepEqual(await keysLeft(db), []);
  assert.deepEqual(await db.all('SELECT id FROM accounts'), []);
  assert.deepEqual((await db.all("SELECT key_id FROM tombstones WHERE kind = 'key'")).length, 2);
});

test('what a node tells of deleted keys is stored with its acknowledgement, the latest counts, and old ones go', async (t) => {
  const { db, coordination } = await fleet(t);
  const node = await coordination.register(identity('a'), undefined, leaseMs);
  const gone = await coordination.register(identity('b'), undefined, leaseMs);
  await coordination.leave(gone);
  const [seq = 0] = await append(db, keyChange(1, { deleted: true }));
  const now = systemClock.now();
  const report = { keyId: 1, appliedAt: now, ended: 2, lastAdmittedAt: null, knownSince: 5 };
  assert.equal(await coordination.acknowledge(gone, seq, [report]), false);
  assert.equal(await coordination.acknowledge(node, seq, [report]), true);
  await coordination.acknowledge(node, seq, [
    { ...report, lastAdmittedAt: 7 },
    { ...report, keyId: 2 },
  ]);
  await coordination.acknowledge(node, seq, [{ ...report, keyId: 3, appliedAt: 1 }]);
  await coordination.pruneLog(10);
  const receipts = new PostgresReceipts(db, 'a-process');
  assert.deepEqual(await receipts.reports([1, 2, 3]), [
    { ...report, lastAdmittedAt: 7, incarnation: node, name: 'name of a', nodeId: 'a' },
    { ...report, keyId: 2, incarnation: node, name: 'name of a', nodeId: 'a' },
  ]);
});

test('a question about running requests reaches every node that listens, and so does the answer', async (t) => {
  const { coordination } = await fleet(t);
  const heard: unknown[] = [];
  const stop = await coordination.follow({
    onHint: () => undefined,
    onAcknowledged: () => undefined,
    onLost: () => undefined,
    onAsked: (question) => void heard.push(question),
    onAnswered: (answer) => void heard.push(answer),
  });
  t.after(stop);
  const ofKeys = { id: 'a-process-1', subject: { keyIds: [1, 22] } };
  const ofAccount = { id: 'a-process-2', subject: { accountId: 7 } };
  const answer = { id: 'a-process-1', incarnation: 2 ** 40, running: 3, sockets: 1 };
  await coordination.ask(ofKeys);
  await coordination.ask(ofAccount);
  await coordination.answer(answer);
  await until(() => heard.length === 3);
  assert.deepEqual(heard, [ofKeys, ofAccount, answer]);
});
