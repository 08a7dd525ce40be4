/** Deleted credentials stay revoked when the database goes back to an earlier state. Requests wait for the check. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { testEngine } from '../support/engine.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';

function directory(t: { after(end: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-test-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const files = ['halley.sqlite', 'halley.sqlite-wal', 'halley.sqlite-shm'];

/** Copies the database of a stopped gateway. */
function copyDatabase(from: string, to: string): void {
  for (const file of files) {
    rmSync(join(to, file), { force: true });
    if (existsSync(join(from, file))) cpSync(join(from, file), join(to, file));
  }
}

async function statusOf(gateway: Gateway, key: TestKey): Promise<number> {
  return (await gateway.call('GET', '/v1/models', { token: key.value })).status;
}

const env = { HALLEY_BOOTSTRAP_TOKEN: 'root-token-for-this-test-alone' };

// tests/backup does the same on PostgreSQL.
const ofFiles = { skip: testEngine() === 'sqlite' ? false : 'copies the files of SQLite' };

test(
  'after an earlier state of the database is restored, credentials deleted since stay revoked',
  ofFiles,
  async (t) => {
    const [dataDir, backup] = [directory(t), directory(t)];
    const before = await startGateway({ dataDir, env });
    const [dead, batch, alive] = [
      await before.createKey(),
      await before.createKey(),
      await before.createKey({ name: 'alive' }),
    ];
    const user = dataOf(
      await before.call('POST', '/api/user', { body: { username: 'gone', password: 'a password 123' } }),
    );
    const login = await before.call('POST', '/api/user/login', {
      body: { username: 'gone', password: 'a password 123' },
      token: undefined,
    });
    const cookie = String(login.headers.get('set-cookie')).split(';')[0] ?? '';
    const its = { headers: { cookie, 'sec-fetch-site': 'same-origin' }, token: '' };
    const oldToken = String((await before.call('GET', '/api/user/token', its)).json?.data);
    before.secret(oldToken);
    await before.stop();
    copyDatabase(dataDir, backup);

    const since = await startGateway({ dataDir, env });
    dataOf(await since.call('POST', '/api/token/batch', { body: { ids: [batch.id] } }));
    assert.equal((await since.call('DELETE', `/api/token/${dead.id}`)).json?.success, true);
    const newToken = String((await since.call('GET', '/api/user/token', { token: oldToken })).json?.data);
    assert.equal((await since.call('GET', '/api/user/self', { token: newToken })).status, 200);
    assert.equal(
      statusOk(await since.call('PUT', '/api/token', { body: { id: alive.id, status: 2 } })),
      true,
    );
    await since.stop();
    assert.match(readFileSync(join(dataDir, 'tombstones.log'), 'utf8'), /"kind":"access_token"/);

    copyDatabase(backup, dataDir);
    const after = await startGateway({ dataDir, env });
    t.after(() => after.kill());
    for (const key of [dead, batch]) assert.equal(await statusOf(after, key), 401);
    assert.equal(await statusOf(after, alive), 200, 'a key that was only disabled comes back');
    assert.equal((await after.call('GET', '/api/user/self', { token: oldToken })).status, 401);
    assert.equal((await after.call('GET', '/api/user/self', its)).status, 401, 'sessions end by a restore');
    const told = after.logLines().find((line) => line.deleted_again !== undefined);
    assert.deepEqual(told?.deleted_again, { key: 2, account: 0, access_token: 1 });
    assert.equal((await after.call('DELETE', `/api/user/${user.id}`)).json?.success, true);
    await after.stop();

    copyDatabase(backup, dataDir);
    const third = await startGateway({ dataDir, env });
    t.after(() => third.kill());
    assert.equal((await third.call('GET', `/api/user/${user.id}`)).json?.success, false, 'a deleted account');
    await third.stop();
  },
);

function statusOk(answer: { readonly json: Readonly<Record<string, unknown>> | undefined }): boolean {
  return answer.json?.success === true;
}

test('confirms a deletion only after the tombstone log has it', async (t) => {
  const url = await freshDatabase();
  const database = new pg.Client(url);
  await database.connect();
  t.after(() => database.end());
  const gateway = await startGateway({ env: { ...env, HALLEY_TOMBSTONES_URL: url } });
  t.after(() => gateway.kill());
  const key = await gateway.createKey();
  await database.query('ALTER TABLE halley_tombstones RENAME TO away');
  const refused = await gateway.call('DELETE', `/api/token/${key.id}`);
  assert.equal(refused.status, 503, refused.text);
  assert.match(refused.text, /Send it again/);
  assert.equal(await statusOf(gateway, key), 401, 'it is dead all the same');
  const again = await gateway.call('DELETE', `/api/token/${key.id}`);
  assert.equal(again.status, 503, again.text);
  await database.query('ALTER TABLE away RENAME TO halley_tombstones');
  await until(async () => (await database.query('SELECT id FROM halley_tombstones')).rows.length > 0);
  const { rows } = await database.query('SELECT kind, id FROM halley_tombstones');
  assert.deepEqual(rows, [{ kind: 'key', id: String(key.id) }]);
  const third = await gateway.call('DELETE', `/api/token/${key.id}`);
  assert.deepEqual([third.status, third.json?.success], [200, false]);
  await gateway.stop();
});

test('completes a new tombstone log with earlier deletions', async (t) => {
  const dataDir = directory(t);
  const first = await startGateway({ dataDir, env });
  const key = await first.createKey();
  await first.call('DELETE', `/api/token/${key.id}`);
  await first.stop();
  rmSync(join(dataDir, 'tombstones.log'));
  const second = await startGateway({ dataDir, env });
  await second.stop();
  assert.match(
    readFileSync(join(dataDir, 'tombstones.log'), 'utf8'),
    new RegExp(`"kind":"key".*"id":${key.id},`),
  );
});

test('recreates a removed tombstone log with its full contents', async (t) => {
  const dataDir = directory(t);
  const gateway = await startGateway({ dataDir, env });
  t.after(() => gateway.kill());
  const [first, second] = [await gateway.createKey(), await gateway.createKey()];
  const log = join(dataDir, 'tombstones.log');
  await gateway.call('DELETE', `/api/token/${first.id}`);
  rmSync(log);
  assert.equal((await gateway.call('DELETE', `/api/token/${second.id}`)).json?.success, true);
  assert.match(readFileSync(log, 'utf8'), new RegExp(`"id":${second.id},`));
  await until(() => readFileSync(log, 'utf8').includes(`"id":${first.id},`));
  await gateway.stop();
});

test('refuses a tombstone log in the database that it protects', async () => {
  const url = await freshDatabase();
  await assert.rejects(
    startGateway({ env: { ...env, HALLEY_DATABASE_URL: url, HALLEY_TOMBSTONES_URL: url } }),
    /name the same database/,
  );
});
