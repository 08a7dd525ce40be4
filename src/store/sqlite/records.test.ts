import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import type { RecordFilter } from '../ledger-store.ts';
import { emptyDetail, encodeDetail } from '../record-detail.ts';
import { contentSql } from '../statements/ledger.ts';
import { journalSource } from './balance-entries.ts';
import { hourlySql } from './hourly.ts';
import { planFor, sql as planStatements } from './record-plan.ts';
import { byIds, listRecords, statementsOf, sumRecords } from './records.ts';
import { retentionSql } from './retention.ts';
import { testDatabase } from './test-database.ts';

const hour = 1_800_000_000;

const filters: readonly RecordFilter[] = [
  {},
  { from: 5, to: 9 },
  { accountId: 1 },
  { accountId: 1, from: 5, to: 9 },
  { keyId: 1 },
  { type: recordTypes.topup },
  { type: recordTypes.error, accountId: 1 },
  { requestId: 'a' },
  { model: 'model-a' },
  { accountId: 1, model: 'model-%' },
  { keyId: 1, accountId: 1, type: recordTypes.consume },
  { keyIds: [1, 2], models: ['model-a', 'model-b'], states: ['error'], minUnits: 1 },
  { accountId: 1, outcomes: ['cut'], errorCodes: ['x'], minMs: 1, after: { at: 5, id: 1 } },
  { keyId: 1, before: { at: 9, id: 3 }, states: ['ok', 'aborted'] },
  { username: 'nobody', group: 'g', keyName: 'k', channelId: 1, responseId: 'r' },
];

test('no form of a question about records reads a whole table or sorts', (t) => {
  const { connection } = testDatabase(t);
  connection.run(
    `INSERT INTO hourly VALUES (1, ${hour}, 1, 'model-a', 1, 0, 1, 1, 1), (2, ${hour}, 1, 'model-b', 1, 0, 1, 1, 1)`,
  );
  const check = (sql: string) => {
    for (const row of nonEmpty(connection.all(`EXPLAIN QUERY PLAN ${sql}`))) {
      const step = String(row.detail);
      const byIndex =
        /^(SEARCH records|SEARCH hourly|SEARCH accounts|SEARCH keys|SEARCH journal|SEARCH contents)/;
      // A walk through an index in its order ends with the page.
      const inIndexOrder = /^SCAN records USING (COVERING )?INDEX records_by_time$/;
      const other =
        /^(CREATE BLOOM FILTER|CO-ROUTINE|SCAN \(subquery|SCAN wanted|LIST SUBQUERY|SCALAR SUBQUERY|SCAN json_each)/;
      assert.ok(
        [byIndex, inIndexOrder, other].some((form) => form.test(step)),
        `${step}: ${sql}`,
      );
    }
  };
  for (const filter of filters) {
    const plan = planFor(connection, filter);
    assert.ok(plan, JSON.stringify(filter));
    for (const sql of Object.values(statementsOf(plan))) check(sql);
  }
  const fixed = [byIds, ...Object.values(planStatements)].map(({ sqlite }) => sqlite);
  for (const sql of fixed) check(sql);
  check(`SELECT hour ${hourlySql.ofAccount}`);
  check(`SELECT hour ${hourlySql.ofAll}`);
  for (const query of [{ accountId: 1 }, { kind: 'topup', from: 1, to: 2 }, { reference: 'r' }] as const) {
    check(`SELECT * ${journalSource(query).source} ORDER BY id DESC LIMIT 1`);
  }
  check(retentionSql.removeRecords.sqlite);
  check(retentionSql.removeContents.sqlite);
  check(contentSql.sealed.sqlite);
});

test('the check above sees a scan and a sort', (t) => {
  const { connection } = testDatabase(t);
  const steps = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  assert.deepEqual(steps('SELECT * FROM records ORDER BY units'), [
    'SCAN records',
    'USE TEMP B-TREE FOR ORDER BY',
  ]);
});

/** @param count records, of which every thousandth has the rare model */
function fill(connection: ReturnType<typeof testDatabase>['connection'], count: number): void {
  const details = ['rare', 'often'].map((group) => encodeDetail({ ...emptyDetail, group, inputTokens: 1 }));
  connection.run(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
    INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    SELECT 'r' || n, 2, ${hour} + n / 2, 1 + n % 2, 1, iif(n % 1000 = 0, 'rare', 'often'), n, 0,
      iif(n % 1000 = 0, ?1, ?2) FROM numbers`,
    details[0] ?? '',
    details[1] ?? '',
  );
  connection.exec(`INSERT INTO hourly SELECT account_id, created_at - created_at % 3600, key_id, model,
    count(*), 0, sum(units), count(*), 0 FROM records GROUP BY 1, 2, 3, 4`);
  connection.exec(`INSERT INTO usage_quarters SELECT created_at - created_at % 900, account_id, key_id, model, 0,
    iif(model = 'rare', 'rare', 'often'), count(*), 0, sum(units), count(*), 0, ${'0, '.repeat(12)}0
    FROM records GROUP BY 1, 2, 3, 4`);
}

test('what takes many steps to find is found whole, and others run in between', async (t) => {
  const { connection } = testDatabase(t);
  fill(connection, 30_000);
  let turns = 0;
  let running = true;
  const turn = () => {
    turns += 1;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const rare = Array.from({ length: 30 }, (_, at) => (30 - at) * 1000);
  for (const filter of [{ group: 'rare' }, { model: 'rare' }, { accountId: 1, group: 'rare' }]) {
    turns = 0;
    const { total, items } = await listRecords(connection, filter, { offset: 10, limit: 15 }, 1000, 200_000);
    assert.ok(turns > 1, `${turns}`);
    assert.equal(total, 30);
    assert.deepEqual(
      items.map(({ id }) => id),
      rare.slice(10, 25),
    );
    const sums = await sumRecords(connection, filter, 200_000);
    assert.deepEqual(sums, { units: 465_000, requests: 30, tokens: 30 });
  }
  running = false;
});
