import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addRecord } from '../../src/store/contract/engine.ts';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig({ settings: { groups: { selectable: ['default', 'vip'] } } });
const put = (body: object, query = '') => rig.call('PUT', `/api/token/${query}`, { body });

test('an update changes only the given fields', async () => {
  const { id, record } = await createKey(rig, {
    name: 'before',
    model_limits_enabled: true,
    model_limits: 'a,b',
    allow_ips: '10.0.0.1',
    group: 'vip',
  });
  assert.deepEqual(dataOf(await put({ id, name: 'after' })), { ...record, name: 'after' });
  const changed = { model_limits: 'b', allow_ips: '', group: '', remain_quota: 9, unlimited_quota: false };
  assert.deepEqual(dataOf(await put({ id, ...changed })), {
    ...record,
    name: 'after',
    ...changed,
    allow_ips: null,
  });
});

test('accepts a complete record sent back and ignores read-only fields, in particular the value', async () => {
  const { value, record } = await createKey(rig);
  const sent = { ...record, key: 'sk-other', user_id: 99, used_quota: 1, DeletedAt: null, auto_groups: [] };
  assert.deepEqual(dataOf(await put(sent)), record);
  assert.equal((await rig.call('GET', '/api/usage/token', { token: value })).status, 200);
});

test('status_only changes only the status', async () => {
  const { id, record } = await createKey(rig, { name: 'n' });
  const data = dataOf(await put({ id, status: 2, name: 'other', remain_quota: 1 }, '?status_only=1'));
  assert.deepEqual(data, { ...record, status: 2 });
  assert.equal(dataOf(await put({ id, status: 1 }, '?status_only=1')).status, 1);
  refusalOf(await put({ id, name: 'x' }, '?status_only=1'), 400, /"status" is missing/);
});

test('concurrent changes do not undo each other', async () => {
  const { id } = await createKey(rig, { group: 'vip', name: 'n' });
  await Promise.all([
    put({ id, status: 2 }, '?status_only=1'),
    put({ id, group: '' }),
    put({ id, name: 'm' }),
    put({ id, model_limits_enabled: true }),
  ]);
  const { status, group, name, model_limits_enabled } = dataOf(await rig.call('GET', `/api/token/${id}`));
  assert.deepEqual([status, group, name, model_limits_enabled], [2, '', 'm', true]);
});

test('refuses a disabled key, also for its usage, until it is enabled', async () => {
  const { id, value } = await createKey(rig);
  await put({ id, status: 2 });
  refusalOf(await rig.call('GET', '/api/usage/token', { token: value }), 401);
  await put({ id, status: 1 });
  assert.equal((await rig.call('GET', '/api/usage/token', { token: value })).status, 200);
});

test('an expired or exhausted key can be enabled only with a new expiry or quota', async () => {
  const past = Math.floor(rig.clock.now() / 1000) - 10;
  const { id, record } = await createKey(rig);
  assert.equal(dataOf(await put({ ...record, expired_time: past })).status, 3);
  refusalOf(await put({ id, status: 1 }), 200, /expired/);
  refusalOf(await put({ id, status: 1 }, '?status_only=1'), 200, /expired/);
  assert.equal(dataOf(await put({ id, status: 3, name: 'sent back' })).name, 'sent back');
  refusalOf(await put({ id, status: 4 }), 400, /"status" must be 1/);
  assert.equal(dataOf(await put({ id, status: 1, expired_time: -1 })).status, 1);
  assert.equal(dataOf(await put({ id, unlimited_quota: false })).status, 4);
  refusalOf(await put({ id, status: 1 }), 200, /quota/);
  assert.equal(dataOf(await put({ id, status: 1, remain_quota: 1 })).status, 1);
});

test('a key can have only groups that its account may use', async () => {
  const { id } = await createKey(rig);
  for (const group of ['vip', 'default', 'auto', '']) {
    const data = dataOf(await put({ id, group, cross_group_retry: true }));
    assert.deepEqual([data.group, data.cross_group_retry], [group, group === 'auto']);
  }
  refusalOf(await put({ id, group: 'secret' }), 200, /group/);
  refusalOf(await rig.call('POST', '/api/token', { body: { group: 'secret' } }), 200, /group/);
});

test('accepts the unchanged negative quota of an overdrawn key, and refuses other negative ones', async () => {
  const { id } = await createKey(rig, { unlimited_quota: false, remain_quota: 10 });
  await addRecord(rig.store, { keyId: id, accountId: 1, units: 14 });
  const overdrawn = dataOf(await rig.call('GET', `/api/token/${id}`));
  assert.deepEqual([overdrawn.remain_quota, overdrawn.used_quota, overdrawn.status], [-4, 14, 4]);
  assert.equal(dataOf(await put({ ...overdrawn, name: 'kept' })).remain_quota, -4);
  refusalOf(await put({ id, remain_quota: -5 }), 400, /remain_quota/);
  assert.equal(dataOf(await put({ id, unlimited_quota: true, remain_quota: -5 })).remain_quota, 0);
});

test('a complete record read before further charges does not undo them', async () => {
  const { id, record } = await createKey(rig, { unlimited_quota: false, remain_quota: 100 });
  await addRecord(rig.store, { keyId: id, accountId: 1, units: 30 });
  const renamed = dataOf(await put({ ...record, name: 'renamed' }));
  assert.deepEqual([renamed.name, renamed.remain_quota, renamed.used_quota], ['renamed', 70, 30]);
  // A changed field is set, independent of its previous value.
  assert.equal(dataOf(await put({ ...record, remain_quota: 150 })).remain_quota, 150);
  assert.equal(dataOf(await put({ id, remain_quota: 100 })).remain_quota, 100);
  const user = await createAccount(rig, { quota: 100, unlimited_quota: false });
  const key = await createKey(rig, {}, user.token);
  const account = dataOf(await rig.call('GET', `/api/user/${user.id}`));
  await addRecord(rig.store, { keyId: key.id, accountId: user.id, units: 30 });
  const changed = dataOf(
    await rig.call('PUT', '/api/user/', { body: { ...account, email: 'e@example.org' } }),
  );
  assert.deepEqual([changed.email, changed.quota, changed.used_quota], ['e@example.org', 70, 30]);
  assert.deepEqual(await rig.store.findLedgerDifferences(10), []);
});
