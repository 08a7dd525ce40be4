import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { shareTestPostgres } from '../../../tests/support/postgres.ts';
import { connectionOf, freshDatabase } from '../../../tests/support/postgres-database.ts';
import { testStoreAt } from '../../../tests/support/postgres-store.ts';
import { type TestStore, testOrigin, withChanges } from '../../../tests/support/test-store.ts';
import type { BudgetAlert } from '../../domain/accounting/terms.ts';
import { preferencesDefault } from '../../domain/preferences.ts';
import { SecretRing } from '../../domain/secret-ring.ts';
import { noPrice } from '../../ledger/test-rates.ts';
import { ManualClock } from '../../platform/clock.ts';
import { aJob } from '../contract/a-job.ts';
import { anObject } from '../contract/an-object.ts';
import {
  aChannel,
  aDigest,
  addAccount,
  addKey,
  addRecord,
  aKey,
  anAccount,
  aRecord,
  aSession,
  assertInvariants,
  aTopup,
  keysMax,
  otherKeyFields,
  plain,
} from '../contract/engine.ts';
import { heardBy } from '../contract/heard.ts';
import { asking } from '../contract/payer.ts';
import { Database } from '../postgres/connection.ts';
import { admitSecrets } from '../postgres/secret-check.ts';
import { emptyDetail } from '../record-detail.ts';
import { Connection } from '../sqlite/connection.ts';
import { defer, deferredText } from '../sqlite/deferred-settlements.ts';
import { lockDirectory } from '../sqlite/directory-lock.ts';
import { databaseFileName, openSqliteStore } from '../sqlite/open.ts';
import { temporaryDirectory } from '../sqlite/test-database.ts';

import { roles } from '../store.ts';
import { openTransferSource } from './source.ts';
import { transferTables } from './tables.ts';
import { transfer } from './transfer.ts';

type Ending = { after(run: () => Promise<void> | void): void };

const noon = 1_800_014_400;
const secrets = new SecretRing(new Uint8Array(32).fill(7));

/** Something of everything, and of all that engines do not keep alike. */
async function fill(store: TestStore) {
  const rich = { unlimitedQuota: false, quota: 5_000_000_000_000, displayName: 'ключ 🗝 "q" \\ \n' };
  const digest = new Uint8Array(32).fill(9);
  const budget = { units: 100, period: 'daily', timeZone: 'Europe/Berlin', softPercent: 50 } as const;
  const ana = await addAccount(store, anAccount('ana', { ...rich, accessTokenDigest: digest, budget }));
  const gone = await addAccount(store, anAccount('gone'));
  await addKey(store, aKey(gone.id));
  await store.deleteAccount(gone.id, heardBy(store));
  const key = await addKey(store, aKey(ana.id, { remainQuota: 1000, unlimitedQuota: false }));
  const odd = await addKey(store, aKey(ana.id, { ...otherKeyFields, sealed: null }));
  const dead = await addKey(store, aKey(ana.id, { imported: { requests: 2, units: 9 } }));
  await store.insertSession(aSession(ana.id, { digest, expiresAt: noon + 60 }));
  await store.signIns.openSetup({ digest, accountId: ana.id, expiresAt: noon + 60 });
  await store.setPreferences(ana, { ...preferencesDefault, timeZone: 'Asia/Tokyo' });
  const signer = { name: 'signer', publicKey: aDigest(), sealed: aDigest(), createdAt: noon };
  await store.receipts.addKey(signer);
  const channel = await store.insertChannel({ ...aChannel(), createdAt: noon });
  await store.deleteChannel((await store.insertChannel({ ...aChannel(), createdAt: noon })).id);
  await store.topUp(aTopup(ana.id, 12_345, { reference: 'invoice 7' }), heardBy(store));
  const price = { ...noPrice, input: 1, cachedInput: 0, longCacheWrite: 3, output: 2 };
  const rates = { ...price, model: 'm', effectiveFrom: 5, source: 'x', createdAt: noon };
  await store.insertPrices([rates]);
  await store.insertPrices([{ ...rates, input: 9 }]);
  await store.insertPrices([{ ...rates, model: 'taken back' }]);
  await store.removePrices('taken back');
  await store.setMultiplier({ group: 'vip', effectiveFrom: 3, multiplier: 1_500_000 });
  const of = (units: number, createdAt: number, model = 'gpt-4o') =>
    aRecord({ accountId: ana.id, keyId: key.id, units, createdAt, model });
  const content = { sealed: new Uint8Array(70_000).fill(3), expiresAt: noon + 9_000_000_000 };
  const old = [1, 2, 3].map((units) => ({ record: of(units, noon - 90_000), reserved: false }));
  await store.settle([...old, { record: of(70, noon), reserved: false, content }], true);
  await store.deleteRecordsBefore(noon - 3600, 2);
  await addRecord(store, { ...of(0, noon), keyId: dead.id, type: 5, detail: { ...emptyDetail, totalMs: 3 } });
  await store.deleteKeys(ana.id, [dead.id], heardBy(store));
  const payer = { accountId: ana.id, keyId: key.id };
  await store.jobs.insert(aJob(payer, { sealed: aDigest() }));
  await store.objects.insert([anObject(payer, { publicId: 'resp_1', extra: { bytes: 7 } })]);
  return { ana, key, odd, dead, channel };
}

