import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { usedAt } from '../../src/domain/budget.ts';
import { keyStatus, statusOf } from '../../src/domain/key.ts';
import { ManualClock } from '../../src/platform/clock.ts';
import { systemRandom as random } from '../../src/platform/random.ts';
import { loadSettings } from '../../src/platform/settings/load.ts';
import { type OpenedStore, openStore } from '../../src/store/open-store.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { seedDemo } from './seed.ts';
import { daysOfTraffic } from './traffic.ts';

const clock = new ManualClock(Date.UTC(2026, 10, 18, 15, 20));
const now = Math.floor(clock.now() / 1000);

async function openEmpty(t: TestContext, env: Readonly<Record<string, string>>): Promise<OpenedStore> {
  const dir = await mkdtemp(join(tmpdir(), 'halley-seed-'));
  const settings = loadSettings({ env: { HALLEY_DATA_DIR: dir, ...env } });
  const opened = await openStore({ settings, clock, random, onLost: () => undefined });
  t.after(async () => {
    await opened.close();
    await rm(dir, { recursive: true, force: true });
  });
  return opened;
}

test('the demo data is lifelike, and the same on both engines but for secrets', async (t) => {
  const sqlite = await openEmpty(t, {});
  const postgres = await openEmpty(t, { HALLEY_DATABASE_URL: await freshDatabase() });
  const summaries = [];
  for (const opened of [sqlite, postgres]) {
    const seeded = await seedDemo({ ...opened, clock, random, bootstrapToken: undefined });
    assert.equal(seeded.keys, 40);
    assert.ok(seeded.records > 10_000);
    assert.deepEqual(await opened.store.findLedgerDifferences(10), []);
    summaries.push(await checkContent(opened));
  }
  assert.deepEqual(summaries[0], summaries[1]);
  const again = seedDemo({ ...sqlite, clock, random, bootstrapToken: undefined });
  await assert.rejects(again, /accounts already/);
});

/** @returns what must not differ between two runs */
async function checkContent({ store }: OpenedStore) {
  const root = await store.findAccountByUsername('root');
  assert.ok(root);
  const { items } = await store.searchManagedKeys(root, {}, { offset: 0, limit: 100 });
  const keys = items.map(({ key }) => key);
  assert.equal(keys.length, 40);
  const statuses = new Set(keys.map((key) => statusOf(key, now)));
  assert.deepEqual([...statuses].sort(), Object.values(keyStatus).sort());
  const near = keys.filter((key) => key.budget && usedAt(key, now) > 0.85 * key.budget.units);
  assert.ok(near.length >= 3, 'budgets near their limit');
  assert.ok(keys.some(({ accessedAt }) => accessedAt === 0));
  const models = await store.listHourly({ by: ['model'] });
  for (const { requests, units, model } of nonEmpty(models.filter((row) => !row.model.startsWith('demo'))))
    assert.ok(requests > 0 && units > 0, model);
  assert.ok(models.some(({ errors }) => errors > 0));
  const hours = await store.listHourly({ by: ['hour'] });
  assert.equal(new Set(hours.map(({ hour }) => Math.floor(hour / 86_400))).size, daysOfTraffic);
  assert.ok(nonEmpty(hours).every(({ hour }) => hour <= now));
  const used = keys.map(({ name, usedQuota, budget }) => ({ name, usedQuota, budget }));
  return { used: used.sort((a, b) => (a.name < b.name ? -1 : 1)), units: hours.map((row) => row.units) };
}
