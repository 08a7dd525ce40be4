import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identity } from '../../../tests/support/coordination.ts';
import { connectionOf, freshDatabase } from '../../../tests/support/postgres-database.ts';
import { SecretRing } from '../../domain/secret-ring.ts';
import { systemClock } from '../../platform/clock.ts';
import { Database } from './connection.ts';
import { PostgresCoordination } from './coordination.ts';
import { PostgresSealed } from './sealed.ts';
import { requireSecrets } from './secret-check.ts';

const [older, newer] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const before = new SecretRing(older);
const prepared = new SecretRing(older, [newer]);
const during = new SecretRing(newer, [older]);
const after = new SecretRing(newer);
const leaseMs = 60_000;

async function place(t: { after(run: () => Promise<void>): void }) {
  const url = await freshDatabase();
  const db = new Database(connectionOf(url));
  const opened: PostgresCoordination[] = [];
  t.after(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await db.close();
  });
  return {
    db,
    sealedOn: (nodeId: string) => new PostgresSealed(db, connectionOf(url), nodeId),
    nodeWith(ring: SecretRing) {
      const coordination = new PostgresCoordination(connectionOf(url, 3), systemClock, ring);
      opened.push(coordination);
      return coordination;
    },
  };
}

test('a rotation begins only when every other node that runs knows the new secret', async (t) => {
  const { sealedOn, nodeWith } = await place(t);
  const sealed = sealedOn('new');
  assert.deepEqual(await sealed.admit(before), []);
  const one = await nodeWith(before).register(identity('one'), undefined, leaseMs);
  await nodeWith(prepared).register(identity('two'), undefined, leaseMs);
  assert.deepEqual(await sealed.admit(during), ['name of one']);
  assert.equal((await sealed.state())?.previous, null);
  // Its own earlier process is dead.
  assert.deepEqual(await sealedOn('one').admit(prepared), []);
  await nodeWith(prepared).register(identity('one', 'later process'), one, leaseMs);
  assert.deepEqual(await sealed.admit(during), []);
  assert.ok((await sealed.state())?.previous);
});

test('a node that lost its registration does not get it back when it would not know the secrets in use', async (t) => {
  const { sealedOn, nodeWith } = await place(t);
  const sealed = sealedOn('new');
  await sealed.admit(before);
  const [lost, slow] = [nodeWith(before), nodeWith(prepared)];
  const incarnation = await lost.register(identity('lost'), undefined, leaseMs);
  await lost.leave(incarnation);
  assert.deepEqual(await sealed.admit(during), []);
  await assert.rejects(lost.register(identity('lost'), incarnation, leaseMs), /does not know the new one/);
  const stillOld = await slow.register(identity('slow'), undefined, leaseMs);
  await slow.leave(stillOld);
  assert.equal(await sealed.finish(during, await sealed.mark()), true);
  await assert.rejects(slow.register(identity('slow'), stillOld, leaseMs), /rotated away from/);
  await assert.rejects(lost.register(identity('lost'), incarnation, leaseMs), /another server secret/);
  await nodeWith(after).register(identity('lost'), undefined, leaseMs);
});

test('a rotation that begins while a node registers sees that node', async (t) => {
  const { db, sealedOn } = await place(t);
  const sealed = sealedOn('new');
  await sealed.admit(before);
  let admitted: Promise<readonly string[]> | undefined;
  await db.transaction(async (tx) => {
    await requireSecrets(tx, before);
    admitted = sealed.admit(during);
    const isWaiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while (!(await db.get(isWaiting)));
    await tx.run(`INSERT INTO nodes (incarnation, process_id, node_id, name, version, secrets, state, acked, started_at,
      renewed_at, changed_at) VALUES (1, 'p', 'n', 'late', '1', '{}', 'active', 0, now(), now(), now())`);
  });
  assert.deepEqual(await admitted, ['late']);
});

test('the old secret is needed while a node may have sealed under it since the look that found nothing', async (t) => {
  const { sealedOn, nodeWith } = await place(t);
  const sealed = sealedOn('new');
  await sealed.admit(before);
  const slow = nodeWith(prepared);
  const incarnation = await slow.register(identity('slow'), undefined, leaseMs);
  await sealed.admit(during);
  await nodeWith(during).register(identity('new'), undefined, leaseMs);
  assert.deepEqual(await sealed.othersSealing(during), ['name of slow']);
  const since = await sealed.mark();
  assert.equal(await sealed.finish(during, since), false);
  await slow.leave(incarnation);
  assert.deepEqual(await sealed.othersSealing(during), []);
  assert.equal(await sealed.finish(during, since), false);
  assert.equal(await sealed.finish(during, await sealed.mark()), true);
});

test('one node at a time re-seals', async (t) => {
  const { sealedOn } = await place(t);
  const ran: string[] = [];
  const outcome = await sealedOn('one').unlessElsewhere(async () => {
    ran.push('one');
    assert.equal(await sealedOn('two').unlessElsewhere(async () => void ran.push('two')), false);
  });
  assert.equal(outcome, true);
  assert.equal(await sealedOn('two').unlessElsewhere(async () => void ran.push('two')), true);
  assert.deepEqual(ran, ['one', 'two']);
});
