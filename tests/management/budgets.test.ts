import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addRecord } from '../../src/store/contract/engine.ts';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig({ settings: { ledger: { time_zone: 'Europe/Berlin' } } });
const put = (body: object, token = rig.rootToken) => rig.call('PUT', '/api/token/', { body, token });
const seconds = (text: string) => Date.parse(text) / 1000;

const keyLimits = {
  budget_quota: 5000,
  budget_period: 'daily',
  budget_time_zone: 'Asia/Tokyo',
  budget_soft_percent: 50,
  rpm_limit: 60,
  tpm_limit: 90_000,
  concurrency_limit: 4,
  content_log_days: 30,
};
const none = {
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

/** Returns the fields of a record that `shape` has too. */
const like = (record: Readonly<Record<string, unknown>>, shape: object) =>
  Object.fromEntries(Object.keys(shape).map((name) => [name, record[name]]));

test('creates a key with a budget and limits, shows them, and keeps those that an update omits', async () => {
  const { id, record } = await createKey(rig, keyLimits);
  assert.deepEqual(like(record, keyLimits), keyLimits);
  // The clock of the rig is at 2027-01-15T08:00Z, late in the day in Tokyo.
  assert.equal(record.budget_resets_at, seconds('2027-01-15T15:00Z'));
  assert.equal(record.budget_used, 0);
  assert.deepEqual(dataOf(await put({ id, name: 'renamed' })), { ...record, name: 'renamed' });
  const changed = dataOf(await put({ id, budget_soft_percent: 90, tpm_limit: 5 }));
  assert.deepEqual(like(changed, keyLimits), { ...keyLimits, budget_soft_percent: 90, tpm_limit: 5 });
  assert.deepEqual(dataOf(await rig.call('GET', `/api/token/${id}`)), changed);
});

test('a budget is by default monthly, in the time zone of the setting, with a soft threshold of 80 percent', async () => {
  const { record } = await createKey(rig, { budget_quota: 7 });
  const expected = {
    budget_quota: 7,
    budget_period: 'monthly',
    budget_time_zone: 'Europe/Berlin',
    budget_soft_percent: 80,
    budget_resets_at: seconds('2027-01-31T23:00Z'),
  };
  assert.deepEqual(like(record, expected), expected);
  const { id } = await createKey(rig, keyLimits);
  const nulls = { budget_period: null, budget_time_zone: null, budget_soft_percent: null };
  const { budget_quota, ...defaults } = expected;
  assert.deepEqual(like(dataOf(await put({ id, ...nulls })), defaults), defaults);
  assert.equal(budget_quota, 7);
});

test('null and 0 remove a budget or a limit', async () => {
  for (const nothing of [null, 0]) {
    const { id } = await createKey(rig, keyLimits);
    const cleared = await put({
      id,
      budget_quota: nothing,
      rpm_limit: nothing,
      tpm_limit: nothing,
      concurrency_limit: nothing,
      content_log_days: nothing,
    });
    assert.deepEqual(like(dataOf(cleared), none), none);
  }
});

test('accepts a complete record sent back, with a budget and without one', async () => {
  for (const fields of [keyLimits, {}]) {
    const { record } = await createKey(rig, fields);
    const sent = { ...record, budget_used: 99, budget_resets_at: 1 };
    assert.deepEqual(dataOf(await put(sent)), record);
    const { id: _id, ...copied } = record;
    const copy = dataOf(await rig.call('POST', '/api/token/', { body: copied }));
    assert.deepEqual(like(copy, none), like(record, none));
  }
});

test('accepts a time zone in any case and shows the IANA spelling', async () => {
  const { record } = await createKey(rig, { budget_quota: 1, budget_time_zone: 'america/new_york' });
  assert.equal(record.budget_time_zone, 'America/New_York');
});

test('refuses an invalid budget or limit by name, with the allowed values', async () => {
  const { id } = await createKey(rig);
  for (const [fields, about] of [
    [{ budget_quota: -1 }, /"budget_quota" must be at least 0/],
    [{ budget_quota: 1.5 }, /"budget_quota" must be a whole number/],
    [{ budget_quota: 500_000_000_000_001 }, /"budget_quota" must be at most 500000000000000/],
    [
      { budget_quota: 1, budget_period: 'yearly' },
      /"budget_period" must be "daily" or "weekly" or "monthly"/,
    ],
    [
      { budget_quota: 1, budget_time_zone: 'Mars/Olympus' },
      /"budget_time_zone" must be a time zone by its IANA/,
    ],
    [{ budget_quota: 1, budget_time_zone: '+02:00' }, /IANA/],
    [{ budget_quota: 1, budget_time_zone: 'x'.repeat(500_000) }, /IANA/],
    [{ budget_quota: 1, budget_soft_percent: 0 }, /"budget_soft_percent" must be at least 1/],
    [{ budget_quota: 1, budget_soft_percent: 101 }, /"budget_soft_percent" must be at most 100/],
    [{ budget_period: 'daily' }, /"budget_period" needs a budget/],
    [{ budget_soft_percent: 5 }, /"budget_soft_percent" needs a budget/],
    [{ rpm_limit: -1 }, /"rpm_limit" must be at least 0/],
    [{ rpm_limit: 1_000_001 }, /"rpm_limit" must be at most 1000000/],
    [{ tpm_limit: 1_000_000_001 }, /"tpm_limit" must be at most/],
    [{ tpm_limit: '5' }, /"tpm_limit" must be/],
    [{ concurrency_limit: 100_001 }, /"concurrency_limit" must be at most 100000/],
    [{ content_log_days: 366 }, /"content_log_days" must be at most 365/],
  ] as const) {
    refusalOf(await put({ id, ...fields }), 400, about);
    refusalOf(await rig.call('POST', '/api/token/', { body: fields }), 400, about);
  }
  assert.deepEqual(like(dataOf(await rig.call('GET', `/api/token/${id}`)), none), none);
});

test('status_only does not change budget and limits', async () => {
  const { id, record } = await createKey(rig, keyLimits);
  const body = { id, status: 2, budget_quota: null, rpm_limit: 0 };
  const data = dataOf(await rig.call('PUT', '/api/token/?status_only=1', { body }));
  assert.deepEqual(data, { ...record, status: 2 });
});

test('administrators give accounts budgets; their owners see them and cannot change them', async () => {
  const user = await createAccount(rig, { budget_quota: 900, budget_period: 'weekly' });
  const budget = {
    budget_quota: 900,
    budget_period: 'weekly',
    budget_time_zone: 'Europe/Berlin',
    budget_soft_percent: 80,
    budget_used: 0,
    budget_resets_at: seconds('2027-01-17T23:00Z'),
  };
  const self = dataOf(await rig.call('GET', '/api/user/self', { token: user.token }));
  assert.deepEqual(like(self, budget), budget);
  const tried = { ...self, budget_quota: null, budget_period: 'daily', email: 'u@example.org' };
  const after = dataOf(await rig.call('PUT', '/api/user/self', { token: user.token, body: tried }));
  assert.deepEqual(after, { ...self, email: 'u@example.org' });
  refusalOf(
    await rig.call('PUT', '/api/user/', { token: user.token, body: { id: user.id, budget_quota: 1 } }),
    403,
  );
  const raised = dataOf(await rig.call('PUT', '/api/user/', { body: { id: user.id, budget_quota: 1000 } }));
  assert.deepEqual(like(raised, budget), { ...budget, budget_quota: 1000 });
  const cleared = dataOf(await rig.call('PUT', '/api/user/', { body: { ...raised, budget_quota: null } }));
  assert.equal(cleared.budget_quota, null);
  assert.deepEqual(dataOf(await rig.call('PUT', '/api/user/', { body: cleared })), cleared);
  refusalOf(
    await rig.call('PUT', '/api/user/', { body: { id: user.id, budget_period: 'daily' } }),
    400,
    /needs a budget/,
  );
});

test('owners set the limits of their own keys', async () => {
  const user = await createAccount(rig);
  const { id } = await createKey(rig, { rpm_limit: 1 }, user.token);
  assert.equal(dataOf(await put({ id, rpm_limit: 9 }, user.token)).rpm_limit, 9);
  refusalOf(await put({ id, rpm_limit: 5 }), 200);
});

test('shows the used part of a budget until its period ends', async () => {
  const budget = { budget_quota: 1000, budget_period: 'daily', budget_time_zone: 'UTC' };
  const user = await createAccount(rig, budget);
  const { id } = await createKey(rig, budget, user.token);
  const createdAt = Math.floor(rig.clock.now() / 1000);
  await addRecord(rig.store, { accountId: user.id, keyId: id, units: 70, createdAt });
  const used = async () => [
    dataOf(await rig.call('GET', `/api/token/${id}`, { token: user.token })).budget_used,
    dataOf(await rig.call('GET', '/api/user/self', { token: user.token })).budget_used,
  ];
  assert.deepEqual(await used(), [70, 70]);
  rig.clock.advance(86_400_000);
  assert.deepEqual(await used(), [0, 0]);
});

test('the journal names the administrator who set an account’s quota', async () => {
  const user = await createAccount(rig);
  const admin = await createAccount(rig, { role: 10 });
  const body = { id: user.id, quota: 12_345, unlimited_quota: false };
  dataOf(await rig.call('PUT', '/api/user/', { token: admin.token, body }));
  const { items } = await rig.store.listBalanceEntries({ accountId: user.id }, { offset: 0, limit: 10 });
  assert.deepEqual([items[0]?.units, items[0]?.actorId], [12_345, admin.id]);
});
