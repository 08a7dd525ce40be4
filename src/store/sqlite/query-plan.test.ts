import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountSql, sessionSql } from './accounts.ts';
import { keySql } from './keys.ts';
import { testDatabase } from './test-database.ts';

const { insert: _insertKey, ...keyStatements } = keySql;
const {
  count: _countAccounts,
  insert: _insertAccount,
  page: pageOfAccounts,
  ...accountStatements
} = accountSql;
const { insert: _insertSession, ...sessionStatements } = sessionSql;

test('no statement reads or sorts more than the rows it is about, however many keys there are', (t) => {
  const { durable } = testDatabase(t);
  const plan = (sql: string) => {
    const values = Array.from({ length: (sql.match(/\?(?!\d)/g) ?? []).length || 3 }, () => 0);
    const numbered = Math.max(0, ...[...sql.matchAll(/\?(\d)/g)].map((match) => Number(match[1])));
    const bound = numbered > 0 ? values.slice(0, numbered) : values;
    return durable.all(`EXPLAIN QUERY PLAN ${sql}`, ...bound).map((row) => String(row.detail));
  };
  const statements = { ...keyStatements, ...accountStatements, ...sessionStatements };
  for (const [name, sql] of Object.entries({ ...statements })) {
    const steps = plan(sql).filter((step) => step !== 'SCAN json_each VIRTUAL TABLE INDEX 1:');
    assert.ok(
      steps.some((step) => step.startsWith('SEARCH')),
      `${name}: ${steps.join('; ')}`,
    );
    for (const step of steps)
      assert.doesNotMatch(step, /^SCAN (?!CONSTANT ROW)|TEMP B-TREE/, `${name}: ${step}`);
  }
  assert.ok(plan(keySql.page).some((step) => step.includes('USING INDEX keys_by_account (account_id=?)')));
  assert.doesNotMatch(plan(pageOfAccounts).join(), /TEMP B-TREE/);
});
