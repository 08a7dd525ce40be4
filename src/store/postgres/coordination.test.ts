import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, fleet, identity, keyChange } from '../../../tests/support/coordination.ts';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import { until } from '../../../tests/support/until.ts';
import { Database } from './connection.ts';
import { appendLog, type NewLogEntry } from './revocation-log.ts';

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
        Array.from({ length: head.seq }, (_, at) => at + 1),
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
        entries.map((_, at) => (seqs[0] ?? 0) + at),
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

test('entries are read as they were written, from the asked-for one on', async (t) => {
  const { db, coordination } = await fleet(t);
  const empty = await coordination.readLog(0);
  assert.deepEqual([empty.head.seq, empty.entries], [0, []]);
  const written: readonly NewLogEntry[] = [
    keyChange(7, { deleted: true }),
    { change: { kind: 'account', accountId: 8 } },
    { change: { kind: 'channels' } },
    { change: { kind: 'prices' } },
  ];
  await append(db, ...written);
  const { head, entries, server } = await coordination.readLog(1);
  assert.deepEqual(
    entries.map(({ change, deleted }) => ({
      change: change.kind === 'key' ? { ...change, digest: new Uint8Array(change.digest) } : change,
      deleted,
    })),
    written.map(({ change, deleted = false }) => ({ change, deleted })),
  );
  assert.deepEqual((await coordination.readLog(4)).entries, entries.slice(3));
  assert.deepEqual(await coordination.readLog(5), { head, entries: [], server });
  assert.deepEqual(await coordination.readLog(undefined), { head, entries: [], server });
});

const leaseMs = 2000;

test('a registration is new each time, and takes for carried out what is in the log', async (t) => {
  const { db, coordination } = await fleet(t);
  const first = await coordination.register(identity('a'), undefined, leaseMs);
  await append(db, keyChange(1));
  const again = await coordination.register(identity('a'), first, leaseMs);
  const other = await coordination.register(identity('b'), undefined, leaseMs);
  assert.equal(new Set([first, other, again]).size, 3);
  const [a, b] = await coordination.listNodes();
  assert.deepEqual([b?.incarnation, b?.acked, b?.renewals], [other, 1, 0]);
  const { startedMsAgo, renewedMsAgo, ...rest } = a ?? assert.fail();
  assert.deepEqual(rest, { ...identity('a'), incarnation: again, acked: 1, renewals: 0, leaseMs });
  assert.ok(startedMsAgo >= 0 && renewedMsAgo >= 0);
  assert.equal(await coordination.extend(first), false, 'it was replaced');
  assert.equal(await coordination.acknowledge(first, 1), false);
  assert.equal(await coordination.extend(again), true);
});

test('a registration that is carried out late ends, and speaks for, none that is in use', async (t) => {
  const { db, coordination } = await fleet(t);
  const inUse = await coordination.register(identity('a'), undefined, leaseMs);
  const [seq = 0] = await append(db, keyChange(1));
  const late = await coordination.register(identity('a'), undefined, leaseMs);
  const ofSuccessor = await coordination.register(identity('a', 'after-restart'), undefined, leaseMs);
  const rows = await coordination.listNodes();
  assert.deepEqual(
    rows.map(({ incarnation, acked }) => [incarnation, acked]),
    [
      [inUse, seq - 1],
      [late, seq],
      [ofSuccessor, seq],
    ],
  );
});

test('a restarted node ends the registrations of its earlier processes, and no others', async (t) => {
  const { coordination } = await fleet(t);
  const dead = await coordination.register(identity('a', 'before'), undefined, leaseMs);
  const other = await coordination.register(identity('b'), undefined, leaseMs);
  const own = await coordination.register(identity('a', 'now'), undefined, leaseMs);
  await coordination.retireEarlier(identity('a', 'now'));
  assert.deepEqual(
    await Promise.all([dead, other, own].map((incarnation) => coordination.extend(incarnation))),
    [false, true, true],
  );
});