/** A data directory with a database that nobody uses. */
async function filled(t: Ending, more: (store: TestStore) => Promise<void> = async () => undefined) {
  const dir = temporaryDirectory(t);
  const store = withChanges(openSqliteStore({ dir, clock: new ManualClock(noon * 1000) }));
  const rows = await fill(store);
  await more(store);
  await store.close();
  return { dir, ...rows };
}

/** All that the interface of the store gives away, as comparable values. */
async function contentsOf(store: TestStore, accountId: number, keyIds: readonly number[]) {
  const page = { offset: 0, limit: 1000 };
  const notices: readonly BudgetAlert[] = await store.listAlerts(noon + 1e9, 100);
  const records = await store.listRecords({}, page, 10_000);
  return plain({
    accounts: await store.listAccounts({}, page),
    keys: await store.listKeys(accountId, page),
    byId: await Promise.all(keyIds.map((id) => store.findKeyById(id))),
    session: await store.findSession(new Uint8Array(32).fill(9)),
    setup: await store.signIns.findSetupCode(new Uint8Array(32).fill(9), noon),
    preferences: await store.signIns.getPreferences(accountId),
    channels: await store.listChannels(),
    signers: await store.receipts.listKeys(),
    jobs: await store.jobs.list({}, { limit: 10, offset: 0, order: 'asc' }),
    objects: await store.objects.find('response', 'resp_1'),
    receipts: await store.receipts.list({ scope: { id: 0, role: roles.root } }, page),
    journal: await store.listBalanceEntries({}, page),
    prices: await store.listPrices(),
    everyPrice: await store.getPrices([1, 2, 3, 4]),
    multipliers: await store.listMultipliers(),
    usage: await store.sumUsage({ bounds: [noon - 180_000, noon, noon + 900], by: 'keyId' }),
    usageCompleteFrom: await store.usageCompleteFrom(),
    // In the order of the hour only.
    hourly: (await store.listHourly({ by: ['hour', 'accountId', 'keyId', 'model'] })).toSorted((one, other) =>
      JSON.stringify(one).localeCompare(JSON.stringify(other)),
    ),
    records,
    contents: await Promise.all(records.items.map(({ requestId }) => store.getContent(requestId))),
    notices,
    audit: (await store.audit.list({}, 1000)).items.filter(({ object }) => object !== 'database'),
  });
}

const move = (dir: string, url: string) =>
  transfer({
    dir,
    connection: { ...connectionOf(url), statementMs: 60_000 },
    secrets: () => secrets,
    origin: testOrigin,
    clock: new ManualClock(),
  });

