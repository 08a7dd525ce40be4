import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { testStore } from '../../../tests/support/postgres-store.ts';
import { assertFoundBeforeTotals } from '../contract/incomplete-totals.ts';
import { aRecord, settleAll } from '../contract/records.ts';

const hour = 1_800_000_000;

test('before they are complete hours count, afterwards quarter hours: nothing twice', async (t) => {
  const { store, database } = await testStore(t);
  await database.run(`INSERT INTO usage_quarters_from VALUES (${hour + 3600})`);
  const of = { accountId: 1, keyId: 2 };
  await settleAll(store, [
    aRecord({ ...of, createdAt: hour + 1800, units: 5 }),
    aRecord({ ...of, createdAt: hour + 3600, units: 80 }),
  ]);
  const bounds = [hour, hour + 3600, hour + 7200];
  for (const filter of nonEmpty([{}, { accountId: 1 }, { keyId: 2 }, { model: 'model-a' }])) {
    const rows = await store.sumUsage({ ...filter, bounds });
    assert.deepEqual(
      rows.map(({ sums }) => sums.units),
      [5, 80],
    );
  }
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

test('records that code without quarter hours writes are counted as well', async (t) => {
  const { store, database } = await testStore(t);
  await settleAll(store, [aRecord({ accountId: 1, createdAt: hour, units: 5 }, { group: 'gold' })]);
  // As a node of the release before writes what a budget concerns: a statement of its own.
  await database.run(`INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    SELECT request_id || '-again', type, created_at + 900, account_id, key_id, model, 7, drawn, detail FROM records`);
  const rows = await store.sumUsage({ bounds: [hour, hour + 900, hour + 1800], by: 'group' });
  assert.deepEqual(
    rows.map(({ value, sums }) => [value, sums.units]),
    [
      ['gold', 5],
      ['gold', 7],
    ],
  );
});

test('records from before the totals are complete are found by model, group and channel, and are in sums', async (t) => {
  const { store, database } = await testStore(t);
  await assertFoundBeforeTotals(store, (sql) => database.run(sql));
});
