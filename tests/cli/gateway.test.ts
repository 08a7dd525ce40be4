import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { halley, type Outcome } from './halley.ts';

let gateway: Gateway;
let upstream: FakeUpstream;

before(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startFakeUpstream()]);
});
after(async () => {
  await upstream?.close();
  await gateway?.stop();
});

/** Runs a command against the gateway with root's token, or another. */
const run = (args: readonly string[], token: string = gateway.token, input = ''): Promise<Outcome> =>
  halley(args, { HALLEY_URL: gateway.url, HALLEY_TOKEN: token }, input);

/** Runs a command that must succeed, and parses its JSON output. */
async function data(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run([...args, '--json']);
  assert.equal(code, exitCodes.ok, stderr);
  return JSON.parse(stdout);
}

const opens = async (key: string): Promise<number> => {
  const { status } = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  return status;
};

test('keys create prints only the value; the key works until keys delete confirms', async () => {
  const created = await run(['keys', 'create', 'website', '--quota-usd', '2.50', '--expires', '30d']);
  assert.equal(created.code, exitCodes.ok, created.stderr);
  const value = created.stdout.trimEnd();
  gateway.secret(value);
  assert.match(value, /^sk-[0-9A-Za-z]{48}$/);
  assert.equal(await opens(value), 200);

  const list = await run(['keys', 'list', '--search', 'website']);
  const [head, row] = list.stdout.split('\n').map((line) => line.split('\t'));
  assert.equal(head?.[0], 'ID');
  assert.deepEqual([row?.[1], row?.[3], row?.[4]], ['website', 'enabled', '1,250,000 (2.50 USD)']);
  assert.ok(!list.stdout.includes(value));

  const id = row?.[0] ?? '';
  const deleted = await run(['keys', 'delete', id, '--yes']);
  assert.equal(deleted.code, exitCodes.ok, deleted.stderr);
  assert.match(deleted.stdout, /is dead/);
  assert.equal(await opens(value), 401);
  assert.equal((await run(['keys', 'show', id])).code, exitCodes.notFound);
});

test('prints warnings on standard error, and only the value on standard output', async () => {
  const created = await run(['keys', 'create', '', '--models', 'nowhere']);
  gateway.secret(created.stdout.trimEnd());
  assert.equal(created.code, exitCodes.ok);
  assert.match(created.stdout, /^sk-[0-9A-Za-z]{48}\n$/);
  assert.match(created.stderr, /^Warning: The key has no name\..*$/m);
  assert.match(created.stderr, /^Warning: No channel /m);
});

test('keys update changes only the given options', async () => {
  const args = ['--models', 'a,b', '--ips', '10.0.0.0/8,::1', '--quota', '7'];
  const { id } = await data('keys', 'create', 'narrow', ...args);
  const before = await data('keys', 'show', String(id));
  assert.deepEqual(
    [before.model_limits, before.allow_ips, before.remain_quota, before.unlimited_quota],
    ['a,b', '10.0.0.0/8\n::1', 7, false],
  );
  const updated = await data(
    'keys',
    'update',
    String(id),
    '--disable',
    '--name',
    'narrower',
    '--expires',
    '2099-01-01',
  );
  assert.deepEqual(updated, {
    ...before,
    status: 2,
    name: 'narrower',
    expired_time: Date.UTC(2099, 0, 1) / 1000,
  });
  const widened = await data(
    'keys',
    'update',
    String(id),
    '--enable',
    '--models',
    '',
    '--ips',
    '',
    '--unlimited',
  );
  assert.equal(widened.status, 1);
  assert.equal(widened.model_limits_enabled, false);
  assert.ok(!widened.allow_ips);
  assert.equal(widened.unlimited_quota, true);
});

test('a user gets a top-up with a reason only once', async () => {
  const { id } = await data('users', 'create', 'topped', '--quota', '100');
  const given = [
    'users',
    'topup',
    String(id),
    '--usd',
    '2.50',
    '--reason',
    'invoice 7',
    '--trade-no',
    'cli-7',
  ];
  const { stdout } = await run(given);
  assert.equal(stdout, `Added 1,250,000 (2.50 USD) to user ${id} "topped".\n`);
  const again = await run(given);
  assert.notEqual(again.code, 0);
  assert.match(again.stderr, /--trade-no already/);
  const taken = await data('users', 'topup', String(id), '--units', '-50', '--reason', 'a mistake');
  assert.deepEqual([taken.quota, taken.reason], [-50, 'a mistake']);
  assert.equal((await data('users', 'show', String(id))).quota, 1_250_050);
});

