import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maybeEmpty, nonEmpty } from '../../../tests/support/non-empty.ts';
import { accountSql, sessionSql } from './accounts.ts';
import { noticeSql } from './alerts.ts';
import { keySql } from './keys.ts';
import { testDatabase } from './test-database.ts';

test('no statement on keys, accounts or sessions reads or sorts more than the rows it is about', (t) => {
  const { connection } = testDatabase(t);
  const steps = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  // Without a keyword the pages and the count of accounts are about all accounts.
  const { count: _count, page: pageOfAccounts, ...accountStatements } = accountSql;
  for (const sql of nonEmpty(
    [keySql, accountStatements, sessionSql].flatMap((group) => Object.values(group)),
  )) {
    for (const step of maybeEmpty(steps(sql))) {
      assert.match(
        step,
        /^(SEARCH|SCAN CONSTANT ROW|SCAN json_each|(LIST|SCALAR) SUBQUERY)/,
        `${step}: ${sql}`,
      );
    }
  }
  assert.deepEqual(steps(keySql.page), [
    'SEARCH keys USING INDEX keys_by_account (account_id=? AND rowid<?)',
  ]);
  assert.deepEqual(steps(pageOfAccounts), ['SEARCH accounts USING INTEGER PRIMARY KEY (rowid<?)']);
});

test('notices that are due are found in their order, without sorting', (t) => {
  const { connection } = testDatabase(t);
  const steps = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  assert.deepEqual(steps(noticeSql.due), [
    'SEARCH notices USING INDEX notices_by_attempt (next_attempt_at<?)',
  ]);
});
