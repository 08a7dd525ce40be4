import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { addAccount, addKey, aKey, anAccount } from '../contract/engine.ts';
import { asking } from '../contract/payer.ts';
import { aRecord, settleAll } from '../contract/records.ts';
import type { Connection } from './connection.ts';
import { testDatabase } from './test-database.ts';
import { findLedgerDifferences } from './verification.ts';

const at = 1_800_000_000;

/** What is spoilt, and what is then said of it. */
const faults: readonly (readonly [string, RegExp])[] = [
  ['UPDATE keys SET used_quota = used_quota + 1', /^key 1 used_quota$/],
  ['UPDATE keys SET remain_quota = remain_quota - 1', /^key 1 remain_quota$/],
  ['UPDATE keys SET reserved = reserved + 1', /^key 1 reserved$/],
  ['UPDATE accounts SET used_quota = used_quota + 1', /^account 1 used_quota$/],
  ['UPDATE accounts SET request_count = request_count - 1', /^account 1 request_count$/],
  ['UPDATE accounts SET quota = quota - 1', /^account 1 quota$/],
  ['UPDATE accounts SET reserved = 0', /^account 1 reserved$/],
  ['DELETE FROM reservations', /^(key|account) 1 reserved$/],
  ['UPDATE hourly SET units = units + 1 WHERE units > 0', /^hourly units of account 1 key 1( hour .*)?$/],
  ['UPDATE hourly SET errors = errors + 1 WHERE units > 0', /^hourly errors of account 1 key 1 hour /],
  ['UPDATE hourly SET input_tokens = 0', /^hourly input_tokens of account 1 key 1 hour .* model model-a$/],
  ['UPDATE hourly SET output_tokens = 0', /^hourly output_tokens of /],
  [`UPDATE hourly SET hour = hour + 7200 WHERE units > 0`, /^hourly \w+ of account 1 key 1 hour /],
  ["UPDATE records SET model = 'model-x'", /^(hour|quarter)ly \w+ of account 1 key 1 (quarter )?hour /],
  ['UPDATE records SET units = units + 1 WHERE type = 2', /^(key|account|hourly|quarterly)/],
  ['DELETE FROM records WHERE type = 2', /^(key|account|hourly|quarterly)/],
  ["UPDATE records SET detail = '[]' WHERE type = 2", /^(hour|quarter)ly \w+ of account 1 key 1 /],
  ['DELETE FROM records WHERE type = 5', /^(hour|quarter)ly errors of /],
  ['DELETE FROM hourly WHERE units > 0', /^hourly /],
  [
    'UPDATE usage_quarters SET cached_tokens = 1 WHERE units > 0',
    /^quarterly cached_tokens of account 1 key 1 quarter hour /,
  ],
  [
    'UPDATE usage_quarters SET first_byte_3 = 1 WHERE units > 0',
    /^quarterly first_byte_3 of account 1 key 1 quarter/,
  ],
  ['UPDATE usage_quarters SET stream_ms = 5, stream_tokens = 2', /^quarterly stream_(ms|tokens) of /],
  ['UPDATE usage_quarters SET quarter = quarter + 900', /^quarterly \w+ of account 1 key 1 quarter hour /],
  ['UPDATE usage_quarters SET channel_id = 4', /^quarterly \w+ of .* channel [04] group $/],
  ["UPDATE usage_quarters SET group_name = 'other'", /^quarterly \w+ of .* group (other)?$/],
  ['DELETE FROM usage_quarters WHERE errors > 0', /^quarterly errors of /],
  ['INSERT INTO removed_records VALUES (1, 1, 0, 1, 0, 0, 0)', /^(key|account|hourly|quarterly)/],
];

