/** Commands that open a PostgreSQL database directly. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { SecretRing } from '../../src/domain/secret-ring.ts';
import { addAccount, addKey, addRecord, aKey, anAccount } from '../../src/store/contract/engine.ts';
import { schemaVersion } from '../../src/store/postgres/migrate.ts';
import { shareTestPostgres, startPostgres } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { openTestStore, testStore } from '../support/postgres-store.ts';
import { halley } from './halley.ts';

type Ending = { after(run: () => Promise<void>): void };
interface Found {
  readonly check: string;
  readonly outcome: string;
  readonly message: string;
}

/** Returns a port without a listener. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

async function database(t: Ending) {
  const { store, url } = await testStore(t);
  const account = await addAccount(store, anAccount('one'));
  const key = await addKey(store, aKey(account.id, { unlimitedQuota: false, remainQuota: 50 }));
  await addRecord(store, { accountId: account.id, keyId: key.id, units: 10 });
  return { url, query: async (sql: string) => (await shareTestPostgres()).query(url, sql) };
}

const verify = (url: string, ...args: string[]) =>
  halley(['ledger', 'verify', ...args], { HALLEY_DATABASE_URL: url });

test('verify recomputes the totals of a shared database while nodes use it', async (t) => {
  const { url, query } = await database(t);
  const sound = await verify(url, '--json');
  assert.equal(sound.code, exitCodes.ok, sound.stderr);
  assert.deepEqual(JSON.parse(sound.stdout), { differences: [] });
  await query('UPDATE keys SET remain_quota = 41');
  const spoiled = await verify(url);
  assert.deepEqual(
    [spoiled.code, spoiled.stdout],
    [exitCodes.failure, 'key 1 remain_quota: is 41, should be 40\n'],
  );
});

test('verify neither creates nor changes a database, and names an unusable one without its password', async (t) => {
  const { url, query } = await database(t);
  await query('UPDATE schema_version SET version = 1');
  const old = await verify(url);
  assert.equal(old.code, exitCodes.failure);
  assert.match(old.stderr, /has the schema version 1, this Halley knows \d/);
  await query(
    `UPDATE schema_version SET version = ${schemaVersion + 1}, oldest_reader = ${schemaVersion + 1}`,
  );
  assert.match((await verify(url)).stderr, /written by a newer Halley/);

  const postgres = await shareTestPostgres();
  const empty = await postgres.createDatabase();
  assert.match((await verify(empty)).stderr, /has no tables of Halley/);
  assert.deepEqual(await postgres.query(empty, "SELECT to_regclass('accounts') AS made"), [{ made: null }]);

  const away = await verify(`postgres://me:my-password@127.0.0.1:${await unusedPort()}/halley`);
  assert.equal(away.code, exitCodes.failure);
  assert.match(away.stderr, /database halley on 127\.0\.0\.1:\d+ cannot be used/);
  assert.ok(!away.stderr.includes('my-password'));
});

test('settings shows that there is a database, and not its password', async () => {
  const env = { HALLEY_DATABASE_URL: 'postgres://me:my-password@db.example:5432/halley' };
  const { code, stdout } = await halley(['settings'], env);
  assert.equal(code, exitCodes.ok);
  assert.match(stdout, /^database\.url\t\[redacted\]\tHALLEY_DATABASE_URL$/m);
});

const secret = 'a1'.repeat(32);

/** @returns the findings of doctor about the database */
async function findings(url: string, env: Readonly<Record<string, string>> = {}): Promise<Found[]> {
  const { stdout } = await halley(['doctor', '--json', '--url', `http://127.0.0.1:${await unusedPort()}`], {
    HALLEY_DATABASE_URL: url,
    HALLEY_SERVER_SECRET: secret,
    ...env,
  });
  const elsewhere = new Set([
    'settings',
    'node',
    'open files',
    'clock',
    'console',
    'listener',
    'data directory',
    'file system',
    'port',
    'disk',
    'restores',
    'gateway',
    'channels',
    'lock',
  ]);
  return (JSON.parse(stdout) as Found[]).filter(({ check }) => !elsewhere.has(check));
}

const outcomes = (found: readonly Found[]) => found.map(({ check, outcome }) => [check, outcome]);

test('doctor accepts a valid database, before its first use and after', async (t) => {
  const postgres = await startPostgres({ durable: true });
  t.after(() => postgres.stop());
  const url = await postgres.createDatabase();
  const sound = [
    ['database', 'ok'],
    ['database connection', 'ok'],
    ['database schema', 'ok'],
    ['server secret', 'ok'],
    ['database commits', 'ok'],
    ['database connection limit', 'ok'],
    ['database clock', 'ok'],
    ['database notices', 'ok'],
  ];
  assert.deepEqual(outcomes(await findings(url)), sound);
  const opened = await openTestStore(url);
  await opened.store.sealed.admit(new SecretRing(Buffer.from(secret, 'hex')));
  await opened.store.close();
  const found = await findings(url);
  assert.deepEqual(outcomes(found), sound);
  assert.match(found[4]?.message ?? '', /synchronous_commit is on, synchronous_standby_names is ""/);
  await postgres.query(url, "ALTER ROLE postgres SET synchronous_commit = 'off'");
  const [, , , , commits] = await findings(url);
  assert.equal(commits?.outcome, 'failed');
  assert.match(commits.message, /brings deleted keys back/);
});

test('doctor finds problems that prevent a start or break the promise', async () => {
  const url = await freshDatabase();
  const opened = await openTestStore(url);
  await opened.store.sealed.admit(new SecretRing(new Uint8Array(32)));
  await opened.store.close();
  const found = new Map((await findings(url)).map(({ check, ...rest }) => [check, rest]));
  assert.equal(found.get('server secret')?.outcome, 'failed');
  assert.match(found.get('server secret')?.message ?? '', /written under another server secret/);
  // The database of the tests runs with fsync off.
  assert.match(found.get('database commits')?.message ?? '', /fsync is off/);
  assert.equal(found.get('database commits')?.outcome, 'failed');

  const postgres = await shareTestPostgres();
  await postgres.query(url, 'UPDATE schema_version SET version = 99, oldest_reader = 99');
  const schema = (await findings(url)).find(({ check }) => check === 'database schema');
  assert.equal(schema?.outcome, 'failed');

  const name = new URL(url).pathname.slice(1);
  await postgres.query(postgres.url, `ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
  assert.deepEqual(outcomes(await findings(url)), [['database', 'failed']]);
  assert.deepEqual(outcomes(await findings(`postgres://127.0.0.1:${await unusedPort()}/x`)), [
    ['database', 'failed'],
  ]);
});

test('doctor reports that restores are not protected if the tombstone log may not outlive the node', async () => {
  const url = await freshDatabase();
  const outcome = async (env: Readonly<Record<string, string>>) => {
    const { stdout } = await halley(['doctor', '--json', '--url', `http://127.0.0.1:${await unusedPort()}`], {
      HALLEY_DATABASE_URL: url,
      HALLEY_SERVER_SECRET: secret,
      ...env,
    });
    return (JSON.parse(stdout) as Found[]).find(({ check }) => check === 'restores');
  };
  const unprotected = await outcome({});
  assert.equal(unprotected?.outcome, 'failed');
  assert.match(unprotected.message, /Restores are not protected.*tombstones\.url/);
  assert.equal((await outcome({ HALLEY_TOMBSTONES_URL: url }))?.outcome, 'ok');
});