test('what was kept in SQLite is all there, the same, and goes on from there', async (t) => {
  const { dir, ana, key, odd, dead, channel } = await filled(t);
  const upgraded = new DatabaseSync(join(dir, databaseFileName));
  upgraded.exec(`INSERT INTO usage_quarters_from VALUES (${noon - 180_000})`);
  upgraded.close();
  const clock = new ManualClock(noon * 1000);
  const source = withChanges(openSqliteStore({ dir, clock }));
  const before = await contentsOf(source, ana.id, [key.id, odd.id, dead.id]);
  await source.close();
  const url = await freshDatabase();
  const { tables, reservations, differences } = await move(dir, url);
  assert.deepEqual([reservations, differences], [0, []]);
  for (const { name, rows, replaced } of nonEmpty(tables)) {
    assert.ok(rows > 0, `${name}: the test has nothing of it`);
    assert.equal(replaced, 0);
  }
  const { store, database } = await testStoreAt(t, url, { clock });
  assert.deepEqual(await contentsOf(store, ana.id, [key.id, odd.id, dead.id]), before);
  await assertInvariants(store);
  const [moved] = (await store.audit.list({ object: 'database' }, 1)).items;
  assert.deepEqual([moved?.action, moved?.object, moved?.actorName], ['created', 'database', 'tester']);
  assert.deepEqual(await admitSecrets(database, secrets, 'node'), []);
  const other = new SecretRing(new Uint8Array(32));
  await assert.rejects(admitSecrets(database, other, 'node'), /another server secret/);

  // A value that ever existed is never taken again, nor an id that was ever given.
  const again = aKey(ana.id, { digest: dead.digest });
  assert.equal(await store.insertKey(again, keysMax, heardBy(store)), 'digest_taken');
  assert.ok((await addKey(store, aKey(ana.id))).id > dead.id);
  assert.equal((await addAccount(store, anAccount('next'))).id, ana.id + 2);
  assert.equal((await store.insertChannel({ ...aChannel(), createdAt: noon })).id, channel.id + 2);
  assert.equal(
    (await store.topUp(aTopup(ana.id, 1, { reference: 'invoice 7' }), heardBy(store))) as string,
    'reference_taken',
  );
  await addRecord(store, { accountId: ana.id, keyId: key.id, units: 5, createdAt: noon });
  await assertInvariants(store);
});

test('no table and no column is left out', async (t) => {
  const { dir } = await filled(t);
  const database = new DatabaseSync(join(dir, databaseFileName), { readOnly: true });
  t.after(() => database.close());
  // What the values were written under is noted apart.
  const ownWay = ['server_secret'];
  const notMoved = new Set([
    'reservations',
    // Applied to the records first.
    'deferred_settlements',
    'write_check',
    'schema_version',
    'sqlite_sequence',
    // Retention sets it anew.
    'audit_horizon',
    ...ownWay,
  ]);
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const moved = new Map(transferTables.map(({ name, columns }) => [name, Object.keys(columns)]));
  const expected = names.map(({ name }) => String(name)).filter((name) => !notMoved.has(name));
  assert.deepEqual([...moved.keys()].toSorted(), expected.toSorted());
  for (const [name, columns] of nonEmpty(moved)) {
    const there = database.prepare(`SELECT name FROM pragma_table_info('${name}')`).all();
    const wanted = there.map((row) => String(row.name)).filter((column) => column !== 'reserved');
    assert.deepEqual(columns.toSorted(), wanted.toSorted(), name);
  }
});

test('settlements that a killed gateway had deferred move with the records', async (t) => {
  const { dir } = await filled(t);
  const killed = new Connection(join(dir, databaseFileName));
  const record = aRecord({ accountId: 1, keyId: 3, requestId: 'deferred', units: 5, createdAt: noon });
  killed.transaction(() => defer(killed, deferredText([{ record, reserved: false, deferrable: true }])));
  killed.close();
  const source = openTransferSource(dir);
  t.after(() => source.close());
  const records = transferTables.find(({ name }) => name === 'records');
  assert.ok(records);
  assert.ok([...source.rows(records)].some((row) => row.includes('"deferred"')));
  assert.deepEqual(source.findLedgerDifferences(10), []);
});

test('texts that PostgreSQL cannot hold are replaced and counted, and what becomes the same is added up', async (t) => {
  const models = ['a\0', 'a�', 'b'];
  const { dir } = await filled(t, async (store) => {
    for (const model of models) {
      const detail = { ...emptyDetail, path: 'half \ud800', username: 'nul \0' };
      await addRecord(store, { accountId: 1, keyId: 3, model, createdAt: noon, units: 10, detail });
    }
  });
  const url = await freshDatabase();
  const { tables } = await move(dir, url);
  const replaced = tables.filter((table) => table.replaced > 0).map((table) => [table.name, table.replaced]);
  assert.deepEqual(replaced, [
    ['records', 3],
    ['hourly', 1],
    ['usage_quarters', 1],
  ]);
  const { store } = await testStoreAt(t, url);
  await assertInvariants(store);
  const { items } = await store.listRecords({ model: 'a�' }, { offset: 0, limit: 9 }, 9);
  assert.deepEqual(
    items.map(({ detail }) => [detail.path, detail.username]),
    [
      ['half �', 'nul �'],
      ['half �', 'nul �'],
    ],
  );
  const hours = await store.listHourly({ from: noon, by: ['model'] });
  assert.deepEqual(
    hours.filter(({ model }) => model === 'a�').map(({ requests, units }) => [requests, units]),
    [[2, 20]],
  );
});

