/** `halley import new-api` and `one-api`, from databases made by public facts on their tables. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { asks, startDemoGateway } from '../clients/demo-gateway.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { formerHash, formerPassword, formerValue, newApiDatabase } from '../support/new-api-database.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { inPipe } from './screen.ts';

/** Where a test keeps the other program's database. */
async function directory(t: { after(run: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'halley-import-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

const runner =
  (gateway: Gateway) =>
  async (...args: readonly string[]) => {
    const outcome = await inPipe(['import', ...args, '--json'], {
      HALLEY_URL: gateway.url,
      HALLEY_TOKEN: gateway.token,
    });
    return { ...outcome, report: JSON.parse(outcome.stdout || 'null') };
  };

test('new-api: a thousand keys go over with their values, sums and deletions; nothing goes over twice', async (t) => {
  const dir = await directory(t);
  const data = await mkdtemp(join(dir, 'data-'));
  const gateway = await startGateway({ env: { HALLEY_DEMO_ENABLED: 'true' }, dataDir: data });
  t.after(() => gateway.kill());
  const users = Array.from({ length: 20 }, (_, at) => ({
    id: at + 1,
    username: at === 0 ? 'root' : `user${at}`,
    password: formerHash(),
    role: at === 0 ? 100 : 1,
    quota: 1_000_000 + at,
    used_quota: 5000,
    request_count: 10,
    deleted_at: at === 19 ? '2026-01-01 00:00:00' : null,
  }));
  const tokens = Array.from({ length: 1000 }, (_, at) => ({
    id: at + 1,
    user_id: (at % 20) + 1,
    key: formerValue(),
    name: `key ${at}`,
    created_time: 1_700_000_000,
    remain_quota: 1_000_000,
    unlimited_quota: at % 2,
    used_quota: 7,
    deleted_at: at % 100 === 50 ? '2026-01-01 00:00:00' : null,
  }));
  for (const { key } of nonEmpty(tokens)) gateway.secret(key);
  const from = join(dir, 'one.db');
  newApiDatabase(from, { users, tokens });
  const run = runner(gateway);

  const dry = await run('new-api', '--from', from);
  assert.equal(dry.code, exitCodes.ok, dry.stderr);
  assert.deepEqual(
    [dry.report.dry_run, dry.report.results.accounts.created, dry.report.results.keys.created],
    [true, 18, 940],
  );
  assert.equal(await asks(gateway, `sk-${tokens[0]?.key ?? ''}`), 401);

  const done = await run('new-api', '--from', from, '--apply');
  assert.equal(done.code, exitCodes.ok, done.stderr);
  const { accounts, keys } = done.report.results;
  assert.deepEqual([accounts.created, accounts.exists, accounts.refused], [18, 1, 0]);
  // The 50 of the deleted account, and 10 deleted ones.
  assert.deepEqual([keys.created, keys.deleted, keys.refused], [940, 60, 0]);

  const listed = dataOf(await gateway.call('GET', '/api/user?page_size=100')).items as readonly Record<
    string,
    number
  >[];
  const imported = listed.filter(({ username }) => String(username).startsWith('user'));
  const sum = (field: string) => imported.reduce((total, each) => total + Number(each[field]), 0);
  const before = users.slice(1, 19);
  assert.equal(
    sum('quota'),
    before.reduce((total, { quota }) => total + quota, 0),
  );
  assert.equal(
    sum('used_quota'),
    before.reduce((total, { used_quota }) => total + used_quota, 0),
  );
  assert.equal(sum('request_count'), before.length * 10);

  const living = tokens.filter(({ deleted_at, user_id }) => deleted_at === null && user_id < 20).slice(0, 20);
  for (const { key } of nonEmpty(living)) assert.equal(await asks(gateway, `sk-${key}`), 200);
  const dead = tokens.filter(({ deleted_at, user_id }) => deleted_at !== null || user_id === 20).slice(0, 10);
  for (const { key } of nonEmpty(dead)) assert.equal(await asks(gateway, `sk-${key}`), 401);
  const login = { username: 'user1', password: formerPassword };
  const signedIn = await gateway.call('POST', '/api/user/login', { body: login, token: undefined });
  assert.equal(signedIn.json?.success, true, signedIn.text);

  const again = await run('new-api', '--from', from, '--apply');
  const { accounts: same, keys: sameKeys } = again.report.results;
  assert.deepEqual([same.created, same.exists], [0, 19]);
  assert.deepEqual([sameKeys.created, sameKeys.exists, sameKeys.deleted], [0, 940, 60]);

  await gateway.stop();
  const verified = await inPipe(['ledger', 'verify', '--data-dir', data], {});
  assert.equal(verified.code, exitCodes.ok, verified.stdout + verified.stderr);
});

test('new-api: a user named root who is none becomes another account, and a dry run names accounts that were here before', async (t) => {
  const dir = await directory(t);
  const gateway = await startDemoGateway();
  t.after(() => gateway.stop());
  const made = await gateway.call('POST', '/api/user', {
    body: { username: 'ana', password: 'a long password of ana' },
  });
  assert.equal(made.json?.success, true, made.text);
  gateway.secret('a long password of ana');
  const from = join(dir, 'one.db');
  const user = { password: formerHash(), role: 1, quota: 70 };
  newApiDatabase(from, {
    users: [
      { ...user, id: 1, username: 'root' },
      { ...user, id: 2, username: 'ana' },
      { ...user, id: 3, username: 'root-2' },
      { ...user, id: 4, username: 'boss', role: 100 },
    ],
    tokens: [1, 2, 4].map((id) => ({
      user_id: id,
      key: formerValue(),
      name: `key ${id}`,
      unlimited_quota: 1,
    })),
  });
  const run = runner(gateway);
  const dry = await run('new-api', '--from', from);
  assert.match(JSON.stringify(dry.report.notes), /root is root-3/);
  const { messages } = dry.report.results.accounts as { messages: Record<string, string[]> };
  assert.deepEqual(
    Object.entries(messages).map(([message, names]) => [message.slice(0, 15), names]),
    [['Was here before', ['ana']]],
  );
  await run('new-api', '--from', from, '--apply');
  const keys = dataOf(await gateway.call('GET', '/api/token')) as { items: { name: string }[] };
  assert.ok(!keys.items.some(({ name }) => name === 'key 1'), 'root has none of them');
  const { items } = dataOf(await gateway.call('GET', '/api/user')) as { items: { username: string }[] };
  assert.ok(items.some(({ username }) => username === 'root-3'));
  const again = await run('new-api', '--from', from, '--apply', '--only', 'keys');
  assert.deepEqual(again.report.results.accounts.messages, {}, 'no key is new');
});

test('new-api: channels, prices and groups go over; what does not is said', async (t) => {
  const dir = await directory(t);
  const gateway = await startDemoGateway();
  t.after(() => gateway.stop());
  for (const key of ['upstream-key-one', 'upstream-key-two']) gateway.secret(key);
  const channel = { key: 'upstream-key-one', models: 'm-1,m-2', group: 'default,vip' };
  newApiDatabase(join(dir, 'one.db'), {
    users: [{ username: 'root', password: formerHash(), role: 100, access_token: 'x'.repeat(32) }],
    channels: [
      { ...channel, type: 1, name: 'OpenAI', priority: 5, weight: 3, model_mapping: '{"m-1":"gpt-5"}' },
      { ...channel, type: 1, name: 'OpenAI', base_url: 'https://proxy.example/', status: 2 },
      {
        ...channel,
        type: 14,
        name: 'Claude',
        key: 'upstream-key-one\nupstream-key-two',
        channel_info: '{"is_multi_key":true,"multi_key_status_list":{"1":2}}',
      },
      { ...channel, type: 40, name: 'Silicon', param_override: '{"temperature":0}' },
      { ...channel, type: 36, name: 'Suno' },
      { ...channel, type: 3, name: 'Azure' },
      { ...channel, type: 1, name: 'Empty', models: '' },
    ],
    options: [
      { key: 'QuotaPerUnit', value: '1000000' },
      { key: 'ModelRatio', value: '{"m-1":1.25,"m-2":0.5,"m-free":0,"m-request":9}' },
      { key: 'CompletionRatio', value: '{"m-1":4}' },
      { key: 'CacheRatio', value: '{"m-1":0.1}' },
      { key: 'ModelPrice', value: '{"m-request":0.04}' },
      { key: 'GroupRatio', value: '{"default":1,"vip":0.8}' },
    ],
    redemptions: [{ key: 'code', quota: 2_000_000, status: 1 }],
    logs: [{ user_id: 1, type: 2, quota: 5 }],
  });
  const run = runner(gateway);
  const { code, stderr, report } = await run('new-api', '--from', join(dir, 'one.db'), '--apply');
  assert.equal(code, exitCodes.ok, stderr);
  const { channels, prices, multipliers } = report.results;
  assert.deepEqual([channels.created, channels.refused, prices.created, multipliers.created], [4, 0, 3, 1]);
  const notes = JSON.stringify(report.notes);
  for (const said of nonEmpty([
    'Suno',
    'Azure',
    'Empty',
    'm-2',
    'overrides fields',
    'disabled key',
    'Redemption codes that can still be redeemed (1000000 units',
    'Log entries',
  ])) {
    assert.ok(notes.includes(said), `${said}: ${notes}`);
  }

  const { items } = dataOf(await gateway.call('GET', '/api/channel?page_size=100')) as {
    items: Record<string, unknown>[];
  };
  const found = (name: string) => items.find((each) => each.name === name) ?? assert.fail(name);
  const openai = found('OpenAI');
  assert.deepEqual(
    [
      openai.kind,
      openai.base_url,
      openai.models,
      openai.model_mapping,
      openai.groups,
      openai.priority,
      openai.weight,
    ],
    ['openai', 'https://api.openai.com/v1', ['m-1', 'm-2'], { 'm-1': 'gpt-5' }, ['default', 'vip'], 5, 3],
  );
  const second = found('OpenAI #2');
  assert.deepEqual([second.base_url, second.status, second.weight], ['https://proxy.example/v1', 2, 1]);
  assert.deepEqual([found('Claude').kind, found('Claude').protocols], ['anthropic', ['anthropic']]);
  assert.deepEqual(
    [found('Silicon').kind, found('Silicon').base_url],
    ['custom', 'https://api.siliconflow.cn/v1'],
  );

  const listed = (await gateway.call('GET', '/api/price')).json?.data as readonly Record<string, unknown>[];
  const price = (id: string) => listed.find((each) => each.id === id);
  assert.deepEqual(
    [price('m-1')?.input, price('m-1')?.output, price('m-1')?.cached_input, price('m-request')?.per_request],
    ['2.5', '10', '0.25', '0.04'],
  );
  const again = await run('new-api', '--from', join(dir, 'one.db'), '--apply');
  assert.deepEqual(
    [
      again.report.results.channels.exists,
      again.report.results.prices.exists,
      again.report.results.multipliers.exists,
    ],
    [4, 3, 1],
  );
});

test('one-api: its own columns and channel types are read, units follow the option of the source', async (t) => {
  const dir = await directory(t);
  const gateway = await startDemoGateway();
  t.after(() => gateway.stop());
  const key = formerValue();
  gateway.secret(key);
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(dir, 'one-api.db'));
  database.exec(`
    CREATE TABLE users (id integer PRIMARY KEY, username text, password text, display_name text, role integer, status integer,
      email text, quota bigint, used_quota bigint, request_count integer, "group" text);
    CREATE TABLE tokens (id integer PRIMARY KEY, user_id integer, key char(48), status integer, name text, created_time bigint,
      expired_time bigint, remain_quota bigint, unlimited_quota numeric, used_quota bigint, models text, subnet text);
    CREATE TABLE channels (id integer PRIMARY KEY, type integer, key text, status integer, name text, weight integer,
      base_url text, models text, "group" text, model_mapping text, priority bigint);
    CREATE TABLE options (key text, value text);
    INSERT INTO users VALUES (1, 'root', 'x', '', 100, 1, '', 10, 0, 0, 'default');
    INSERT INTO users VALUES (2, 'ana', '${formerHash()}', 'Ana', 10, 2, 'ana@example.com', 2000, 100, 3, 'default');
    INSERT INTO tokens VALUES (1, 1, '${key}', 1, 'limited', 1, -1, 500, 0, 40, 'demo-chat', '127.0.0.0/8');
    INSERT INTO channels VALUES (1, 29, 'upstream-key', 1, 'Groq', 0, '', 'm-1', 'default', '', 0);
    INSERT INTO options VALUES ('QuotaPerUnit', '1000');
  `);
  database.close();
  gateway.secret('upstream-key');
  const { code, stderr, report } = await runner(gateway)(
    'one-api',
    '--from',
    join(dir, 'one-api.db'),
    '--apply',
  );
  assert.equal(code, exitCodes.ok, stderr);
  assert.deepEqual(report.results.keys.created, 1);
  const [ana] = dataOf(await gateway.call('GET', '/api/user/search?keyword=ana')).items as readonly Record<
    string,
    unknown
  >[];
  assert.deepEqual(
    [ana?.role, ana?.status, ana?.quota, ana?.used_quota, ana?.email],
    [10, 2, 1_000_000, 50_000, 'ana@example.com'],
  );
  const [found] = dataOf(await gateway.call('GET', `/api/token/search?token=${key}`))
    .items as readonly Record<string, unknown>[];
  assert.deepEqual(
    [
      found?.remain_quota,
      found?.used_quota,
      found?.model_limits,
      found?.model_limits_enabled,
      found?.allow_ips,
    ],
    [250_000, 20_000, 'demo-chat', true, '127.0.0.0/8'],
  );
  const { items } = dataOf(await gateway.call('GET', '/api/channel')) as { items: Record<string, unknown>[] };
  assert.equal(items.find(({ name }) => name === 'Groq')?.kind, 'groq');
});

test('a source that is none is refused with a sentence, and its password is not shown', async (t) => {
  const dir = await directory(t);
  const gateway = await startDemoGateway();
  t.after(() => gateway.stop());
  gateway.secret('secret-of-the-source');
  const run = runner(gateway);
  const tries: readonly (readonly [from: string, said: RegExp])[] = [
    [join(dir, 'missing.db'), /nothing at/],
    [dir, /no table users/],
    ['mysql://root@db/oneapi', /export each table to a CSV file/],
    ['postgres://u:secret-of-the-source@127.0.0.1:1/x', /cannot be reached/],
  ];
  for (const [from, said] of nonEmpty(tries)) {
    const { code, stderr } = await run('new-api', '--from', from);
    assert.equal(code, exitCodes.usage);
    assert.match(stderr, said);
    assert.doesNotMatch(stderr, /secret-of-the-source/);
  }
});
