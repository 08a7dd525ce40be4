import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type TestStore, withChanges } from '../../../tests/support/test-store.ts';
import { ManualClock } from '../../platform/clock.ts';
import { addAccount, addRecord, aKey, anAccount, assertInvariants, aTopup } from '../contract/engine.ts';
import { heardBy } from '../contract/heard.ts';
import { reserve } from '../contract/payer.ts';

import { Connection } from './connection.ts';
import { databaseFileName, openSqliteStore } from './open.ts';
import { temporaryDirectory, testDatabase } from './test-database.ts';

const addAccountRow = `INSERT INTO accounts (id, username, display_name, email, role, state, group_name, quota,
    unlimited_quota, used_quota, request_count, password_hash, created_at, key_count)
  VALUES (?, ?, '', '', 1, 'enabled', 'default', ?, ?, ?, ?, 'hash', 1700000000, ?)`;
const addKeyRow = `INSERT INTO keys (id, account_id, digest, hint, name, state, created_at, accessed_at, expires_at,
    remain_quota, unlimited_quota, used_quota, model_limits_enabled, model_limits, group_name, cross_group_retry)
  VALUES (?, ?, ?, 'hint', 'name', 'enabled', 1700000000, 1700000009, -1, ?, ?, ?, 0, '', '', 0)`;

/** A database as it was before the ledger: balances, use, and a key with use that was deleted. */
function openOldDatabase(t: TestContext): TestStore {
  const dir = temporaryDirectory(t);
  const old = new Connection(join(dir, databaseFileName));
  old.exec(readFileSync(join(import.meta.dirname, 'migrations/0001-first-tables.sql'), 'utf8'));
  old.exec(
    'CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT; INSERT INTO schema_version VALUES (1)',
  );
  // 30 of its 100 used units are those of a key that is gone.
  old.run(addAccountRow, 1, 'limited', 400, 0, 100, 9, 2);
  old.run(addKeyRow, 1, 1, randomBytes(32), 50, 0, 60);
  old.run(addKeyRow, 2, 1, randomBytes(32), 7, 1, 10);
  old.run(addAccountRow, 2, 'overdrawn', -5, 0, 12, 1, 1);
  old.run(addKeyRow, 4, 2, randomBytes(32), -3, 0, 12);
  old.run(addAccountRow, 3, 'unlimited', 8, 1, 0, 0, 1);
  old.run(addKeyRow, 5, 3, randomBytes(32), 0, 0, 0);
  old.close();
  const store = withChanges(openSqliteStore({ dir, clock: new ManualClock() }));
  t.after(() => store.close());
  return store;
}

test('a database from before the ledger keeps its balances and its use, and every law holds', async (t) => {
  const store = openOldDatabase(t);
  await assertInvariants(store);
  const { items } = await store.listAccounts({}, { offset: 0, limit: 10 });
  assert.deepEqual(
    items.map((row) => [
      row.id,
      row.quota,
      row.unlimitedQuota,
      row.usedQuota,
      row.requestCount,
      row.reserved,
    ]),
    [
      [3, 8, true, 0, 0, 0],
      [2, -5, false, 12, 1, 0],
      [1, 400, false, 100, 9, 0],
    ],
  );
  const keys = await Promise.all([1, 2, 4, 5].map((id) => store.findKeyById(id)));
  assert.deepEqual(
    keys.map((found) => [found?.key.remainQuota, found?.key.unlimitedQuota, found?.key.usedQuota]),
    [
      [50, false, 60],
      [7, true, 10],
      [-3, false, 12],
      [0, false, 0],
    ],
  );
  for (const found of keys) {
    const { budget, budgetUsed, reserved, requestsPerMinute, contentDays } = found?.key ?? {};
    assert.deepEqual([budget, budgetUsed, reserved, requestsPerMinute, contentDays], [null, 0, 0, 0, 0]);
  }
  const journal = await store.listBalanceEntries({}, { offset: 0, limit: 10 });
  assert.deepEqual(
    journal.items.map(({ accountId, kind, units, createdAt }) => [accountId, kind, units, createdAt]).sort(),
    [
      [1, 'opening', 400, 1_700_000_000],
      [2, 'opening', -5, 1_700_000_000],
      [3, 'opening', 8, 1_700_000_000],
    ],
  );
});

test('what comes after the upgrade is added to what was before', async (t) => {
  const store = openOldDatabase(t);
  assert.equal(await reserve(store, { accountId: 1, keyId: 1 }, 50), 'reserved');
  await assertInvariants(store);
  assert.equal((await store.releaseReservations()).units, 50);
  for (const [accountId, keyId] of [
    [1, 1],
    [1, 2],
    [2, 4],
    [3, 5],
  ] as const) {
    await addRecord(store, { accountId, keyId, units: 6 });
  }
  await store.topUp(aTopup(2, 100), heardBy(store));
  await store.updateKey(1, 2, { unlimitedQuota: false, remainQuota: 20 }, heardBy(store));
  await store.updateAccount(1, { quota: 0 }, 1, heardBy(store));
  await assertInvariants(store);
  assert.equal(await store.deleteRecordsBefore(2_000_000_000, 100), 5);
  await store.deleteKeys(1, [1], heardBy(store));
  await addAccount(store, anAccount('new'));
  await store.insertKey(aKey(3), 10, heardBy(store));
  await assertInvariants(store);
  const { usedQuota, requestCount } = (await store.getAccount(1)) ?? {};
  assert.deepEqual([usedQuota, requestCount], [112, 11]);
});

test('the journal is only ever added to, whatever a statement says', async (t) => {
  const { store, connection } = testDatabase(t);
  await addAccount(store, anAccount('one', { quota: 7 }));
  const rows = () => connection.all('SELECT * FROM journal');
  const before = rows();
  assert.equal(before.length, 1);
  for (const sql of [
    'UPDATE journal SET units = 8',
    "UPDATE journal SET reason = 'better'",
    'DELETE FROM journal',
    'DELETE FROM journal WHERE id = 1',
  ]) {
    assert.throws(() => connection.transaction(() => connection.run(sql)), /only ever added to/, sql);
  }
  assert.deepEqual(rows(), before);
});
