import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import { testStore } from '../../../tests/support/postgres-store.ts';
import { addRecord, assertInvariants } from '../contract/engine.ts';
import { aPayer, limitedTo, reserve } from '../contract/payer.ts';
import { Database } from './connection.ts';

test('every total that is not what its records come to is found, with both figures', async (t) => {
  const { store, database } = await testStore(t);
  const payer = await aPayer(store, { account: limitedTo(500) });
  const { keyId, accountId } = payer;
  await addRecord(store, { ...payer, units: 40 });
  await reserve(store, payer, 3);
  await assertInvariants(store);
  const of = `of account ${accountId} key ${keyId}`;
  const hour = `${of} hour 1800000000 model gpt-4o`;
  const quarter = `${of} quarter hour 1800000000 model gpt-4o channel 0 group `;
  const changes: readonly (readonly [string, string, number, number])[] = [
    ['UPDATE keys SET used_quota = 41', `key ${keyId} used_quota`, 41, 40],
    ['UPDATE keys SET remain_quota = 2', `key ${keyId} remain_quota`, 2, 0],
    ['UPDATE keys SET reserved = 4', `key ${keyId} reserved`, 4, 3],
    ['UPDATE accounts SET used_quota = 39', `account ${accountId} used_quota`, 39, 40],
    ['UPDATE accounts SET request_count = 2', `account ${accountId} request_count`, 2, 1],
    ['UPDATE accounts SET quota = 461', `account ${accountId} quota`, 461, 460],
    ['UPDATE accounts SET reserved = 0', `account ${accountId} reserved`, 0, 3],
    ['UPDATE hourly SET requests = 7', `hourly requests ${of}`, 7, 1],
    ['UPDATE hourly SET units = 8', `hourly units ${of}`, 8, 40],
    ['SELECT 1', `hourly requests ${hour}`, 7, 1],
    ['UPDATE hourly SET errors = 1', `hourly errors ${hour}`, 1, 0],
    ['SELECT 1', `hourly units ${hour}`, 8, 40],
    ['UPDATE hourly SET output_tokens = 6', `hourly output_tokens ${hour}`, 6, 0],
    ['UPDATE usage_quarters SET units = 9', `quarterly units ${quarter}`, 9, 40],
    ['UPDATE usage_quarters SET stream_ms = 1', `quarterly stream_ms ${quarter}`, 1, 0],
    ['UPDATE usage_quarters SET first_byte_8 = 2', `quarterly first_byte_8 ${quarter}`, 2, 0],
  ];
  for (const [sql] of changes) await database.run(sql);
  assert.deepEqual(
    await store.findLedgerDifferences(100),
    changes.map(([, what, stored, computed]) => ({ what, stored, computed })),
  );
  assert.equal((await store.findLedgerDifferences(3)).length, 3);
});

test('it may take longer than other statements may', async (t) => {
  const { store, url } = await testStore(t, { statementMs: 200 });
  const blocker = new Database(connectionOf(url));
  t.after(() => blocker.close());
  const blocked = Promise.withResolvers<void>();
  const found = blocked.promise.then(() => store.findLedgerDifferences(10));
  const refused = blocked.promise.then(() => store.sumRecords({ keyName: 'any' }));
  await Promise.all([
    blocker.transaction(async (tx) => {
      await tx.run('LOCK TABLE records');
      blocked.resolve();
      await assert.rejects(refused, { code: 'store_unavailable' });
      await sleep(1000);
    }),
    found,
  ]);
  assert.deepEqual(await found, []);
});
