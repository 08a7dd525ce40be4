/** Compares what a store has added up with a ledger in memory. */
import assert from 'node:assert/strict';
import { maybeEmpty } from '../../../tests/support/non-empty.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import type { HourlyRow } from '../ledger-store.ts';
import { assertInvariants } from './engine.ts';
import type { MemoryHolder, MemoryLedger } from './memory-ledger.ts';

/** Every balance of the store beside the model's, its hourly totals, and every total beside its records. */
export async function compareLedgers(model: MemoryLedger, store: TestStore): Promise<void> {
  for (const [id, holder] of maybeEmpty(model.accounts)) {
    const row = await store.getAccount(id);
    assert.ok(row, `account ${id} is gone`);
    const { quota, unlimitedQuota, usedQuota, reserved, requestCount, budgetUsed, budgetStart } = row;
    assert.deepEqual(
      [quota, unlimitedQuota, usedQuota, reserved, budgetUsed, budgetStart, requestCount],
      [...figuresOf(holder), holder.requestCount],
      `account ${id}`,
    );
  }
  for (const [id, holder] of maybeEmpty(model.keys)) {
    const row = await store.getKey(holder.accountId, id);
    assert.ok(row, `key ${id} is gone`);
    const { remainQuota, unlimitedQuota, usedQuota, reserved, accessedAt, budgetUsed, budgetStart } = row;
    assert.deepEqual(
      [remainQuota, unlimitedQuota, usedQuota, reserved, budgetUsed, budgetStart, accessedAt],
      [...figuresOf(holder), holder.lastUsedAt],
      `key ${id}`,
    );
  }
  const hours = await store.listHourly({ by: ['hour', 'accountId', 'keyId', 'model'] });
  assert.deepEqual(sorted(hours), sorted([...model.hours.values()]));
  await assertInvariants(store);
}

const sorted = (hours: readonly HourlyRow[]) =>
  hours.toSorted((left, right) => hourName(left).localeCompare(hourName(right)));
const hourName = ({ hour, accountId, keyId, model }: HourlyRow) => `${hour} ${accountId} ${keyId} ${model}`;

const figuresOf = ({ remaining, unlimited, used, reserved, budgetUsed, budgetStart }: MemoryHolder) => [
  remaining,
  unlimited,
  used,
  reserved,
  budgetUsed,
  budgetStart,
];