test('those who have not renewed since they were seen are expelled, and only those', async (t) => {
  const { coordination } = await fleet(t);
  const register = (id: string) => coordination.register(identity(id), undefined, leaseMs);
  const [silent, renewing] = [await register('silent'), await register('renewing')];
  const seen = await coordination.listNodes();
  // It has not acknowledged anything, but its lease is alive: later changes must wait for it.
  assert.equal(await coordination.extend(renewing), true);
  await coordination.expel(seen);
  assert.equal(await coordination.extend(silent), false);
  assert.equal(await coordination.acknowledge(silent, 1), false);
  assert.equal(await coordination.extend(renewing), true);
  assert.deepEqual(
    (await coordination.listNodes()).map(({ incarnation }) => incarnation),
    [renewing],
  );
});

test('nodes with different leases do not run beside each other', async (t) => {
  const { coordination } = await fleet(t);
  const first = await coordination.register(identity('a'), undefined, 2000);
  await assert.rejects(coordination.register(identity('b'), undefined, 10_000), (error: Error) => {
    assert.match(error.message, /fleet\.lease_ms is 10000 here and 2000 on the nodes that run/);
    return true;
  });
  // A node that is alone may change its own.
  const again = await coordination.register(identity('a'), first, 10_000);
  assert.equal((await coordination.listNodes())[0]?.leaseMs, 10_000);
  await coordination.leave(again);
  const both = ['a', 'b'].map((id, at) => coordination.register(identity(id), undefined, 3000 + at));
  const outcomes = await Promise.allSettled(both);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('a long stretch of the log is read, and removed, in pieces', async (t) => {
  const { db, coordination } = await fleet(t);
  await append(db, ...Array.from({ length: 5000 }, (_, at) => keyChange(at)));
  let { head, entries } = await coordination.readLog(1);
  assert.equal(head.seq, 5000);
  const seen = entries.map(({ seq }) => seq);
  for (let last = seen.at(-1) ?? 0; last < head.seq; last = seen.at(-1) ?? 0) {
    assert.ok(entries.length < 5000);
    ({ head, entries } = await coordination.readLog(last));
    assert.equal(entries[0]?.seq, last);
    seen.push(...entries.slice(1).map(({ seq }) => seq));
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 5000 }, (_, at) => at + 1),
  );
  const node = await coordination.register(identity('a'), undefined, leaseMs);
  await coordination.acknowledge(node, 5000);
  await coordination.pruneLog(10);
  assert.equal((await coordination.readLog(0)).entries.length, 10);
});

test('a late acknowledgement of less takes nothing back', async (t) => {
  const { db, coordination } = await fleet(t);
  const node = await coordination.register(identity('a'), undefined, leaseMs);
  const [seq = 0] = await append(db, keyChange(1));
  assert.equal(await coordination.acknowledge(node, seq), true);
  assert.equal(await coordination.acknowledge(node, seq - 1), true);
  assert.equal((await coordination.listNodes())[0]?.acked, seq);
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

test('of the log goes what every node has acknowledged, except the newest entries', async (t) => {
  const { db, coordination } = await fleet(t);
  const [one, two] = [
    await coordination.register(identity('1'), undefined, leaseMs),
    await coordination.register(identity('2'), undefined, leaseMs),
  ];
  await append(db, ...Array.from({ length: 10 }, () => keyChange(1)));
  const left = async () => (await coordination.readLog(0)).entries.map(({ seq }) => seq);
  await coordination.acknowledge(one, 9);
  await coordination.acknowledge(two, 3);
  await coordination.pruneLog(4);
  // The entry that a node knows last tells it that this is still the log it knows.
  assert.deepEqual(await left(), [3, 4, 5, 6, 7, 8, 9, 10]);
  await coordination.acknowledge(two, 10);
  await coordination.pruneLog(4);
  assert.deepEqual(await left(), [7, 8, 9, 10]);
  await coordination.acknowledge(one, 10);
  await coordination.pruneLog(0);
  assert.deepEqual(await left(), [10]);
});

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

test('also without a deletion to tell, the log goes on above what a node has seen', async (t) => {
  const { coordination } = await fleet(t);
  await coordination.reassert([], 5);
  const { head, entries } = await coordination.readLog(0);
  assert.deepEqual(
    entries.map(({ seq, nonce }) => ({ seq, nonce })),
    [head],
  );
  assert.equal(head.seq, 6);
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
