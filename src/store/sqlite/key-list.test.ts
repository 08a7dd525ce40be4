import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { addAccount, addKey, aKey, anAccount } from '../contract/engine.ts';
import { type KeyFilter, keySorts } from '../key-list.ts';
import { keysByIds, statementsOf } from './key-list.ts';
import { testDatabase } from './test-database.ts';

const look = { now: 1_800_000_000, keysMax: 100_000 } as const;

/** Copies of the keys there are, until there are more than one step looks at. */
const double = `INSERT INTO keys (account_id, digest, hint, name, state, created_at, accessed_at, expires_at, remain_quota,
    unlimited_quota, used_quota, model_limits_enabled, model_limits, group_name, cross_group_retry)
  SELECT account_id, randomblob(32), hint, hex(randomblob(4)), state, created_at, accessed_at, expires_at, remain_quota,
    unlimited_quota, abs(random() % 1000), model_limits_enabled, model_limits, group_name, cross_group_retry FROM keys`;

test('the steps of a look together give what one statement would, and other work runs in between', async (t) => {
  const { store, connection } = testDatabase(t);
  const { id: accountId } = await addAccount(store, anAccount('owner'));
  await addKey(store, aKey(accountId));
  for (let doubled = 1; doubled < 10_000; doubled *= 2) connection.run(double);
  const expected = connection
    .all('SELECT id FROM keys ORDER BY used_quota DESC, id DESC LIMIT 20 OFFSET 9000')
    .map(({ id }) => id);
  let turns = 0;
  let running = true;
  const turn = () => {
    turns += 1;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const order = { by: 'used', descending: true } as const;
  const page = { offset: 9000, limit: 20 };
  const { items, ...rest } = await store.listKeysBy({ accountId }, order, page, look);
  const turnsOfList = turns;
  const counts = await store.countKeysBy({ accountId }, look);
  running = false;
  assert.deepEqual(
    items.map(({ key }) => key.id),
    expected,
  );
  const total = connection.one('SELECT count(*) AS total FROM keys').total;
  assert.deepEqual(rest, { total, complete: true });
  assert.deepEqual([counts.total, counts.enabled, counts.no_limit], [total, total, total]);
  assert.ok(turnsOfList > 2 && turns > turnsOfList + 2, `${turnsOfList} ${turns}`);
});

test('no step of a look reads other keys than its own', (t) => {
  const { connection } = testDatabase(t);
  const steps = (sql: string) => connection.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
  const ofAccount: KeyFilter = { accountId: 1 };
  for (const [filter, keys] of nonEmpty([
    [ofAccount, 'SEARCH k USING INDEX keys_by_account (account_id=? AND rowid>? AND rowid<?)'],
    [{}, 'SEARCH k USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
  ] as const)) {
    for (const by of nonEmpty(keySorts)) {
      const { hits, total, counts } = statementsOf(filter, { by, descending: true });
      for (const sql of nonEmpty([hits, total, counts])) {
        const [first, second] = steps(sql);
        assert.deepEqual([first, second], [keys, 'SEARCH a USING INTEGER PRIMARY KEY (rowid=?)'], sql);
      }
    }
  }
  const { stepEnd, plain } = statementsOf(ofAccount, { by: 'created', descending: true });
  assert.deepEqual(steps(stepEnd), [
    'SEARCH k USING COVERING INDEX keys_by_account (account_id=? AND rowid<?)',
  ]);
  assert.deepEqual(steps(plain), [
    'SEARCH a USING INTEGER PRIMARY KEY (rowid=?)',
    'SEARCH k USING INDEX keys_by_account (account_id=?)',
  ]);
  assert.deepEqual(steps(keysByIds.sqlite), [
    'SCAN wanted VIRTUAL TABLE INDEX 1:',
    'SEARCH k USING INTEGER PRIMARY KEY (rowid=?)',
    'SEARCH a USING INTEGER PRIMARY KEY (rowid=?)',
  ]);
});
