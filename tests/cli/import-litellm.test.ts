/** `halley import litellm`, from a PostgreSQL with tables made by public facts, or by LiteLLM's own migrations. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { asks, startDemoGateway } from '../clients/demo-gateway.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import {
  formerKey,
  type LitellmRow,
  litellmDatabase,
  litellmDelete,
  migrationsVariable,
} from '../support/litellm-database.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { shareTestPostgres } from '../support/postgres.ts';
import { inPipe } from './screen.ts';

type Fields = Readonly<Record<string, unknown>>;

async function takeOver(gateway: Gateway, from: string, ...args: readonly string[]) {
  const outcome = await inPipe(['import', 'litellm', '--from', from, ...args, '--json'], {
    HALLEY_URL: gateway.url,
    HALLEY_TOKEN: gateway.token,
  });
  assert.equal(outcome.code, exitCodes.ok, outcome.stdout + outcome.stderr);
  return JSON.parse(outcome.stdout);
}

async function accountsOf(gateway: Gateway): Promise<readonly Fields[]> {
  return dataOf(await gateway.call('GET', '/api/user?page_size=100')).items as readonly Fields[];
}

/** The keys of all accounts, by name. */
async function keysOf(gateway: Gateway): Promise<ReadonlyMap<unknown, Fields>> {
  const { items } = dataOf(await gateway.call('GET', '/api/admin/token/list?page_size=100'));
  return new Map((items as readonly Fields[]).map((key) => [key.name, key]));
}

/** The short form is cheaper. */
const keyCount = process.env[migrationsVariable] === undefined ? 200 : 1000;

const unitsPerUsd = 500_000;
const sum = (amounts: readonly number[]) => amounts.reduce((total, each) => total + each, 0);

test(`litellm: ${keyCount} keys go over by their digests, with their sums and deletions; nothing goes over twice`, async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'halley-import-'));
  t.after(() => rm(data, { recursive: true }));
  const gateway = await startGateway({ env: { HALLEY_DEMO_ENABLED: 'true' }, dataDir: data });
  t.after(() => gateway.kill());
  const created_at = new Date('2026-01-02T03:04:05Z');
  const users = Array.from({ length: 10 }, (_, at) => ({
    user_id: `user-${at}`,
    user_email: `user${at}@example.com`,
    max_budget: 10 + at,
    spend: 3,
    models: [],
    created_at,
  }));
  const teams = Array.from({ length: 5 }, (_, at) => ({
    team_id: `team-${at}`,
    team_alias: `Team ${at}`,
    spend: 2,
    models: [],
    blocked: at === 4,
    created_at,
  }));
  const made = Array.from({ length: keyCount }, () => formerKey());
  for (const { value } of nonEmpty(made)) gateway.secret(value);
  const isDeleted = (at: number) => at % 100 === 50;
  const isOld = (at: number) => at % 100 === 60;
  const rowOf = (at: number): LitellmRow => ({
    // Old versions stored values.
    token: at % 125 === 1 ? (made[at]?.value ?? '') : (made[at]?.token ?? ''),
    key_name: made[at]?.key_name ?? '',
    key_alias: `key ${at}`,
    spend: 0.01,
    models: [],
    created_at,
    blocked: at % 100 === 70,
    expires: isOld(at) ? new Date('2026-02-01T00:00:00Z') : null,
    ...(at % 2 === 0 ? { user_id: `user-${(at / 2) % 10}` } : { team_id: `team-${((at - 1) / 2) % 5}` }),
  });
  const rows = made.map((_, at) => rowOf(at));
  const deleted = rows.filter((_, at) => isDeleted(at)).map((row, at) => ({ id: `deleted-${at}`, ...row }));
  const living = rows.filter((_, at) => !isDeleted(at));
  const from = await litellmDatabase({
    UserTable: users,
    TeamTable: teams,
    VerificationToken: living,
    DeletedVerificationToken: deleted,
  });

  const dry = await takeOver(gateway, from);
  assert.deepEqual(
    [dry.dry_run, dry.results.accounts.created, dry.results.keys.created],
    [true, 15, living.length],
  );
  assert.equal(await asks(gateway, made[0]?.value ?? ''), 401);

  const index = [...made.keys()];
  const isDead = (at: number) =>
    isDeleted(at) || isOld(at) || at % 100 === 70 || (at % 2 === 1 && ((at - 1) / 2) % 5 === 4);
  const working = index.filter((at) => !isDead(at)).slice(0, 20);
  // What LiteLLM does with a value: it looks for its digest.
  const { query } = await shareTestPostgres();
  const digests = nonEmpty(working).map((at) => `'${made[at]?.token}'`);
  const [found] = await query(
    from,
    `SELECT count(*)::int AS keys FROM "LiteLLM_VerificationToken"
      WHERE token IN (${digests}) OR encode(sha256(token::bytea), 'hex') IN (${digests})`,
  );
  assert.equal(found?.keys, working.length);

  const done = await takeOver(gateway, from, '--apply');
  assert.deepEqual([done.results.accounts.created, done.results.accounts.refused], [15, 0]);
  const { keys } = done.results;
  assert.deepEqual([keys.created, keys.deleted, keys.refused], [living.length, deleted.length, 0]);

  const accounts = (await accountsOf(gateway)).filter(({ username }) => username !== 'root');
  const total = (field: string) => sum(accounts.map((account) => Number(account[field])));
  // All keys are of a user or a team: what both were charged is all there was.
  assert.equal(total('used_quota'), (10 * 3 + 5 * 2) * unitsPerUsd);
  assert.equal(total('quota'), sum(users.map(({ max_budget }) => max_budget - 3)) * unitsPerUsd);
  const ofUser = accounts.find(({ username }) => username === 'user3@example.com');
  assert.deepEqual(
    [ofUser?.quota, ofUser?.unlimited_quota, ofUser?.created_time],
    [10 * unitsPerUsd, false, created_at.getTime() / 1000],
  );

  for (const at of nonEmpty(working))
    assert.equal(await asks(gateway, made[at]?.value ?? ''), 200, `key ${at}`);
  for (const at of nonEmpty(index.filter(isDead).slice(0, 20))) {
    const status = await asks(gateway, made[at]?.value ?? '');
    assert.ok(status === 401 || status === 403, `key ${at}: ${status}`);
  }

  // Deleted there since, as LiteLLM does it.
  const gone = rowOf(working[5] ?? 0);
  await litellmDelete(from, { id: 'deleted-later', ...gone });
  const again = await takeOver(gateway, from, '--apply');
  assert.deepEqual([again.results.accounts.created, again.results.accounts.exists], [0, 15]);
  assert.deepEqual([again.results.keys.created, again.results.keys.exists], [0, living.length - 1]);
  assert.equal(await asks(gateway, made[working[5] ?? 0]?.value ?? ''), 401);
  await gateway.stop();
  const verified = await inPipe(['ledger', 'verify', '--data-dir', data], {});
  assert.equal(verified.code, exitCodes.ok, verified.stdout + verified.stderr);
});

