/** Administration of leaked keys and stolen accounts at the command line. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { createAccount, type TestAccount } from '../support/accounts.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { halley, type Outcome } from './halley.ts';

let gateway: Gateway;
let owner: TestAccount;

before(async () => {
  gateway = await startGateway();
  owner = await createAccount(gateway, 'ana');
});
after(() => gateway.stop());

const run = (args: readonly string[], input = '', token = gateway.token): Promise<Outcome> =>
  halley(args, { HALLEY_URL: gateway.url, HALLEY_TOKEN: token }, input);
const opens = async ({ value }: TestKey) =>
  (await gateway.call('GET', '/v1/models', { token: value })).status === 200;

async function printed(args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await run(args, input);
  assert.equal(code, exitCodes.ok, stderr);
  return stdout;
}

test('an administrator finds a leaked key by its value on standard input, and deletes it', async () => {
  const key = await owner.createKey({ name: 'leaked' });
  const found = (await printed(['keys', 'find'], `${key.value}\n`)).trimEnd().split('\n');
  const cells = found.map((line) => line.split('\t'));
  assert.equal(cells.length, 2);
  assert.deepEqual(cells[1]?.slice(0, 4), [String(key.id), String(owner.id), 'ana', 'leaked']);
  assert.ok(!found.join().includes(key.value.slice(8, -5)));
  const listed = await printed(['keys', 'list', '--account', String(owner.id), '--search', 'leak%']);
  assert.match(listed, new RegExp(`^${key.id}\tleaked\t${key.value.slice(0, 7)}…`, 'm'));

  const id = String(key.id);
  // Commands for one's own keys do not see it.
  assert.equal((await run(['keys', 'delete', id, '--yes'])).code, exitCodes.notFound);
  assert.equal(await printed(['keys', 'disable', id, '--any-account']), `Key ${id} is disabled.\n`);
  assert.equal(await opens(key), false);
  assert.equal(await printed(['keys', 'enable', id, '--any-account']), `Key ${id} is enabled.\n`);
  assert.equal(await opens(key), true);
  assert.match(await printed(['keys', 'delete', id, '--any-account', '--yes']), /is dead/);
  assert.equal(await opens(key), false);
  assert.match(
    await printed(['keys', 'delete', id, '--any-account', '--yes']),
    /^Key \d+: already deleted at \d{4}-.*Z\.$/m,
  );
  assert.equal((await run(['keys', 'find'], key.value)).code, exitCodes.notFound);
});

test('a repeated deletion reports the time of the first one, with exit code 0', async () => {
  const key = await gateway.createKey();
  const id = String(key.id);
  await printed(['keys', 'delete', id, '--yes']);
  const again = await printed(['keys', 'delete', id, '--yes']);
  assert.match(again, new RegExp(`^Key ${id}: already deleted at \\d{4}-\\d\\d-\\d\\dT[\\d:]{8}Z\\.$`, 'm'));
  const [outcome] = JSON.parse(await printed(['keys', 'delete', id, '--yes', '--json']));
  assert.deepEqual([outcome.id, outcome.deleted], [key.id, true]);
  assert.match(outcome.message, /^already deleted at /);
  const shown = await run(['keys', 'show', id]);
  assert.equal(shown.code, exitCodes.notFound);
  assert.match(shown.stderr, /It was deleted at /);
  assert.equal((await run(['keys', 'delete', '99999999', '--yes'])).code, exitCodes.notFound);
});

test('says that a value has no checksum, without sending or repeating it', async () => {
  const mistyped = `sk-${'a'.repeat(48)}`;
  const { code, stdout, stderr } = await run(['keys', 'find'], mistyped);
  assert.equal(code, exitCodes.notFound);
  assert.match(stderr, /no checksum of Halley/);
  assert.ok(!`${stdout}${stderr}`.includes(mistyped));
  assert.equal((await run(['keys', 'find', '--digest', 'abc'])).code, exitCodes.usage);
  assert.equal(
    (await run(['keys', 'find'], (await owner.createKey()).value, owner.token)).code,
    exitCodes.denied,
  );
});

test('users revoke ends keys, token and sessions of a user, and keeps the account', async () => {
  const user = await createAccount(gateway, 'stolen');
  const key = await user.createKey();
  const id = String(user.id);
  assert.equal((await run(['users', 'revoke', id])).code, exitCodes.usage, 'nobody is there to be asked');
  const outcome = await run(['users', 'revoke', id, '--yes']);
  assert.equal(outcome.code, exitCodes.ok, outcome.stderr);
  assert.match(outcome.stdout, /keys deleted: 1; access token: revoked; sessions ended: 1/);
  assert.equal(await opens(key), false);
  assert.equal((await run(['keys', 'list'], '', user.token)).code, exitCodes.denied);
  const json = JSON.parse(await printed(['users', 'revoke', id, '--yes', '--json']));
  assert.deepEqual(json, { keys: 0, access_token: false, sessions: 0 });
  assert.match(await printed(['users', 'show', id]), /status\tenabled/);
});

test('a metric counts keys reported as leaked', async () => {
  const key = await owner.createKey();
  const body = { credentials: [key.value] };
  const reported = await gateway.call('POST', '/api/credentials/revoke', { token: undefined, body });
  assert.equal(reported.status, 202);
  await until(async () => !(await opens(key)));
  await until(async () =>
    /^halley_leaked_keys_total\{result="deleted"\} 1$/m.test((await gateway.call('GET', '/metrics')).text),
  );
});

test('lists deleted keys with later requests and their addresses', async () => {
  const key = await gateway.createKey({ name: 'still used' });
  await printed(['keys', 'delete', String(key.id), '--yes']);
  assert.equal(await opens(key), false);
  const rows = async () =>
    (await printed(['keys', 'deleted', '--attempted', '--since', '1h', '--wide'])).trimEnd().split('\n');
  await until(async () => (await rows()).some((row) => row.startsWith(`${key.id}\t`)));
  const cells = (await rows()).find((row) => row.startsWith(`${key.id}\t`))?.split('\t') ?? [];
  assert.equal(cells[2], 'still used');
  assert.ok(Number(cells[5]) >= 1, cells.join());
  assert.equal(cells[7], '127.0.0.1');
  const theirs = await owner.createKey({ name: 'theirs' });
  await printed(['keys', 'delete', String(theirs.id), '--any-account', '--yes']);
  const listed = JSON.parse(await printed(['keys', 'deleted', '--account', String(owner.id), '--json']));
  assert.ok(listed.some(({ id }: { id: number }) => id === theirs.id));
  assert.ok(!(await printed(['keys', 'deleted', '--json'])).includes('"theirs"'));
});

test('lists keys by filter and order, and counts them', async () => {
  const someone = await createAccount(gateway, 'filters');
  for (const fields of [{ name: 'b-free' }, { name: 'A-free' }, { name: 'off', status: 2 }]) {
    await someone.createKey({ unlimited_quota: true, expired_time: -1, ...fields });
  }
  const listed = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(['keys', 'list', ...args], '', someone.token);
    assert.equal(code, exitCodes.ok, stderr);
    const [, ...rows] = stdout.trimEnd().split('\n');
    return rows.map((row) => row.split('\t')[1]);
  };
  assert.deepEqual(await listed('--text', 'FREE'), ['A-free', 'b-free']);
  assert.deepEqual(await listed('--sort', 'name'), ['off', 'b-free', 'A-free']);
  assert.deepEqual(await listed('--status', 'disabled', '--ascending'), ['off']);
  assert.deepEqual(await listed('--risk', 'no_limit', '--all', '--model', 'm', '--group', 'default'), [
    'A-free',
    'b-free',
  ]);
  const ofAccount = await printed(['keys', 'list', '--account', String(someone.id), '--text', 'off']);
  assert.match(ofAccount, /\toff\tsk-/);
  for (const args of [
    ['--sort', 'name', '--all'],
    ['--risk', 'idle', '--show-values'],
  ]) {
    assert.equal((await run(['keys', 'list', ...args])).code, exitCodes.usage, args.join(' '));
  }
  const counts = await printed(['keys', 'stats', '--account', String(someone.id)]);
  assert.match(counts, /^keys\t3\nenabled\t2\ndisabled\t1\n/);
  const all = JSON.parse(await printed(['keys', 'stats', '--managed', '--json']));
  assert.ok(all.total >= 3 && all.complete);
});

test('the models that a key may use are listed with their prices', async () => {
  await gateway.createChannel('http://127.0.0.1:1', { models: ['model-a', 'model-b'] });
  const key = await gateway.createKey({ model_limits_enabled: true, model_limits: 'model-b,model-c' });
  const lines = (await printed(['keys', 'models', String(key.id)])).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split('\t')),
    [
      ['MODEL', 'PROVIDER', 'TYPE', 'CONTEXT', 'INPUT', 'OUTPUT', 'GROUPS'],
      ['model-b', '', 'chat', '', '2', '2', 'default'],
    ],
  );
  assert.equal(await printed(['keys', 'models', String(key.id), '--search', 'other', '--json']), '[\n]\n');
});
