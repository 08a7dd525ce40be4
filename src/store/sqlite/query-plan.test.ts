import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maybeEmpty, nonEmpty } from '../../../tests/support/non-empty.ts';
import { accountSql, credentialSql, sessionSql } from '../statements/accounts.ts';
import { keySql } from '../statements/keys.ts';
import { alertSql } from '../statements/ledger.ts';
import { sql as keyWrites } from './keys.ts';
import { testDatabase } from './test-database.ts';

test('no statement on keys, accounts or sessions reads or sorts more than the rows it is about', (t) => {
  const { connection } = testDatabase(t);
  const steps = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  // Without a keyword the pages and the count of accounts are about all accounts.
  const { count: _count, page: pageOfAccounts, ...accountStatements } = accountSql;
  for (const sql of nonEmpty(
    [keySql, keyWrites, accountStatements, credentialSql, sessionSql].flatMap((group) =>
      Object.values(group).map(({ sqlite }) => sqlite),
    ),
  )) {
    for (const step of maybeEmpty(steps(sql))) {
      assert.match(
        step,
        /^(SEARCH|SCAN CONSTANT ROW|SCAN json_each|(LIST|SCALAR) SUBQUERY)/,
        `${step}: ${sql}`,
      );
    }
  }
  assert.deepEqual(steps(keySql.page.sqlite), [
    'SEARCH keys USING INDEX keys_by_account (account_id=? AND rowid<?)',
  ]);
  assert.deepEqual(steps(pageOfAccounts.sqlite), ['SEARCH accounts USING INTEGER PRIMARY KEY (rowid<?)']);
});

test('notices that are due are found in their order, without sorting', (t) => {
  const { connection } = testDatabase(t);
  const steps = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  assert.deepEqual(steps(alertSql.due.sqlite), [
    'SEARCH notices USING INDEX notices_by_attempt (next_attempt_at<?)',
  ]);
});
