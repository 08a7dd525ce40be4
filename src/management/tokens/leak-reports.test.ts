import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testOrigin } from '../../../tests/support/test-store.ts';
import { KeyValues } from '../../access/key-values.ts';
import { digestOf } from '../../domain/digest.ts';
import { makeKeyValue } from '../../domain/format.ts';
import { ManualClock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { createLog } from '../../platform/log.ts';
import { systemRandom } from '../../platform/random.ts';
import { addAccount, addKey, aKey, anAccount } from '../../store/contract/engine.ts';
import { heardBy } from '../../store/contract/heard.ts';
import { testDatabase } from '../../store/sqlite/test-database.ts';
import { LeakReports } from './leak-reports.ts';

/** Leak reports over a real store whose first deletions fail. */
async function rig(t: { after(run: () => Promise<void> | void): void }, failures: number) {
  const { store } = testDatabase(t);
  const account = await addAccount(store, anAccount('owner'));
  const { value, body } = makeKeyValue(systemRandom);
  const key = await addKey(store, aKey(account.id, { digest: digestOf(body) }));
  const clock = new ManualClock();
  const counted: Record<string, number> = {};
  const lines: string[] = [];
  let left = failures;
  const reports = new LeakReports({
    keyValues: new KeyValues(store),
    store,
    revocation: () => ({
      updateKey: (accountId, id, fields) => store.updateKey(accountId, id, fields, heardBy(store)),
      async deleteKeys(accountId, ids) {
        left -= 1;
        if (left >= 0) throw new HalleyError('store_unavailable', { log: 'on purpose' });
        return store.deleteKeys(accountId, ids, heardBy(store));
      },
    }),
    clock,
    log: createLog({ level: 'debug' }, { write: (line) => lines.push(line) }),
    action: 'delete',
    count: (outcome, values) => {
      counted[outcome] = (counted[outcome] ?? 0) + values;
    },
  });
  const isAlive = async () => (await store.findKeyById(key.id)) !== undefined;
  return { reports, value, clock, counted, isAlive, logged: () => lines.join('') };
}

const allThatCanRun = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('what a report asks for is tried again until the database works', async (t) => {
  const { reports, value, clock, counted, isAlive } = await rig(t, 2);
  reports.take([value], testOrigin);
  for (let tries = 0; tries < 2; tries += 1) {
    await allThatCanRun();
    assert.equal(await isAlive(), true);
    clock.advance(limits.leak_report_retry_ms);
  }
  await allThatCanRun();
  assert.equal(await isAlive(), false);
  assert.deepEqual(counted, { not_ours: 0, unknown: 0, deleted: 1 });
});

test('a report that cannot be acted on is an error in the log; stopping waits for what runs and tries no more', async (t) => {
  const { reports, value, counted, isAlive, logged } = await rig(t, 100);
  reports.take([value], testOrigin);
  await allThatCanRun();
  await reports.stop();
  assert.equal(await isAlive(), true);
  assert.equal(counted.failed, 1);
  assert.match(logged(), /may still work/);
  assert.ok(!logged().includes(value.slice(3)));
  assert.throws(() => reports.take([value], testOrigin), { code: 'too_many_attempts' });
});

test('reports that wait for the database are bounded in number', async (t) => {
  const { reports, value } = await rig(t, 1_000_000);
  for (let count = 0; count < limits.leak_reports_running_max; count += 1) reports.take([value], testOrigin);
  assert.throws(() => reports.take([value], testOrigin), { code: 'too_many_attempts' });
  await reports.stop();
});
