import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { ManualClock } from '../../platform/clock.ts';
import { assertFoundBeforeTotals } from '../contract/incomplete-totals.ts';
import { aRecord, settleAll } from '../contract/records.ts';
import { readMigrations } from '../migrations.ts';
import { Connection } from './connection.ts';
import { databaseFileName, openSqliteStore } from './open.ts';
import { temporaryDirectory, testDatabase } from './test-database.ts';

const hour = 1_800_000_000;
/** An hour of the year 2023. */
const longAgo = 1_699_999_200;
const addHour = `INSERT INTO hourly (account_id, hour, key_id, model, requests, errors, units, input_tokens, output_tokens)
  VALUES (1, ?, 2, 'model-a', 3, 1, 70, 9, 6)`;

test('an upgrade leaves older usage by the hour, and says from when it is complete', async (t) => {
  const dir = temporaryDirectory(t);
  const old = new Connection(join(dir, databaseFileName));
  const migrations = readMigrations(join(import.meta.dirname, 'migrations'));
  const before = migrations.slice(
    0,
    migrations.findIndex(({ file }) => file.endsWith('usage-quarters.sql')),
  );
  old.exec(`CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
    INSERT INTO schema_version VALUES (${before.length})`);
  for (const { sql } of before) old.exec(sql);
  old.run(addHour, longAgo);
  old.close();
  const store = openSqliteStore({ dir, clock: new ManualClock() });
  t.after(() => store.close());
  const completeFrom = await store.usageCompleteFrom();
  assert.equal(completeFrom % 3600, 0);
  assert.ok(completeFrom > Date.now() / 1000);
  const bounds = [longAgo - 3600, longAgo, longAgo + 900, longAgo + 1800];
  const rows = await store.sumUsage({ bounds, by: 'channelId' });
  assert.deepEqual(
    rows.map(({ stretch, value, sums }) => [stretch, value, sums.requests, sums.errors, sums.units]),
    [[1, 0, 3, 1, 70]],
  );
});

test('before they are complete hours count, afterwards quarter hours: nothing twice', async (t) => {
  const { store, connection } = testDatabase(t);
  connection.exec(`INSERT INTO usage_quarters_from VALUES (${hour + 3600})`);
  const of = { accountId: 1, keyId: 2 };
  await settleAll(store, [
    aRecord({ ...of, createdAt: hour + 1800, units: 5 }),
    aRecord({ ...of, createdAt: hour + 3600, units: 80 }),
  ]);
  const bounds = [hour, hour + 3600, hour + 7200];
  const filters = [{}, { accountId: 1 }, { keyId: 2 }, { model: 'model-a' }];
  for (const filter of nonEmpty(filters)) {
    const rows = await store.sumUsage({ ...filter, bounds });
    assert.deepEqual(
      rows.map(({ sums }) => sums.units),
      [5, 80],
    );
  }
  // Hours know no groups: what is asked of one of them begins with the quarter hours.
  const ofGroup = await store.sumUsage({ group: '', bounds });
  assert.deepEqual(
    ofGroup.map(({ stretch, sums }) => [stretch, sums.units]),
    [[1, 80]],
  );
  const ranked = await store.rankUsage({
    from: hour,
    to: hour + 7200,
    by: 'keyId',
    order: 'units',
    limit: 5,
  });
  assert.deepEqual(ranked, { values: [2], count: 1 });
});

test('records from before the totals are complete are found by model, group and channel, and are in sums', async (t) => {
  const { store, connection } = testDatabase(t);
  await assertFoundBeforeTotals(store, (sql) => connection.exec(sql));
});
