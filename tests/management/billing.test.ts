import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isManagementPath } from '../../src/management/management.ts';
import { aRecord, settleAll } from './records.ts';
import { createAccount, createKey, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const day = Date.UTC(2027, 0, 10) / 1000;

async function usedKey() {
  const user = await createAccount(rig, { quota: 5_000_000, unlimited_quota: false });
  const key = await createKey(
    rig,
    { name: 'asks', unlimited_quota: false, remain_quota: 1_000_000, expired_time: 2_000_000_000 },
    user.token,
  );
  const of = { accountId: user.id, keyId: key.id };
  await settleAll(rig.store, [
    aRecord({ ...of, createdAt: day, units: 100_000 }),
    aRecord({ ...of, createdAt: day + 86_399, units: 100_000 }),
    aRecord({ ...of, createdAt: day + 86_400, units: 50_000 }),
  ]);
  return { user, key };
}

test('a key can read its balance on the paths of other services, with and without /v1', async () => {
  const { key } = await usedKey();
  for (const prefix of ['/v1', '']) {
    const call = async (path: string) => {
      assert.ok(isManagementPath(`${prefix}${path}`.split('?')[0] ?? ''));
      return (await rig.call('GET', `${prefix}${path}`, { token: `Bearer ${key.value}` })).text;
    };
    assert.equal(
      await call('/dashboard/billing/subscription'),
      '{"object":"billing_subscription","has_payment_method":true,"soft_limit_usd":2,"hard_limit_usd":2,"system_hard_limit_usd":2,"access_until":2000000000}',
    );
    assert.equal(await call('/dashboard/billing/usage'), '{"object":"list","total_usage":50}');
    const one = '?start_date=2027-01-10&end_date=2027-01-10';
    assert.equal(await call(`/dashboard/billing/usage${one}`), '{"object":"list","total_usage":40}');
    assert.equal(await call('/dashboard/billing/usage/'), '{"object":"list","total_usage":50}');
  }
  const unlimited = await createKey(rig);
  const path = '/v1/dashboard/billing/subscription';
  const { json } = await rig.call('GET', path, { token: `Bearer ${unlimited.value}` });
  assert.deepEqual([json.hard_limit_usd, json.access_until], [100_000_000, 0]);
  const headers = { token: `Bearer ${key.value}` };
  refusalOf(await rig.call('GET', '/dashboard/billing/usage?start_date=2027-02-30', headers), 400);
  assert.equal(isManagementPath('/v1/chat/completions'), false);
});

test('a key without a quota of its own shows the quota of its account', async () => {
  const { user } = await usedKey();
  const key = await createKey(
    rig,
    { name: 'query only', unlimited_quota: false, remain_quota: 0 },
    user.token,
  );
  const quota = async (query = '') =>
    rig.call('GET', `/user/quota?key=${key.value}${query}`, { token: null });
  const { status, json } = await quota();
  assert.equal(status, 200);
  assert.deepEqual(json, {
    username: user.username,
    total_quota: 9.5,
    total_used_quota: 0.5,
    request_count: 3,
    keys: [
      { name: 'query only', remain_quota: 0, used_quota: 0 },
      { name: 'asks', remain_quota: 1.5, used_quota: 0.5 },
    ],
    daily_quota: {},
  });
  const { daily_quota } = (await quota('&start_date=2027-01-01&end_date=2027-01-11')).json;
  assert.deepEqual(daily_quota, {
    '2027-01-10': [{ token_name: 'asks', quota_used: 0.4, request_count: 2 }],
    '2027-01-11': [{ token_name: 'asks', quota_used: 0.1, request_count: 1 }],
  });
  for (const [query, days] of [
    ['&start_date=2027-01-11', ['2027-01-11']],
    ['&end_date=2027-01-10', ['2027-01-10']],
    ['&end_date=2028-01-11', ['2027-01-11']],
  ] as const) {
    assert.deepEqual(Object.keys((await quota(query)).json.daily_quota as object), days, query);
  }
  for (const query of ['&start_date=2026-01-01', '&start_date=2026-01-01&end_date=2027-01-02']) {
    refusalOf(await quota(query), 400, /366 days/);
  }
});

test('refuses a disabled, a deleted and an unknown key on all of these paths', async () => {
  const { user, key } = await usedKey();
  const refused = async (value: string, status: number) => {
    const token = `Bearer ${value}`;
    for (const path of ['/v1/dashboard/billing/subscription', '/dashboard/billing/usage', '/api/log/token']) {
      refusalOf(await rig.call('GET', path, { token }), status);
    }
    refusalOf(await rig.call('GET', `/user/quota?key=${value}`, { token: null }), status);
  };
  await refused('sk-unknown', 401);
  await rig.call('PUT', '/api/token/?status_only=1', { token: user.token, body: { id: key.id, status: 2 } });
  await refused(key.value, 401);
  const other = await createKey(rig, {}, user.token);
  await rig.call('DELETE', `/api/token/${other.id}`, { token: user.token });
  await refused(other.value, 401);
  refusalOf(await rig.call('GET', '/user/quota', { token: null }), 401);
  const third = await createKey(rig, {}, user.token);
  await rig.call('POST', '/api/user/manage', { body: { id: user.id, action: 'disable' } });
  await refused(third.value, 403);
});
