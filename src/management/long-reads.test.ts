import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientGone } from '../http/body.ts';
import { emptyDetail, encodeDetail } from '../store/record-detail.ts';
import { testDatabase } from '../store/sqlite/test-database.ts';
import { LongReadTurns } from './long-reads.ts';

const recordCount = 30_000;
const page = { offset: 0, limit: 10 };
const here = { isGone: false };

test('the reads of one caller run one at a time, and those of another beside them', async (t) => {
  const { store, connection } = testDatabase(t);
  connection.run(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${recordCount})
    INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    SELECT 'r' || n, 2, n, 1, 1, 'model', 1, 0, ?1 FROM numbers`,
    encodeDetail(emptyDetail),
  );
  const turns = new LongReadTurns(store);
  const order: string[] = [];
  const search = async (reader: string) => {
    await turns.of(reader, here).listRecords({ keyName: 'nobody' }, page, 1, recordCount);
    order.push(reader);
  };
  const busy = Array.from({ length: 8 }, () => search('account 1'));
  await Promise.all([...busy, search('account 2')]);
  assert.ok(order.indexOf('account 2') <= 1, order.join(', '));
});

test('a read that failed lets the next one go on, and one that nobody waits for is left out', async (t) => {
  const { store } = testDatabase(t);
  const turns = new LongReadTurns(store);
  const client = { isGone: false };
  const of = (waiting: typeof client) => turns.of('account 1', waiting);
  const wrong = of(here).listAccounts({}, { offset: 0, limit: 0.5 });
  const left = of(client).listAccounts({}, page);
  const last = of(here).listEvents({}, 10);
  client.isGone = true;
  await assert.rejects(wrong);
  await assert.rejects(left, ClientGone);
  assert.deepEqual((await last).items, []);
});