test('litellm: what restricts a key goes over, or the key is disabled and named', async (t) => {
  const gateway = await startDemoGateway();
  t.after(() => gateway.stop());
  const by = { created_by: 'x', updated_by: 'x' };
  const key = (key_alias: string, fields: LitellmRow): LitellmRow => {
    const { value, token, key_name } = formerKey();
    gateway.secret(value);
    return { token, key_name, key_alias, models: [], ...fields };
  };
  const from = await litellmDatabase({
    BudgetTable: [
      { budget_id: 'b-1', max_budget: 2, soft_budget: 1, rpm_limit: 7, budget_duration: '30d', ...by },
    ],
    UserTable: [
      { user_id: 'u-admin', user_alias: 'Ann Ä', user_role: 'proxy_admin', models: [] },
      { user_id: 'u-none', user_role: 'internal_user', models: ['no-default-models'], password: 'scrypt:AA' },
      { user_id: 'root', models: [] },
    ],
    TeamTable: [
      {
        team_id: 't-1',
        team_alias: 'Research',
        models: ['m-1', 'm-2'],
        rpm_limit: 5,
        max_budget: 3,
        budget_duration: '1d',
      },
    ],
    ProxyModelTable: [
      {
        model_id: 'id-1',
        model_name: 'm-1',
        litellm_params: { model: 'Zm9v' },
        model_info: { access_groups: ['beta'] },
        ...by,
      },
      { model_id: 'id-2', model_name: 'x/m-3', litellm_params: { model: 'Zm9v' }, model_info: {}, ...by },
      {
        model_id: 'id-3',
        model_name: 'plain',
        litellm_params: { model: 'mistral/large' },
        model_info: {},
        ...by,
      },
    ],
    DailyUserSpend: [
      {
        id: '1',
        date: '2026-01-01',
        api_key: 'k',
        model_group: 'm-1',
        model: 'openai/gpt-5',
        custom_llm_provider: 'openai',
        updated_at: new Date(),
      },
      {
        id: '2',
        date: '2026-01-01',
        api_key: 'k',
        model_group: 'm-az',
        model: 'gpt-5',
        custom_llm_provider: 'azure',
        updated_at: new Date(),
      },
    ],
    SpendLogs: [{ request_id: 'r', call_type: 'x', startTime: new Date(), endTime: new Date() }],
    Config: [{ param_name: 'general_settings', param_value: { allowed_ips: ['127.0.0.1', '10.0.0.1'] } }],
    VerificationToken: [
      key('total', { max_budget: 1.5, spend: 0.5, rpm_limit: 9, user_id: 'u-admin' }),
      key('budgeted', { budget_id: 'b-1', user_id: 'u-admin', metadata: { guardrails: ['pii'] } }),
      key('hourly', { max_budget: 1, budget_duration: '1h', user_id: 'u-admin' }),
      key('seasonal', { max_budget: 3, budget_duration: '90d', user_id: 'u-admin' }),
      key('nothing', { max_budget: 0, budget_duration: '1d', user_id: 'u-admin' }),
      key('no requests', { rpm_limit: 0, user_id: 'u-admin' }),
      key('team all', { team_id: 't-1', models: ['all-team-models'], user_id: 'u-admin' }),
      key('team one', { team_id: 't-1', models: ['m-2', 'm-9'] }),
      key('group', { models: ['beta', 'y-1'], user_id: 'u-admin' }),
      key('pattern', { models: ['x/*'], user_id: 'u-admin' }),
      key('proxy all', { models: ['all-proxy-models'], user_id: 'u-admin' }),
      key('no default', { user_id: 'u-none' }),
      key('routes', { allowed_routes: ['info_routes'], user_id: 'u-admin' }),
      key('model routes', { allowed_routes: ['llm_api_routes'], user_id: 'u-admin' }),
      key('own config', { config: { model_list: [] }, user_id: 'u-admin' }),
      key('lost team', { team_id: 't-gone' }),
      key('ownerless', {}),
      key('of pages', { team_id: 'litellm-dashboard' }),
      key('aliases', { aliases: { a: 'm-1' }, user_id: 'u-admin' }),
      key('of root there', { user_id: 'root' }),
    ],
  });
  const report = await takeOver(gateway, from, '--apply');
  assert.equal(report.results.keys.created, 19);
  const keys = await keysOf(gateway);
  const fields = (name: string, ...names: readonly string[]) => names.map((each) => keys.get(name)?.[each]);
  const usd = unitsPerUsd;
  assert.deepEqual(
    fields('total', 'remain_quota', 'unlimited_quota', 'used_quota', 'rpm_limit', 'allow_ips'),
    [usd, false, usd / 2, 9, '127.0.0.1\n10.0.0.1'],
  );
  assert.match(String(keys.get('total')?.hint), /^sk-….{4}$/);
  const budget = ['budget_quota', 'budget_period', 'unlimited_quota', 'status'];
  assert.deepEqual(fields('budgeted', ...budget, 'rpm_limit'), [2 * usd, 'monthly', true, 1, 7]);
  assert.deepEqual(fields('hourly', ...budget), [usd, 'daily', true, 1]);
  assert.deepEqual(fields('seasonal', ...budget), [usd, 'monthly', true, 1]);
  assert.deepEqual(fields('nothing', 'unlimited_quota', 'remain_quota', 'budget_quota'), [false, 0, null]);
  const access = ['status', 'model_limits_enabled', 'model_limits'];
  assert.deepEqual(fields('no requests', ...access), [2, false, '']);
  assert.deepEqual(fields('team all', ...access, 'username', 'rpm_limit'), [
    1,
    true,
    'm-1,m-2',
    'team:Research',
    5,
  ]);
  assert.deepEqual(fields('team one', ...access), [1, true, 'm-2']);
  assert.deepEqual(fields('group', ...access), [1, true, 'm-1,y-1']);
  assert.deepEqual(fields('pattern', ...access), [1, true, 'x/m-3']);
  assert.deepEqual(fields('proxy all', ...access), [1, false, '']);
  assert.deepEqual(fields('no default', ...access, 'username'), [1, true, '', 'u-none']);
  for (const name of nonEmpty(['routes', 'own config', 'lost team']))
    assert.equal(keys.get(name)?.status, 2, name);
  assert.deepEqual(fields('model routes', ...access, 'username'), [1, false, '', 'Ann-Ä']);
  assert.deepEqual(fields('ownerless', 'status', 'username'), [1, 'root']);
  assert.match(String(keys.get('of root there')?.username), /^root-[0-9a-f]{8}$/);
  const accounts = await accountsOf(gateway);
  const account = (name: string) => accounts.find(({ username }) => username === name);
  assert.deepEqual([account('Ann-Ä')?.role, account('u-none')?.role], [10, 1]);
  const team = account('team:Research');
  assert.deepEqual(
    [team?.budget_quota, team?.budget_period, team?.unlimited_quota],
    [3 * usd, 'daily', true],
  );

  const { items } = dataOf(await gateway.call('GET', '/api/channel')) as { items: readonly Fields[] };
  const channel = (name: string) => items.find((each) => each.name === name);
  assert.deepEqual(
    [
      channel('LiteLLM openai')?.models,
      channel('LiteLLM openai')?.model_mapping,
      channel('LiteLLM openai')?.status,
    ],
    [['m-1'], { 'm-1': 'gpt-5' }, 2],
  );
  assert.deepEqual(channel('LiteLLM mistral')?.models, ['plain']);
  const said = JSON.stringify(report.notes);
  for (const part of nonEmpty([
    'routes',
    'guardrails',
    'm-az (azure)',
    'x/m-3',
    'A password',
    'soft budget',
    'Spend logs',
    'own pages',
    'Aliases',
    'its team is missing',
    'a limit of 0',
    'stricter budget',
  ])) {
    assert.ok(said.includes(part), `${part}: ${said}`);
  }
});