test('what a crash left reserved is free, and what did not add up before is told, not hidden', async (t) => {
  const { dir, key, ana } = await filled(t, async (store) => {
    await store.reserve([asking({ accountId: 1, keyId: 3 }, 20, { at: noon })]);
  });
  const spoil = new DatabaseSync(join(dir, databaseFileName));
  spoil.exec(`UPDATE keys SET used_quota = used_quota + 5 WHERE id = ${key.id}`);
  spoil.close();
  const url = await freshDatabase();
  const { reservations, differences } = await move(dir, url);
  assert.equal(reservations, 1);
  assert.deepEqual(
    differences.map(({ what }) => what),
    [`key ${key.id} used_quota`],
  );
  const { store } = await testStoreAt(t, url);
  assert.equal((await store.getKey(ana.id, key.id))?.reserved, 0);
  assert.equal((await store.getAccount(ana.id))?.reserved, 0);
});

/** How many rows of anything there are. */
async function rowsIn(url: string): Promise<number> {
  const counts = transferTables.map(({ name }) => `(SELECT count(*) FROM ${name})`);
  const [row] = await (await shareTestPostgres()).query(
    url,
    `SELECT ${counts.join(' + ')} + (SELECT count(*) FROM server_secret) AS rows`,
  );
  return Number(row?.rows);
}

test('a gateway that uses the directory, a target that has anything, or another secret: nothing is moved', async (t) => {
  const { dir } = await filled(t);
  const url = await freshDatabase();
  const lock = lockDirectory(dir);
  await assert.rejects(move(dir, url), /Another process .* uses the data directory/);
  lock.release();
  await assert.rejects(move(temporaryDirectory(t), url), /There is no database/);
  assert.equal(await rowsIn(url), 0);

  const database = new Database(connectionOf(url));
  t.after(() => database.close());
  await admitSecrets(database, new SecretRing(new Uint8Array(32)), 'node');
  await assert.rejects(move(dir, url), /another server secret/);
  assert.equal(await rowsIn(url), 1);
  await database.run('DELETE FROM server_secret');

  await database.run("INSERT INTO multipliers VALUES ('a', 1, 1)");
  await assert.rejects(move(dir, url), /is not empty: it has multipliers/);
  assert.equal(await rowsIn(url), 1);
  await database.run('DELETE FROM multipliers');
  await move(dir, url);
  await assert.rejects(move(dir, url), /is not empty: it has accounts, keys/);
});

test('when what arrives differs from what was sent, nothing stays', async (t) => {
  const { dir } = await filled(t);
  const postgres = await shareTestPostgres();
  const spoilt = [
    ['records', 'new.units := new.units + 1'],
    ['records', "new.model := 'other'"],
    ['records', "new.detail := '[]'"],
    ['prices', 'new.cached_input := NULL'],
  ] as const;
  for (const [table, change] of spoilt) {
    const url = await freshDatabase();
    await postgres.query(
      url,
      `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${change}; RETURN new; END $$;
      CREATE TRIGGER spoil BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION spoil()`,
    );
    await assert.rejects(move(dir, url), /differs from the source/, change);
    assert.equal(await rowsIn(url), 0, change);
  }
});

test('what is moved in the middle of a rotation goes on with it: both secrets are needed there too', async (t) => {
  const [older, newer] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)];
  const { dir } = await filled(t, async ({ sealed }) => {
    await sealed.admit(new SecretRing(older));
    await sealed.admit(new SecretRing(newer, [older]));
  });
  const url = await freshDatabase();
  const moveWith = (ring: SecretRing) =>
    transfer({
      dir,
      connection: { ...connectionOf(url), statementMs: 60_000 },
      secrets: () => ring,
      origin: testOrigin,
      clock: new ManualClock(),
    });
  await assert.rejects(moveWith(new SecretRing(newer)), /rotation of the server secret is not finished/);
  await assert.rejects(moveWith(new SecretRing(older)), /does not know the new one/);
  assert.equal(await rowsIn(url), 0);
  await moveWith(new SecretRing(newer, [older]));
  const database = new Database(connectionOf(url));
  t.after(() => database.close());
  const admitted = (ring: SecretRing) => database.transaction((tx) => admitSecrets(tx, ring, 'node'));
  await assert.rejects(admitted(new SecretRing(newer)), /is not finished/);
  assert.deepEqual(await admitted(new SecretRing(newer, [older])), []);
});
