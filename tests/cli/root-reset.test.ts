/** Replacing a lost token or password of root directly in the database, on both engines. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { shareTestPostgres } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { halley } from './halley.ts';

const bootstrap = { HALLEY_BOOTSTRAP_TOKEN: 'root-token-that-is-lost' };

async function selfStatus(gateway: Gateway, token: string): Promise<number> {
  return (await gateway.call('GET', '/api/user/self', { token })).status;
}

async function login(gateway: Gateway, password: string) {
  return gateway.call('POST', '/api/user/login', { token: undefined, body: { username: 'root', password } });
}

const cookieOf = (answer: Awaited<ReturnType<typeof login>>) =>
  answer.headers.get('set-cookie')?.split(';')[0] ?? '';

/** @param others nodes that were not involved */
async function assertReset(
  env: Readonly<Record<string, string>>,
  gateways: readonly [Gateway, ...Gateway[]],
) {
  const [first] = gateways;
  const refused = await halley(['root', 'reset'], env);
  assert.equal(refused.code, exitCodes.usage);
  assert.match(refused.stderr, /Add --yes/);
  const chosen = await halley(['root', 'reset', '--password-file', '-', '--yes'], env, 'a chosen password\n');
  assert.deepEqual([chosen.code, chosen.stdout], [exitCodes.ok, ''], chosen.stderr);
  assert.equal(await selfStatus(first, first.token), 200, 'a new password leaves the token');
  const cookie = cookieOf(await login(first, 'a chosen password'));
  const session = { token: undefined, headers: { cookie } };
  for (const each of nonEmpty(gateways))
    assert.equal((await each.call('GET', '/api/user/self', session)).status, 200);

  const { code, stdout, stderr } = await halley(['root', 'reset', '--token', '--yes'], env);
  assert.equal(code, exitCodes.ok, stderr);
  const token = stdout.trim();
  assert.match(token, /^[\w-]{43}$/, 'the token alone, for scripts');
  for (const each of nonEmpty(gateways)) {
    each.secret(token);
    assert.deepEqual([await selfStatus(each, first.token), await selfStatus(each, token)], [401, 200]);
  }
  const both = await halley(['root', 'reset', '--yes'], env);
  const [, password = ''] = /^password\t(.+)$/m.exec(both.stdout) ?? [];
  const [, newest = ''] = /^access token\t(.+)$/m.exec(both.stdout) ?? [];
  assert.match(both.stdout, /^user name\troot$/m);
  for (const each of nonEmpty(gateways)) {
    assert.deepEqual([await selfStatus(each, token), await selfStatus(each, newest)], [401, 200]);
    assert.equal((await each.call('GET', '/api/user/self', session)).status, 401, 'sessions ended');
  }
  assert.equal((await login(first, password)).json?.success, true);
  assert.equal((await login(first, 'a chosen password')).json?.success ?? false, false);
  return newest;
}

test('root reset on SQLite, with and without a running gateway', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'halley-root-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const gateway = await startGateway({ dataDir, env: bootstrap });
  t.after(() => void gateway.process.kill('SIGKILL'));
  const env = { HALLEY_DATA_DIR: dataDir };
  await assertReset(env, [gateway]);
  const logged = readFileSync(join(dataDir, 'tombstones.log'), 'utf8').trim().split('\n');
  assert.equal(logged.filter((line) => line.includes('"access_token"')).length, 2);
  await gateway.kill();

  const offline = await halley(['root', 'reset', '--token', '--yes'], env);
  assert.equal(offline.code, exitCodes.ok, offline.stderr);
  const again = await startGateway({ dataDir, env: bootstrap });
  t.after(() => void again.process.kill('SIGKILL'));
  assert.equal(await selfStatus(again, offline.stdout.trim()), 200);
  await again.kill();
  const nowhere = await halley(['root', 'reset', '--yes'], { HALLEY_DATA_DIR: join(dataDir, 'nowhere') });
  assert.equal(nowhere.code, exitCodes.failure);
  assert.match(nowhere.stderr, /There is no database .*nowhere/);
});

test('root reset on PostgreSQL, with two running nodes', async (t) => {
  const url = await freshDatabase();
  const root = mkdtempSync(join(tmpdir(), 'halley-root-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const env = {
    HALLEY_DATABASE_URL: url,
    HALLEY_SERVER_SECRET: 'a1'.repeat(32),
    HALLEY_FLEET_LEASE_MS: '10000',
  };
  const start = async (name: string) => {
    const dataDir = join(root, name);
    mkdirSync(dataDir, { mode: 0o700 });
    const gateway = await startGateway({ dataDir, env: { ...bootstrap, ...env } });
    t.after(() => void gateway.process.kill('SIGKILL'));
    return gateway;
  };
  const nodes = [await start('one'), await start('two')] as const;
  await assertReset({ ...env, HALLEY_DATA_DIR: join(root, 'elsewhere') }, nodes);
  const rows = await (await shareTestPostgres()).query(
    url,
    `SELECT (SELECT count(*)::int FROM tombstones WHERE kind = 'access_token') AS tombstones,
      (SELECT count(*)::int FROM revocations WHERE kind = 'account') AS logged`,
  );
  assert.deepEqual(rows, [{ tombstones: 2, logged: 3 }]);
  for (const node of nodes) await node.kill();
});