test('each total that is not what its records come to is found, and nothing else', async (t) => {
  const { store, connection } = testDatabase(t);
  const account = await addAccount(store, anAccount('one', { quota: 5000 }));
  const key = await addKey(store, aKey(account.id, { unlimitedQuota: false, remainQuota: 900 }));
  const of = { accountId: account.id, keyId: key.id };
  await settleAll(store, [aRecord(of), aRecord({ ...of, type: recordTypes.error, createdAt: at + 4000 })]);
  await store.reserve([asking(of, 40, { at })]);
  assert.deepEqual(await store.findLedgerDifferences(100), []);
  for (const [fault, about] of faults) {
    // The same snapshot sees the fault, which is taken back afterwards.
    connection.exec('SAVEPOINT before');
    connection.exec(fault);
    const found = findLedgerDifferences(connection, 100);
    connection.exec('ROLLBACK TO before; RELEASE before');
    assert.notEqual(found.length, 0, fault);
    for (const { what, stored, computed } of nonEmpty(found)) {
      assert.match(what, about, fault);
      assert.notEqual(stored, computed);
    }
  }
  assert.deepEqual(await store.findLedgerDifferences(100), []);
});

test('totals of quarter hours are checked by the hour once their records are removed', async (t) => {
  const { store, connection } = testDatabase(t);
  const { id: accountId } = await addAccount(store, anAccount('one', { quota: 5000 }));
  await settleAll(store, [aRecord({ accountId }), aRecord({ accountId, createdAt: at + 901 })]);
  await store.deleteRecordsBefore(at + 7200, 100);
  assert.deepEqual(await store.findLedgerDifferences(100), []);
  connection.exec(`UPDATE usage_quarters SET units = units + 1 WHERE quarter = ${at + 900}`);
  const what = `quarterly units of account 1 key 0 hour ${at} model model-a`;
  assert.deepEqual(await store.findLedgerDifferences(100), [{ what, stored: 21, computed: 20 }]);
});

test('totals of quarter hours from before they were complete are not checked', async (t) => {
  const { store, connection } = testDatabase(t);
  const { id: accountId } = await addAccount(store, anAccount('one', { quota: 5000 }));
  await settleAll(store, [aRecord({ accountId }), aRecord({ accountId, createdAt: at + 3600 })]);
  connection.exec(`DELETE FROM usage_quarters WHERE quarter = ${at}`);
  assert.notDeepEqual(await store.findLedgerDifferences(100), []);
  connection.exec(`INSERT INTO usage_quarters_from VALUES (${at + 3600})`);
  assert.deepEqual(await store.findLedgerDifferences(100), []);
});

test('totals are looked up beside the sums of their records, without sorting both', (t) => {
  const { connection } = testDatabase(t);
  const plans: string[] = [];
  const explaining = new Proxy(connection, {
    get(target, name: keyof Connection) {
      const method: unknown = target[name];
      if (typeof method !== 'function') return method;
      return (sql: string, ...values: readonly number[]) => {
        if (name === 'all' && /differing_(hours|quarters) /.test(sql)) {
          const steps = target.all(`EXPLAIN QUERY PLAN ${sql}`, ...values);
          plans.push(steps.map(({ detail }) => detail).join('; '));
        }
        return Reflect.apply(method, target, [sql, ...values]) as unknown;
      };
    },
  });
  assert.deepEqual(findLedgerDifferences(explaining, 100), []);
  assert.equal(plans.length, 2);
  for (const plan of nonEmpty(plans)) {
    assert.match(plan, /SEARCH other USING PRIMARY KEY/);
    assert.doesNotMatch(plan, /TEMP B-TREE|AUTOMATIC/);
  }
});

test('no more is said than was asked for', async (t) => {
  const { store, connection } = testDatabase(t);
  const account = await addAccount(store, anAccount('one'));
  for (let keys = 0; keys < 5; keys += 1) await addKey(store, aKey(account.id));
  connection.exec('UPDATE keys SET used_quota = 7');
  const found = await store.findLedgerDifferences(3);
  assert.deepEqual(found[0], { what: 'key 1 used_quota', stored: 7, computed: 0 });
  assert.equal(found.length, 3);
});
