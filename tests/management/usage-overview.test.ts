import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTypes } from '../../src/domain/accounting/terms.ts';
import { roles } from '../../src/store/store.ts';
import { aRecord, settleAll } from './records.ts';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const zone = 'Asia/Kathmandu';
/** 2027-01-15 08:00 UTC is 13:45 in Kathmandu; its day began at 18:15 UTC. */
const midnight = Date.parse('2027-01-14T18:15Z') / 1000;
const day = 86_400;

interface Period {
  readonly days: number;
  readonly start: number;
  readonly totals: {
    readonly quota: number;
    readonly requests: number;
    readonly success_rate: number | null;
  };
  readonly previous: {
    readonly start: number;
    readonly end: number;
    readonly totals: { readonly quota: number };
  };
}
interface Overview {
  readonly periods: readonly Period[];
  readonly days: readonly { readonly start: number; readonly quota: number }[];
  readonly top_models: readonly { readonly name: string; readonly totals: { readonly quota: number } }[];
  readonly top_keys: readonly { readonly name: string | null; readonly username: string | null }[];
  readonly top_accounts: readonly { readonly name: string | null }[];
  readonly balance: {
    readonly quota: number;
    readonly daily_quota: number;
    readonly days_left: number | null;
  };
  readonly budgets: readonly { readonly kind: string; readonly name: string; readonly budget_used: number }[];
  readonly budgets_complete: boolean;
  readonly keys: number;
  readonly channels: readonly { readonly name: string; readonly state: string }[];
  readonly fleet: object;
}

const overview = async (path: string, token?: string) =>
  dataOf(
    await rig.call(
      'GET',
      `/api/usage/overview${path}?time_zone=${zone}`,
      token === undefined ? {} : { token },
    ),
  ) as unknown as Overview;

test('today, 7 and 30 days are those of the zone, each beside as long a time before', async () => {
  const user = await createAccount(rig, { quota: 1_000_000, unlimited_quota: false });
  const key = await createKey(rig, { name: 'worker' }, user.token);
  const record = (createdAt: number, units: number, more = {}) =>
    aRecord({ accountId: user.id, keyId: key.id, createdAt, units, ...more });
  await settleAll(rig.store, [
    record(midnight, 1),
    record(midnight - 1, 20),
    record(midnight - day, 300),
    // Yesterday at 15:00, later in the day than it is now.
    record(midnight - day + 15 * 3600, 4000),
    record(midnight - 7 * day, 50_000, { model: 'model-b' }),
    record(midnight, 0, { type: recordTypes.error }),
  ]);
  const { periods, days, balance, top_models, top_keys, keys } = await overview('/self', user.token);
  assert.deepEqual(
    periods.map((period) => [period.days, period.totals.quota, period.previous.totals.quota]),
    [
      [1, 1, 300],
      [7, 4321, 50_000],
      [30, 54_321, 0],
    ],
  );
  assert.equal(periods[0]?.totals.success_rate, 0.5);
  assert.deepEqual([periods[0]?.start, periods[0]?.previous.start], [midnight, midnight - day]);
  assert.equal(days.length, 30);
  assert.deepEqual(
    days.slice(-2).map(({ start, quota }) => [start, quota]),
    [
      [midnight - day, 4320],
      [midnight, 1],
    ],
  );
  // Today is no whole day: the mean is that of the seven before.
  assert.deepEqual(balance.daily_quota, Math.round(54_320 / 7));
  assert.equal(balance.days_left, Math.round((balance.quota * 70) / 54_320) / 10);
  assert.deepEqual(
    top_models.map(({ name, totals }) => [name, totals.quota]),
    [['model-a', 4321]],
  );
  assert.deepEqual(
    top_keys.map(({ name }) => name),
    ['worker'],
  );
  assert.equal(keys, 1);
});

test('a new account has no forecast, and an unlimited one lasts for ever', async () => {
  const user = await createAccount(rig, { quota: 100, unlimited_quota: false });
  const { balance, budgets, top_keys, periods } = await overview('/self', user.token);
  assert.deepEqual([balance.days_left, balance.daily_quota, budgets, top_keys], [null, 0, [], []]);
  assert.equal(periods[0]?.totals.success_rate, null);
});

test('budgets near their limit come nearest first, those of a period that is over do not', async () => {
  const user = await createAccount(rig, { unlimited_quota: true });
  const now = Math.floor(rig.clock.now() / 1000);
  const budget = { budget_quota: 100, budget_period: 'daily', budget_time_zone: 'UTC' };
  const spend = async (name: string, units: number, createdAt: number) => {
    const { id } = await createKey(rig, { name, ...budget }, user.token);
    await settleAll(rig.store, [aRecord({ accountId: user.id, keyId: id, units, createdAt })]);
  };
  await spend('near', 85, now);
  await spend('far', 79, now);
  await spend('used up', 120, now);
  await spend('of yesterday', 500, now - day);
  await createKey(rig, { name: 'none' }, user.token);
  const { budgets, budgets_complete } = await overview('/self', user.token);
  assert.deepEqual(
    budgets.map(({ kind, name, budget_used }) => [kind, name, budget_used]),
    [
      ['key', 'used up', 120],
      ['key', 'near', 85],
    ],
  );
  assert.equal(budgets_complete, true);
});

test('administrators see channels with their problems first, the nodes, and accounts of lower roles', async () => {
  const [user, admin] = [await createAccount(rig), await createAccount(rig, { role: roles.admin })];
  const peer = await createAccount(rig, { role: roles.admin });
  await settleAll(
    rig.store,
    [user, admin, peer].map(({ id }, at) => aRecord({ accountId: id, createdAt: midnight, units: 1e6 + at })),
  );
  const body = {
    name: 'off',
    base_url: 'https://upstream.example',
    protocols: ['openai'],
    models: ['m'],
    keys: ['k'],
  };
  const { id } = dataOf(await rig.call('POST', '/api/channel/', { body }));
  dataOf(await rig.call('PUT', '/api/channel/', { body: { id, status: 2 } }));
  dataOf(await rig.call('POST', '/api/channel/', { body: { ...body, name: 'ready' } }));
  const { channels, fleet, top_accounts } = await overview('', admin.token);
  assert.deepEqual(channels.map(({ name, state }) => [name, state]).slice(-2), [
    ['ready', 'ready'],
    ['off', 'disabled'],
  ]);
  assert.equal(JSON.stringify(channels).includes('"k"'), false);
  assert.deepEqual(fleet, { mode: 'embedded', nodes: 1, well: 1, behind: 0, silent: 0 });
  assert.deepEqual(top_accounts.map(({ name }) => name).slice(0, 2), [admin.username, user.username]);
  assert.ok(!top_accounts.some(({ name }) => name === peer.username));
  refusalOf(await rig.call('GET', '/api/usage/overview', { token: user.token }), 403);
});
