/** What both engines find of records from before the totals by quarter hour are complete. */
import assert from 'node:assert/strict';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { aRecord, settleAll } from './records.ts';

const hour = 1_800_000_000;

/** @param run executes a statement behind the store's interface */
export async function assertFoundBeforeTotals(
  store: TestStore,
  run: (sql: string) => unknown,
): Promise<void> {
  const of = { accountId: 1, keyId: 2 };
  const [before, since] = [
    aRecord({ ...of, createdAt: hour + 1800, units: 5 }, { group: 'gold', channelId: 3 }),
    aRecord({ ...of, createdAt: hour + 7200, units: 80 }, { group: 'gold', channelId: 3 }),
  ];
  await settleAll(store, [before, since]);
  await run(`INSERT INTO usage_quarters_from VALUES (${hour + 3600})`);
  await run(`DELETE FROM usage_quarters WHERE quarter < ${hour + 3600}`);
  const page = { offset: 0, limit: 10 };
  const filters = [
    { model: 'model-a' },
    { group: 'gold' },
    { channelId: 3 },
    { model: 'model-%', accountId: 1 },
  ];
  for (const filter of nonEmpty(filters)) {
    const { items, total, stoppedAt } = await store.listRecords(filter, page, 10);
    assert.deepEqual(
      items.map(({ requestId }) => requestId),
      [since.requestId, before.requestId],
    );
    assert.deepEqual([total, stoppedAt], [2, undefined]);
    assert.deepEqual(await store.sumRecords(filter), { units: 85, requests: 2, tokens: 10 });
    const earlier = await store.listRecords({ ...filter, to: hour + 3599 }, page, 10);
    assert.equal(earlier.total, 1);
  }
}
