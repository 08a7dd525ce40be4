/** `halley export` and `halley import file`: everything of one gateway in another. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { asks, startDemoGateway } from '../clients/demo-gateway.ts';
import { dataOf, type Gateway } from '../support/gateway.ts';
import { formerKey } from '../support/litellm-database.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { inPipe } from './screen.ts';

type Fields = Readonly<Record<string, unknown>>;
const password = 'a long password of ana';
const upstreamKey = 'upstream-key-to-be-kept';

async function runs(gateway: Gateway, ...args: readonly string[]) {
  const outcome = await inPipe(args, { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token });
  assert.equal(outcome.code, exitCodes.ok, outcome.stdout + outcome.stderr);
  return outcome.stdout;
}

async function exported(gateway: Gateway): Promise<readonly Fields[]> {
  return (await runs(gateway, 'export'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function does(gateway: Gateway, method: string, path: string, body: object): Promise<unknown> {
  const answer = await gateway.call(method, path, { body });
  assert.equal(answer.json?.success, true, answer.text);
  return answer.json?.data;
}

/** Keys of every form, used and unused, and everything around them. @returns what was made */
async function fill(gateway: Gateway) {
  for (const secret of [password, upstreamKey]) gateway.secret(secret);
  const foreign = formerKey();
  gateway.secret(foreign.value);
  await does(gateway, 'POST', '/api/user', {
    username: 'ana',
    password,
    quota: 5_000_000,
    budget_quota: 1_000_000,
    budget_period: 'weekly',
    budget_time_zone: 'Europe/Berlin',
    budget_soft_percent: 60,
  });
  await does(gateway, 'POST', '/api/import', {
    items: [
      { type: 'account', username: 'bob', quota: 70, used_quota: 30, request_count: 4, status: 2 },
      {
        type: 'key',
        username: 'ana',
        digest: foreign.token,
        hint: 'sk-…wxyz',
        name: 'foreign',
        used_quota: 9,
        unlimited_quota: true,
      },
      {
        type: 'key',
        username: 'ana',
        digest: 'ab'.repeat(32),
        hint: 'sk-…gone',
        name: 'gone before',
        deleted: true,
      },
    ],
  });
  // More than a page of keys, and of deleted ones.
  for (const [name, deleted] of [
    ['many', false],
    ['gone', true],
  ] as const) {
    const items = Array.from({ length: 101 }, (_, at) => ({
      type: 'key',
      username: 'root',
      digest: formerKey().token,
      name: `${name} ${at}`,
      deleted,
    }));
    await does(gateway, 'POST', '/api/import', { items: items.slice(0, 100) });
    await does(gateway, 'POST', '/api/import', { items: items.slice(100) });
  }
  const own = await gateway.createKey({
    name: 'own',
    model_limits_enabled: true,
    model_limits: 'demo-chat',
    rpm_limit: 99,
    allow_ips: '127.0.0.0/8',
  });
  const dead = await gateway.createKey({ name: 'dead' });
  assert.equal(await asks(gateway, own.value), 200);
  await does(gateway, 'DELETE', `/api/token/${dead.id}`, {});
  await does(gateway, 'POST', '/api/channel', {
    name: 'first',
    kind: 'openai',
    keys: [upstreamKey],
    models: ['m-1'],
    model_mapping: { 'm-1': 'gpt-5' },
    proxy: 'http://user:upstream-key-to-be-kept@127.0.0.1:3128',
    groups: ['default', 'vip'],
    priority: 3,
    options: { openai_api: 'chat' },
    connect_ms: 1234,
  });
  await does(gateway, 'PUT', '/api/price', {
    models: [
      { id: 'm-1', input: '2', output: '3', tiers: { flex: { input: '1', output: '2' } }, source: 'us' },
      { id: 'm-1', input: '4', output: '6', effective_from: 4_000_000_000, source: 'us' },
    ],
  });
  await does(gateway, 'PUT', '/api/price/group', { group: 'vip', multiplier: '0.8' });
  return { foreign, own, dead };
}

test('an export of one gateway makes another one like it, on the other engine too', async (t) => {
  const from = await startDemoGateway();
  t.after(() => from.stop());
  const { foreign, own, dead } = await fill(from);
  const file = join(from.dataDir, 'all.jsonl');
  await runs(from, 'export', '--secrets', '--to', file);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const text = await readFile(file, 'utf8');
  for (const secret of nonEmpty([own.value, upstreamKey])) assert.ok(text.includes(secret));
  const plain = await runs(from, 'export');
  for (const secret of nonEmpty([own.value, upstreamKey])) assert.ok(!plain.includes(secret));
  assert.deepEqual(JSON.parse(text.trimEnd().split('\n').at(-1) ?? ''), {
    type: 'end',
    lines: text.trimEnd().split('\n').length - 1,
  });
  const revealed = dataOf(await from.call('GET', '/api/audit?action=revealed&page_size=100')) as {
    items: Fields[];
  };
  const noted = new Set(
    revealed.items.map(({ object_type, object_name }) => `${object_type} ${object_name}`),
  );
  for (const name of nonEmpty(['key own', 'channel first', 'account ana']))
    assert.ok(noted.has(name), `${name}: ${[...noted]}`);

  const to = await startDemoGateway({
    HALLEY_DATABASE_URL: await freshDatabase(),
    HALLEY_FLEET_LEASE_MS: '10000',
  });
  t.after(() => to.stop());
  for (const secret of [password, upstreamKey, own.value, dead.value, foreign.value]) to.secret(secret);
  const outcome = JSON.parse(await runs(to, 'import', 'file', '--from', file, '--apply', '--json'));
  assert.deepEqual(
    Object.entries(outcome.results as Record<string, Fields>).map(([kind, { refused }]) => [kind, refused]),
    ['prices', 'multipliers', 'accounts', 'keys', 'channels'].map((kind) => [kind, 0]),
    JSON.stringify(outcome),
  );
  /** Keys that were deleted in the same second are in no order. */
  const untimed = (lines: readonly Fields[]) =>
    lines.map((line) => JSON.stringify({ ...line, created_time: 0 })).toSorted();
  const before = await exported(from);
  assert.equal(before.filter(({ name }) => /^(many|gone) \d/.test(String(name))).length, 202);
  assert.deepEqual(untimed(await exported(to)), untimed(before));
  assert.equal(await asks(to, own.value), 200);
  assert.equal(await asks(to, foreign.value), 200);
  assert.equal(await asks(to, dead.value), 401);
  const login = await to.call('POST', '/api/user/login', {
    body: { username: 'ana', password },
    token: undefined,
  });
  assert.equal(login.json?.success, true, login.text);

  const again = JSON.parse(await runs(to, 'import', 'file', '--from', file, '--apply', '--json'));
  const created = Object.values(again.results as Record<string, Fields>).map((each) => each.created);
  assert.deepEqual(created, [0, 0, 0, 0, 0], JSON.stringify(again.results));
});