test('sets, changes, shows and removes budgets and limits', async () => {
  const budget = ['--budget-usd', '2', '--budget-period', 'weekly', '--budget-zone', 'Europe/Berlin'];
  const rates = ['--rpm', '60', '--tpm', '9000', '--concurrency', '3', '--content-log-days', '7'];
  const made = await data('keys', 'create', 'limited', ...budget, ...rates);
  const shape = (record: Record<string, unknown>) => [
    record.budget_quota,
    record.budget_period,
    record.budget_time_zone,
    record.budget_soft_percent,
    record.rpm_limit,
    record.tpm_limit,
    record.concurrency_limit,
    record.content_log_days,
  ];
  assert.deepEqual(shape(made), [1_000_000, 'weekly', 'Europe/Berlin', 80, 60, 9000, 3, 7]);
  const id = String(made.id);
  const { stdout } = await run(['keys', 'show', id]);
  assert.match(stdout, /^budget\t1,000,000 \(2.00 USD\) weekly \(Europe\/Berlin\)$/m);
  assert.match(stdout, /^requests\/min\t60$/m);
  const changed = await data('keys', 'update', id, '--budget-soft', '50', '--rpm', '0');
  assert.deepEqual(shape(changed), [1_000_000, 'weekly', 'Europe/Berlin', 50, 0, 9000, 3, 7]);
  assert.equal((await data('keys', 'update', id, '--no-budget')).budget_quota, null);
  const user = await data('users', 'create', 'budgeted', '--budget', '500');
  assert.deepEqual([user.budget_quota, user.budget_period], [500, 'monthly']);
});

test('a delete without confirmation changes nothing', async () => {
  const { id } = await data('keys', 'create', 'kept');
  const { code, stderr } = await run(['keys', 'delete', String(id)], gateway.token, 'y\n');
  assert.equal(code, exitCodes.usage);
  assert.match(stderr, /--yes/);
  assert.equal((await data('keys', 'show', String(id))).name, 'kept');
});

test('prints the result of each of several deletes, and exits with the code of the first failure', async () => {
  const first = await data('keys', 'create', 'one');
  const second = await data('keys', 'create', 'two');
  const ids = [String(first.id), '999999', String(second.id)];
  const { code, stdout } = await run(['keys', 'delete', ...ids, '--yes', '--json']);
  assert.equal(code, exitCodes.notFound);
  const outcomes = JSON.parse(stdout) as { deleted: boolean }[];
  assert.deepEqual(
    outcomes.map(({ deleted }) => deleted),
    [true, false, true],
  );
});

test('refusals have the exit code of their kind', async () => {
  const { value } = await gateway.createKey();
  const cases: [string[], string, number][] = [
    [['keys', 'list'], 'no-such-access-token', exitCodes.denied],
    [['keys', 'list'], value, exitCodes.denied],
    [['keys', 'update', '999999', '--name', 'x'], gateway.token, exitCodes.notFound],
    [['users', 'show', '999999'], gateway.token, exitCodes.notFound],
    [['channels', 'test', '999999'], gateway.token, exitCodes.notFound],
    [['keys', 'create', 'x'.repeat(51)], gateway.token, exitCodes.usage],
    [['keys', 'create', 'x', '--ips', '10.0.0.0/99'], gateway.token, exitCodes.usage],
    [['keys', 'create', 'x', '--group', 'no-such-group'], gateway.token, exitCodes.failure],
  ];
  for (const [args, token, exitCode] of cases) {
    const { code, stderr } = await run(args, token);
    assert.equal(code, exitCode, `${args.join(' ')}: ${stderr}`);
    assert.ok(!stderr.includes(value));
  }
});

test('creates, changes, disables and deletes users', async () => {
  const made = await data('users', 'create', 'ana', '--quota-usd', '1', '--email', 'ana@example.com');
  gateway.secret(String(made.password));
  assert.deepEqual([made.username, made.quota, made.unlimited_quota], ['ana', 500_000, false]);
  const id = String(made.id);
  const args = ['users', 'create', 'bob', '--role', 'admin', '--password-file', '-', '--json'];
  const bob = await run(args, gateway.token, 'a password of bob\n');
  assert.equal(bob.code, exitCodes.ok, bob.stderr);
  assert.ok(!('password' in JSON.parse(bob.stdout)));

  const changed = await data('users', 'update', id, '--display-name', 'Ana', '--unlimited');
  assert.deepEqual(
    [changed.display_name, changed.unlimited_quota, changed.email],
    ['Ana', true, 'ana@example.com'],
  );
  assert.equal((await run(['users', 'disable', id])).code, exitCodes.ok);
  assert.equal((await data('users', 'show', id)).status, 2);
  assert.equal((await run(['users', 'enable', id])).code, exitCodes.ok);
  assert.equal((await data('users', 'show', id)).status, 1);
  assert.match((await run(['users', 'list', '--search', 'ana'])).stdout, /\tana\tuser\tenabled\t/);
  assert.equal((await run(['users', 'delete', id, '--yes'])).code, exitCodes.ok);
  assert.equal((await run(['users', 'show', id])).code, exitCodes.notFound);
});

