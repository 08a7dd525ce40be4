/** Reservations that processes left behind: whose end, and whose stay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import { testStore, testStoreAt } from '../../../tests/support/postgres-store.ts';
import { aRequestId, assertInvariants } from '../contract/engine.ts';
import { aPayer, asking, limitedTo, reserve } from '../contract/payer.ts';
import { Database } from './connection.ts';

const nowSeconds = () => Math.floor(Date.now() / 1000);

test('a node that starts ends what its earlier processes held, and nothing of other nodes', async (t) => {
  const { store, url } = await testStore(t, { nodeId: 'a' });
  const { store: other } = await testStoreAt(t, url, { nodeId: 'b' });
  const { store: again } = await testStoreAt(t, url, { nodeId: 'a' });
  const payer = await aPayer(store, { account: limitedTo(100) });
  // More than end in one transaction.
  const requests = Array.from({ length: 1100 }, () => asking(payer, 0, { at: 1 }));
  await store.reserve(requests);
  await reserve(store, payer, 7);
  await reserve(other, payer, 5);
  assert.deepEqual(await again.releaseReservations(), { requests: 1101, units: 7 });
  assert.equal((await store.getAccount(payer.accountId))?.reserved, 5);
  assert.deepEqual(await again.releaseReservations(), { requests: 0, units: 0 });
  await assertInvariants(store);
});

test('what was held by processes that left, or were expelled long ago, ends; what the others hold stays', async (t) => {
  const { store, url, database, coordination } = await testStore(t, { processId: 'active' });
  const payer = await aPayer(store, { account: limitedTo(1000) });
  const processes = ['active', 'left', 'expelled', 'expelled before', 'back', 'unknown', 'unknown before'];
  for (const [place, processId] of processes.entries()) {
    const { store: own } = await testStoreAt(t, url, { processId });
    const at = processId === 'unknown' ? nowSeconds() : nowSeconds() - 3600;
    assert.equal(await reserve(own, payer, 2 ** place, { at }), 'reserved');
  }
  const register = (processId: string) =>
    coordination.register(
      { nodeId: `node of ${processId}`, processId, name: '', version: '' },
      undefined,
      2000,
    );
  const end = (incarnation: number, state: string, secondsAgo: number) =>
    database.run(
      'UPDATE nodes SET state = $2, changed_at = now() - make_interval(secs => $3) WHERE incarnation = $1',
      incarnation,
      state,
      secondsAgo,
    );
  await register('active');
  await coordination.leave(await register('left'));
  await end(await register('expelled'), 'expelled', 50);
  await end(await register('expelled before'), 'expelled', 500);
  // One that was expelled, and made itself known again, goes on.
  await end(await register('back'), 'expelled', 500);
  await register('back');
  const held = async () => {
    const rows = await database.all('SELECT process_id FROM reservations ORDER BY units');
    return rows.map(({ process_id }) => process_id);
  };
  assert.deepEqual(await store.releaseLost(60), { requests: 3, units: 2 + 8 + 64 });
  assert.deepEqual(await held(), ['active', 'expelled', 'back', 'unknown']);
  await assertInvariants(store);
  assert.deepEqual(await store.releaseLost(40), { requests: 1, units: 4 });
  assert.deepEqual(await held(), ['active', 'back', 'unknown']);
  await assertInvariants(store);
});

test('room of which it is unknown whether it was held is looked for afterwards', async (t) => {
  const { store, url } = await testStore(t, { processId: 'process', statementMs: 200 });
  const payer = await aPayer(store, { account: limitedTo(100) });
  const requestId = aRequestId();
  const blocker = new Database(connectionOf(url));
  t.after(() => blocker.close());
  await blocker.transaction(async (tx) => {
    await tx.run('SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE', payer.accountId);
    await assert.rejects(reserve(store, payer, 9, { requestId }), { code: 'store_unavailable' });
  });
  // As if the answer had been lost, not the request.
  const insert = `INSERT INTO reservations (request_id, account_id, key_id, units, created_at, node_id, process_id)
    VALUES ($1, $2, $3, 9, $4, 'node', 'process')`;
  await blocker.run(insert, requestId, payer.accountId, payer.keyId, nowSeconds());
  await blocker.run('UPDATE accounts SET reserved = 9');
  await blocker.run('UPDATE keys SET reserved = 9');
  assert.deepEqual(await store.releaseLost(3600), { requests: 1, units: 9 });
  assert.equal((await store.getAccount(payer.accountId))?.reserved, 0);
  await assertInvariants(store);
});