test('lines at fault are named, a channel without its keys goes over disabled, and only root exports', async (t) => {
  const gateway = await startDemoGateway();
  t.after(() => gateway.stop());
  const file = join(gateway.dataDir, 'bad.jsonl');
  await writeFile(file, '{"type":"key"}\n\nno JSON\n{"type":"user"}\n');
  const env = { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token };
  const bad = await inPipe(['import', 'file', '--from', file], env);
  assert.equal(bad.code, exitCodes.usage);
  for (const said of nonEmpty([
    /Line 1 has no text in username/,
    /Line 3 is no JSON/,
    /Line 4 has the type "user"/,
  ])) {
    assert.match(bad.stderr, said);
  }
  await writeFile(
    file,
    `${JSON.stringify({ type: 'channel', name: 'c', kind: 'openai', models: ['m'], has_keys: true, status: 1 })}\n{"type":"end","lines":1}\n`,
  );
  await runs(gateway, 'import', 'file', '--from', file, '--apply');
  const { items } = dataOf(await gateway.call('GET', '/api/channel')) as { items: Fields[] };
  assert.equal(items.find(({ name }) => name === 'c')?.status, 2);
  await does(gateway, 'POST', '/api/user', { username: 'boss', password, role: 10 });
  gateway.secret(password);
  const login = await gateway.call('POST', '/api/user/login', {
    body: { username: 'boss', password },
    token: undefined,
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const refused = await gateway.call('POST', '/api/export', {
    body: { type: 'key' },
    token: undefined,
    headers: { cookie, origin: gateway.url },
  });
  assert.equal(refused.status, 403, refused.text);
});

test('accounts and keys that are exported apart give the same sums, in either order of the imports or in one file', async (t) => {
  const [from, apart, together] = await Promise.all([
    startDemoGateway(),
    startDemoGateway(),
    startDemoGateway(),
  ]);
  t.after(() => Promise.all([from.stop(), apart.stop(), together.stop()]));
  await does(from, 'POST', '/api/import', {
    items: [
      { type: 'account', username: 'bob', used_quota: 30, request_count: 4 },
      { type: 'key', username: 'bob', digest: formerKey().token, name: 'k', used_quota: 9, request_count: 2 },
    ],
  });
  const accounts = join(from.dataDir, 'accounts.jsonl');
  const keys = join(from.dataDir, 'keys.jsonl');
  await runs(from, 'export', '--only', 'accounts', '--to', accounts);
  await runs(from, 'export', '--only', 'keys', '--to', keys);
  for (const file of [accounts, keys]) await runs(apart, 'import', 'file', '--from', file, '--apply');
  const both = join(from.dataDir, 'both.jsonl');
  await writeFile(both, (await readFile(accounts, 'utf8')) + (await readFile(keys, 'utf8')));
  await runs(together, 'import', 'file', '--from', both, '--apply');
  const usageOf = async (gateway: Gateway) => {
    const { items } = dataOf(await gateway.call('GET', '/api/user')) as { items: Fields[] };
    const bob = items.find(({ username }) => username === 'bob');
    return [bob?.used_quota, bob?.request_count];
  };
  assert.deepEqual(await usageOf(from), [39, 6]);
  assert.deepEqual(await usageOf(apart), [39, 6]);
  assert.deepEqual(await usageOf(together), [39, 6]);
});

test('a file that is not all of an export is not taken over', async (t) => {
  const gateway = await startDemoGateway();
  t.after(() => gateway.stop());
  const file = join(gateway.dataDir, 'cut.jsonl');
  const line = '{"type":"account","username":"bob"}\n';
  for (const [text, said] of nonEmpty([
    [line, /not the end of an export/],
    [`${line}{"type":"end","lines":2}\n`, /Line 2 ends an export of "2" lines, of which 1 are here/],
    [`${line}{"type":"end","lines":1}\n${line}`, /not the end of an export/],
    ['', /not the end of an export/],
  ] as const)) {
    await writeFile(file, text);
    const env = { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token };
    const { code, stderr } = await inPipe(['import', 'file', '--from', file, '--apply'], env);
    assert.equal(code, exitCodes.usage, text);
    assert.match(stderr, said);
  }
});