test('creates, changes, tests and deletes channels without showing their keys', async () => {
  const args = [
    '--protocols',
    'openai',
    '--base-url',
    upstream.origin,
    '--models',
    'm1,m2',
    '--key-file',
    '-',
  ];
  const more = ['--map', 'm2=other', '--header', 'X-Team: red', '--priority=-3', '--json'];
  const made = await run(['channels', 'create', 'up', ...args, ...more], gateway.token, 'upstream-key-1\n');
  assert.equal(made.code, exitCodes.ok, made.stderr);
  assert.ok(!made.stdout.includes('upstream-key-1'));
  const channel = JSON.parse(made.stdout) as Record<string, unknown>;
  assert.deepEqual(
    [channel.models, channel.model_mapping, channel.extra_headers, channel.priority],
    [['m1', 'm2'], { m2: 'other' }, { 'X-Team': '…' }, -3],
  );
  const id = String(channel.id);
  for (const line of [
    (await run(['channels', 'show', id])).stdout,
    (await run(['channels', 'list', '--json'])).stdout,
  ])
    assert.doesNotMatch(line, /red/);
  assert.deepEqual((await data('channels', 'show', id, '--show-values')).extra_headers, { 'X-Team': 'red' });
  const proxyFile = join(gateway.dataDir, 'proxy');
  await writeFile(proxyFile, 'me:proxy-pw-1@127.0.0.1:9\n');
  const files = ['--proxy-file', proxyFile, '--key-file', '-', '--json'];
  const proxied = await run(['channels', 'update', id, ...files], gateway.token, 'upstream-key-1\n');
  assert.equal(proxied.code, exitCodes.ok, proxied.stderr);
  assert.ok(!proxied.stdout.includes('proxy-pw-1'));
  assert.match(proxied.stdout, /"proxy": "http:\/\/127\.0\.0\.1:9",\s+"has_proxy_auth": true/);
  assert.equal((await data('channels', 'update', id, '--proxy', 'direct')).proxy, 'direct');
  assert.equal((await data('channels', 'update', id, '--proxy', 'default')).proxy, null);
  assert.match((await run(['channels', 'test', id])).stdout, /answers/);
  assert.ok(upstream.requests.some((request) => request.headers.authorization === 'Bearer upstream-key-1'));

  const doctor = await run(['doctor', '--json']);
  assert.equal(doctor.code, exitCodes.ok, doctor.stdout);
  const findings = JSON.parse(doctor.stdout) as { check: string; outcome: string }[];
  assert.equal(findings.find(({ check }) => check === `channel ${id} "up"`)?.outcome, 'ok');

  upstream.on('', ({ response }) => void response.writeHead(500).end());
  assert.equal((await run(['channels', 'test', id])).code, exitCodes.failure);
  assert.equal((await run(['doctor'])).code, exitCodes.failure);
  assert.equal((await run(['channels', 'disable', id])).code, exitCodes.ok);
  assert.equal((await data('channels', 'update', id, '--weight', '5')).status, 2);
  assert.match((await run(['channels', 'list'])).stdout, /\tup\tdisabled\t/);
  assert.equal((await run(['channels', 'delete', id, '--yes'])).code, exitCodes.ok);
  assert.equal((await run(['channels', 'show', id])).code, exitCodes.notFound);
});

test('users token replaces the access token: the old one is revoked, the new one works', async () => {
  const password = 'a password of carol';
  const carol = await run(['users', 'create', 'carol', '--password-file', '-'], gateway.token, password);
  assert.equal(carol.code, exitCodes.ok, carol.stderr);
  const origin = { origin: gateway.url };
  const login = await gateway.call('POST', '/api/user/login', {
    body: { username: 'carol', password },
    token: undefined,
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const made = await gateway.call('GET', '/api/user/token', {
    token: undefined,
    headers: { cookie, ...origin },
  });
  const old = String(made.json?.data);
  const replaced = await run(['users', 'token', '--yes'], old);
  assert.equal(replaced.code, exitCodes.ok, replaced.stderr);
  const fresh = replaced.stdout.trimEnd();
  for (const secret of [old, fresh]) gateway.secret(secret);
  assert.equal((await run(['keys', 'list'], old)).code, exitCodes.denied);
  assert.equal((await run(['keys', 'list'], fresh)).code, exitCodes.ok);
});

test('openapi prints the document of the gateway', async () => {
  const { code, stdout } = await run(['openapi']);
  assert.equal(code, exitCodes.ok);
  assert.match(String(JSON.parse(stdout).openapi), /^3\.1/);
});
