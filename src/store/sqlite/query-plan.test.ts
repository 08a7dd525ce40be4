import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maybeEmpty, nonEmpty } from '../../../tests/support/non-empty.ts';
import type { ReceiptQuery } from '../receipt-store.ts';
import { accountSql, credentialSql, sessionSql } from '../statements/accounts.ts';
import { jobSql } from '../statements/jobs.ts';
import { keySql } from '../statements/keys.ts';
import { alertSql } from '../statements/ledger.ts';
import { receiptConditions, receiptPage } from '../statements/receipts.ts';
import { setupSql, signInSql } from '../statements/sign-ins.ts';
import { budgetSql, usageConditions } from '../usage-sums.ts';
import { sql as keyWrites } from './keys.ts';
import { testDatabase } from './test-database.ts';
import { usageSources } from './usage.ts';

test('no statement on keys, accounts or sessions reads or sorts more than the rows it is about', (t) => {
  const { connection } = testDatabase(t);
  const steps = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  // Without a keyword the pages and the count of accounts are about all accounts.
  const { count: _count, page: pageOfAccounts, ...accountStatements } = accountSql;
  // Sorts the sessions of one account.
  const { pageOfSessions, ...signIns } = signInSql;
  for (const sql of nonEmpty(
    [keySql, keyWrites, accountStatements, credentialSql, sessionSql, setupSql, signIns].flatMap((group) =>
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
  assert.deepEqual(steps(pageOfSessions.sqlite), [
    'SEARCH sessions USING INDEX sessions_by_account (account_id=?)',
    'USE TEMP B-TREE FOR ORDER BY',
  ]);
});

test('usage is found by an index of its quarter hours, and so are keys with a budget', (t) => {
  const { connection } = testDatabase(t);
  const plan = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  const within = 'quarter >= 1 AND quarter < 2';
  const { ofKey, ofAccount, ofAll, hours, hoursOfAccount } = usageSources;
  const expected: readonly (readonly [string, RegExp])[] = [
    [
      `${ofKey} WHERE key_id = 1 AND ${within}`,
      /^SEARCH usage_quarters USING INDEX usage_quarters_by_key \(key_id=\? AND quarter>\? AND quarter<\?\)$/,
    ],
    [
      `${ofAccount} WHERE account_id = 1 AND ${within}`,
      /^SEARCH usage_quarters USING INDEX usage_quarters_by_account \(account_id=\? AND quarter>\? AND quarter<\?\)$/,
    ],
    [`${ofAll} WHERE ${within}`, /^SEARCH usage_quarters USING PRIMARY KEY \(quarter>\? AND quarter<\?\)$/],
    [hours, /^SEARCH hourly USING INDEX hourly_by_hour \(hour>\? AND hour<\?\)$/],
    [hoursOfAccount, /^SEARCH hourly USING PRIMARY KEY \(account_id=\? AND hour>\? AND hour<\?\)$/],
  ];
  for (const [source, step] of nonEmpty(expected)) {
    const [first] = plan(`SELECT sum(units) FROM ${source}`);
    assert.match(String(first), step, source);
  }
  const hidden = usageConditions({ seenBy: { id: 1, role: 10 } });
  const steps = plan(
    `SELECT sum(units) FROM ${ofAll} WHERE ${within} AND ${hidden.text}`.replaceAll(/:viewer\w+/g, '10'),
  );
  assert.ok(
    steps.some((step) => step.includes('INDEX accounts_with_powers (role>?)')),
    steps.join('; '),
  );
  const keysWithBudget = 'SEARCH keys USING INDEX keys_with_budget (account_id=?)';
  assert.ok(plan(budgetSql.mostUsed.sqlite).includes(keysWithBudget));
});

test('receipts are listed and found by indexes in the order of their ids, without sorting', (t) => {
  const { connection } = testDatabase(t);
  const plan = (query: ReceiptQuery) => {
    const { text } = receiptConditions(query);
    const sql = receiptPage(text).replaceAll(/:\w+/g, '1');
    return connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  };
  const user = { id: 1, role: 1 };
  const root = { id: 1, role: 100 };
  const expected: readonly (readonly [ReceiptQuery, RegExp])[] = [
    [
      { scope: user },
      /receipts_by_account \(account_id=\? AND rowid<\?\)|receipts_by_account \(account_id=\?/,
    ],
    [{ scope: root }, /INTEGER PRIMARY KEY \(rowid<\?\)/],
    [{ scope: root, name: 'x' }, /receipts_by_name \(name=\? AND id<\?\)/],
    [{ scope: root, keyId: 1 }, /receipts_by_key \(key_id=\?/],
    [{ scope: root, state: 'open' }, /receipts_by_state \(state=\? AND id<\?\)/],
  ];
  for (const [query, index] of nonEmpty(expected)) {
    const steps = plan(query);
    assert.match(steps.join('; '), index);
    assert.ok(!steps.some((step) => step.includes('TEMP B-TREE')), steps.join('; '));
  }
});

test('notices that are due are found in their order, without sorting', (t) => {
  const { connection } = testDatabase(t);
  const steps = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  assert.deepEqual(steps(alertSql.due.sqlite), [
    'SEARCH notices USING INDEX notices_by_attempt (next_attempt_at<?)',
  ]);
});

test('no statement on jobs reads those that ended long ago, however many there are', (t) => {
  const { connection } = testDatabase(t);
  const plan = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  // For the start of a process, and for rows that were just written.
  const { insert: _insert, releaseLeases: _releaseLeases, ...others } = jobSql;
  for (const { sqlite } of nonEmpty(Object.values(others))) {
    const scans = plan(sqlite).filter((step) => step.startsWith('SCAN'));
    const isOfOpen = (step: string) =>
      /^SCAN jobs USING (COVERING )?INDEX (jobs_open|jobs_to_call)/.test(step);
    assert.deepEqual(
      scans.filter((step) => !isOfOpen(step)),
      [],
      sqlite,
    );
  }
});
