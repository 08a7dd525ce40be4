import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addRecord } from '../../src/store/contract/engine.ts';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const usage = (token: string | null, slash = '') => rig.call('GET', `/api/usage/token${slash}`, { token });

test('a key can read its own usage, in the documented format, with and without the slash', async () => {
  const { id, value } = await createKey(rig, {
    name: 'asks',
    unlimited_quota: false,
    remain_quota: 100,
    expired_time: 2_000_000_000,
    model_limits_enabled: true,
    model_limits: 'a,__proto__',
  });
  await addRecord(rig.store, { keyId: id, accountId: 1, units: 30 });
  for (const slash of ['', '/']) {
    const reply = await usage(`Bearer ${value}`, slash);
    assert.equal(reply.status, 200);
    const models = '{"a":true,"__proto__":true}';
    const data = `{"object":"token_usage","name":"asks","total_granted":100,"total_used":30,"total_available":70,"unlimited_quota":false,"model_limits":${models},"model_limits_enabled":true,"expires_at":2000000000}`;
    assert.equal(reply.text, `{"code":true,"message":"ok","data":${data}}`);
  }
  assert.equal((await usage(value.slice(3))).status, 200);
});

test('expired and exhausted keys can read their usage; 0 means never', async () => {
  const expired = await createKey(rig);
  dataOf(await rig.call('PUT', '/api/token/', { body: { id: expired.id, expired_time: 1 } }));
  const exhausted = await createKey(rig, { unlimited_quota: false, remain_quota: 0 });
  assert.equal((await usage(expired.value)).status, 200);
  const reply = await usage(exhausted.value);
  assert.equal((reply.json.data as Record<string, unknown>).expires_at, 0);
});

test('refuses no key, an unknown key and an access token alike, and a key of a disabled account with 403', async () => {
  const texts = new Set<string>();
  for (const token of [null, '', 'sk-x', rig.rootToken, `sk-${'0'.repeat(48)}`]) {
    const reply = await usage(token);
    refusalOf(reply, 401);
    texts.add(reply.text);
  }
  assert.equal(texts.size, 1);
  const user = await createAccount(rig);
  const key = await createKey(rig, {}, user.token);
  await rig.call('POST', '/api/user/manage', { body: { id: user.id, action: 'disable' } });
  refusalOf(await usage(key.value), 403);
});

test('accepts a key only from its allowed addresses, also for its usage', async () => {
  const far = await createKey(rig, { allow_ips: '192.0.2.0/24' });
  const near = await createKey(rig, { allow_ips: '192.0.2.0/24\n127.0.0.0/8' });
  for (const [key, status] of [
    [far.value, 403],
    [near.value, 200],
  ] as const) {
    for (const path of ['/api/usage/token', '/api/log/token', '/v1/dashboard/billing/usage']) {
      assert.equal((await rig.call('GET', path, { token: key })).status, status, path);
    }
    const reply = await rig.call('GET', `/user/quota?key=${key}`, { token: null });
    assert.equal(reply.status, status);
  }
});
