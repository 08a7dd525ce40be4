import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyValue } from '../../src/domain/format.ts';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const itemsOf = (data: Readonly<Record<string, unknown>>) => data.items as Record<string, unknown>[];
/** Budget and limits of a key without any. */
const noLimits = {
  budget_quota: null,
  budget_period: null,
  budget_time_zone: null,
  budget_soft_percent: null,
  budget_used: 0,
  budget_resets_at: null,
  rpm_limit: 0,
  tpm_limit: 0,
  concurrency_limit: 0,
  content_log_days: 0,
};

test('create returns the complete record, and list and get return the same', async () => {
  const { id, value, record } = await createKey(rig, {
    name: 'naïve 🔑',
    expired_time: 2_000_000_000,
    remain_quota: 5,
    unlimited_quota: false,
    model_limits_enabled: true,
    model_limits: 'gpt-4o, o3',
    allow_ips: '10.0.0.0/8\n\n2001:DB8::1 ',
    group: 'auto',
    cross_group_retry: true,
  });
  assert.ok(value.startsWith('sk-') && parseKeyValue(value) !== undefined);
  const now = Math.floor(rig.clock.now() / 1000);
  assert.deepEqual(record, {
    id,
    user_id: 1,
    key: value,
    revealable: true,
    status: 1,
    name: 'naïve 🔑',
    created_time: now,
    accessed_time: now,
    last_used_time: 0,
    expired_time: 2_000_000_000,
    remain_quota: 5,
    unlimited_quota: false,
    model_limits_enabled: true,
    model_limits: 'gpt-4o,o3',
    allow_ips: '10.0.0.0/8\n2001:db8::1',
    used_quota: 0,
    group: 'auto',
    cross_group_retry: true,
    ...noLimits,
  });
  assert.deepEqual(dataOf(await rig.call('GET', `/api/token/${id}/`)), record);
  assert.deepEqual(itemsOf(dataOf(await rig.call('GET', '/api/token/')))[0], record);
});

test('omitted fields of create have defaults: no quota, no expiry, no limits', async () => {
  const record = dataOf(await rig.call('POST', '/api/token', { body: {} }));
  assert.equal(record.status, 4);
  assert.equal(record.remain_quota, 0);
  assert.equal(record.unlimited_quota, false);
  assert.equal(record.expired_time, -1);
  assert.equal(record.allow_ips, null);
});

test('lists are newest first, and pages out of range are clamped', async () => {
  const { token } = await createAccount(rig);
  const made: number[] = [];
  for (let count = 0; count < 25; count += 1) made.unshift((await createKey(rig, {}, token)).id);
  const ids = async (query: string) => {
    const data = dataOf(await rig.call('GET', `/api/token/${query}`, { token }));
    assert.equal(data.total, 25);
    return { ...data, ids: itemsOf(data).map((item) => item.id) } as Record<string, unknown>;
  };
  for (const [query, page, size] of [
    ['', 1, 20],
    ['?p=2', 2, 20],
    ['?p=2&page_size=10', 2, 10],
    ['?p=3&ps=10', 3, 10],
    ['?p=1&size=7', 1, 7],
    ['?p=0', 1, 20],
    ['?p=-3', 1, 20],
    ['?p=&page_size=', 1, 20],
    ['?page_size=0', 1, 20],
    ['?page_size=100000', 1, 100],
    ['?p=99', 99, 20],
    [`?p=${'9'.repeat(400)}`, 1_000_000_000, 20],
  ] as const) {
    const found = await ids(query);
    assert.deepEqual([found.page, found.page_size], [page, size], query);
    assert.deepEqual(found.ids, made.slice((page - 1) * size, page * size), query);
  }
});

test('refuses a page that is not a number by name, in every spelling', async () => {
  for (const [query, about] of [
    ['page_size=text', /"page_size" must be a whole number/],
    ['ps=text', /"ps"/],
    ['size=1.5', /"size"/],
    ['p=1e3', /"p"/],
  ] as const) {
    for (const path of ['/api/token/', '/api/channel/', '/api/user/', '/api/log/', '/api/user/journal']) {
      refusalOf(await rig.call('GET', `${path}?${query}`), 400, about);
    }
  }
});

test('search finds names exactly or by pattern, and values with or without sk-', async () => {
  const { token } = await createAccount(rig);
  const a = await createKey(rig, { name: 'alpha 100%_x' }, token);
  const b = await createKey(rig, { name: 'alphabet' }, token);
  const found = async (query: string) =>
    itemsOf(dataOf(await rig.call('GET', `/api/token/search?${query}`, { token }))).map((item) => item.id);
  assert.deepEqual(await found('keyword=alphabet'), [b.id]);
  assert.deepEqual(await found('keyword=alpha'), []);
  assert.deepEqual(await found('keyword=alpha%25'), [b.id, a.id]);
  assert.deepEqual(await found('keyword=%25_x'), [a.id]);
  assert.deepEqual(await found(`token=${a.value}`), [a.id]);
  assert.deepEqual(await found(`token=${a.value.slice(3)}`), [a.id]);
  assert.deepEqual(await found(`token=${b.value}&keyword=${encodeURIComponent('alpha 100%_x')}`), []);
  assert.deepEqual(await found('token=sk-nothing'), []);
  assert.deepEqual(await found(''), [b.id, a.id]);
  for (const pattern of ['%25', 'a%25', '%25a%25b%25']) {
    refusalOf(await rig.call('GET', `/api/token/search?keyword=${pattern}`, { token }), 200, /pattern/);
  }
  assert.deepEqual(itemsOf(dataOf(await rig.call('GET', `/api/token/search?token=${a.value}`))), []);
});

test('every call treats a key of another account like one that never existed', async () => {
  const owner = await createAccount(rig);
  const key = await createKey(rig, { name: 'private' }, owner.token);
  const calls = (id: number) =>
    [
      ['GET', `/api/token/${id}`, undefined],
      ['DELETE', `/api/token/${id}`, undefined],
      ['POST', `/api/token/${id}/key`, undefined],
      ['PUT', '/api/token/', { id, name: 'stolen' }],
      ['POST', '/api/token/batch', { ids: [id] }],
      ['POST', '/api/token/batch/keys', { ids: [id] }],
    ] as const;
  const answers = async (id: number) => {
    const texts: string[] = [];
    for (const [method, path, body] of calls(id)) texts.push((await rig.call(method, path, { body })).text);
    return texts;
  };
  assert.deepEqual(await answers(key.id), await answers(888_888_888));
  const after = dataOf(await rig.call('GET', `/api/token/${key.id}`, { token: owner.token }));
  assert.deepEqual(after, key.record);
});

test('reveal returns the values of one key or several to their owner, with no-store', async () => {
  const [a, b] = [await createKey(rig), await createKey(rig)];
  const one = await rig.call('POST', `/api/token/${a.id}/key`);
  assert.deepEqual(dataOf(one), { key: a.value });
  assert.equal(one.headers['cache-control'], 'no-store');
  const many = await rig.call('POST', '/api/token/batch/keys', { body: { ids: [a.id, b.id, 777_777_777] } });
  assert.deepEqual(dataOf(many), { keys: { [a.id]: a.value, [b.id]: b.value } });
});
