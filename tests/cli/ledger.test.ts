import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { ManualClock } from '../../src/platform/clock.ts';
import { addAccount, addKey, aKey, anAccount } from '../../src/store/contract/engine.ts';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite/open.ts';
import { aRecord, settleAll } from '../management/records.ts';
import { withChanges } from '../support/test-store.ts';
import { halley } from './halley.ts';

async function database(t: { after(run: () => Promise<void>): void }) {
  const dir = mkdtempSync(join(tmpdir(), 'halley-verify-'));
  const store = withChanges(openSqliteStore({ dir, clock: new ManualClock() }));
  t.after(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  const account = await addAccount(store, anAccount('one'));
  const key = await addKey(store, aKey(account.id, { unlimitedQuota: false, remainQuota: 50 }));
  await settleAll(store, [aRecord({ accountId: account.id, keyId: key.id, createdAt: 1_800_000_000 })]);
  const spoil = (sql: string) => {
    const other = new DatabaseSync(join(dir, databaseFileName), { timeout: 1000 });
    other.exec(sql);
    other.close();
  };
  return { dir, store, spoil };
}

test('verify reports that a consistent ledger adds up, while a gateway uses it', async (t) => {
  const { dir, store } = await database(t);
  const { code, stdout, stderr } = await halley(['ledger', 'verify', '--data-dir', dir]);
  assert.equal(code, exitCodes.ok, stderr);
  assert.match(stdout, /Every total/);
  const json = await halley(['ledger', 'verify', '--json'], { HALLEY_DATA_DIR: dir });
  assert.deepEqual([json.code, JSON.parse(json.stdout)], [exitCodes.ok, { differences: [] }]);
  assert.equal((await store.listRecords({}, { offset: 0, limit: 1 }, 10)).total, 1);
});

test('verify names totals that do not add up, and exits with 1', async (t) => {
  const { dir, spoil } = await database(t);
  spoil('UPDATE keys SET remain_quota = 41');
  const { code, stdout } = await halley(['ledger', 'verify', '--data-dir', dir]);
  assert.equal(code, exitCodes.failure);
  assert.equal(stdout, 'key 1 remain_quota: is 41, should be 40\n');
  const json = await halley(['ledger', 'verify', '--json', '--data-dir', dir]);
  assert.equal(json.code, exitCodes.failure);
  assert.deepEqual(JSON.parse(json.stdout), {
    differences: [{ what: 'key 1 remain_quota', stored: 41, computed: 40 }],
  });
});

test('verify does not change a database of another version, and does not create a missing one', async (t) => {
  const { dir, spoil } = await database(t);
  const missing = await halley(['ledger', 'verify', '--data-dir', join(dir, 'none')]);
  assert.equal(missing.code, exitCodes.failure);
  assert.match(missing.stderr, /no database/);
  spoil('UPDATE schema_version SET version = 1');
  const old = await halley(['ledger', 'verify', '--data-dir', dir]);
  assert.equal(old.code, exitCodes.failure);
  assert.match(old.stderr, /has version 1, this Halley knows \d/);
});
