import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTypes } from '../../src/domain/accounting/terms.ts';
import { aRecord, settleAll } from './records.ts';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const now = () => Math.floor(rig.clock.now() / 1000);
const hour = () => now() - (now() % 3600);

test('returns hourly usage by model, one’s own and of all', async () => {
  const [user, other] = [await createAccount(rig), await createAccount(rig)];
  const start = hour() - 7200;
  await settleAll(rig.store, [
    aRecord({ accountId: user.id, createdAt: start }),
    aRecord({ accountId: user.id, createdAt: start + 60, type: recordTypes.error, units: 0 }),
    aRecord({ accountId: user.id, createdAt: start + 3600 }),
    aRecord({ accountId: other.id, createdAt: start }),
    aRecord({ accountId: user.id, createdAt: start - 40 * 86_400 }),
  ]);
  const row = { model_name: 'model-a', quota: 10, count: 1, errors: 0, token_used: 5 };
  const own = async (query = '') =>
    dataOf(await rig.call('GET', `/api/data/self${query}`, { token: user.token }));
  assert.deepEqual(await own(), [
    { ...row, created_at: start, errors: 1 },
    { ...row, created_at: start + 3600 },
  ]);
  assert.deepEqual(await own(`?start_timestamp=${start + 3600}&end_timestamp=${now()}`), [
    { ...row, created_at: start + 3600 },
  ]);
  const all = async (query: string) =>
    dataOf(await rig.call('GET', `/api/data/?end_timestamp=${start}&${query}`));
  assert.deepEqual(await all(''), [
    { ...row, quota: 20, count: 2, errors: 1, token_used: 10, created_at: start },
  ]);
  assert.deepEqual(await all(`username=${other.username}`), [{ ...row, created_at: start }]);
  refusalOf(await rig.call('GET', '/api/data/?username=nobody'), 200);
  refusalOf(await rig.call('GET', '/api/data/self?start_timestamp=1', { token: user.token }), 400, /366/);
});

test('reads a long period a day at a time, each hour once', async () => {
  const user = await createAccount(rig);
  const midnight = now() - (now() % 86_400);
  const hours = [-49, -48, -25, -24, -1, 0].map((hours) => midnight + hours * 3600);
  await settleAll(
    rig.store,
    hours.flatMap((hourStart) => [
      aRecord({ accountId: user.id, createdAt: hourStart + 3599, model: 'model-b' }),
      aRecord({ accountId: user.id, createdAt: hourStart, model: 'model-a' }),
    ]),
  );
  const list = rig.store.listHourly.bind(rig.store);
  const lengths: number[] = [];
  rig.store.listHourly = (query) => {
    lengths.push((query.to ?? Number.POSITIVE_INFINITY) - (query.from ?? 0));
    return list(query);
  };
  try {
    const span = `start_timestamp=${midnight - 49 * 3600 + 30}&end_timestamp=${midnight + 1}`;
    const reply = await rig.call('GET', `/api/data/self?${span}`, { token: user.token });
    assert.match(String(reply.headers['content-type']), /^application\/json/);
    const rows = dataOf(reply) as unknown as { created_at: number; model_name: string }[];
    assert.deepEqual(
      rows.map(({ created_at, model_name }) => [created_at, model_name]),
      hours.flatMap((hourStart) => [
        [hourStart, 'model-a'],
        [hourStart, 'model-b'],
      ]),
    );
    assert.ok(Math.max(...lengths) < 86_400, String(lengths));
  } finally {
    rig.store.listHourly = list;
  }
  const none = await rig.call('GET', '/api/data/self?end_timestamp=1', { token: user.token });
  assert.equal(none.text, '{"success":true,"message":"","data":[]}');
});

test('the figures of the month are never null, and are compared with the month before', async () => {
  const user = await createAccount(rig, { quota: 1_000_000, unlimited_quota: false });
  const stats = async () => dataOf(await rig.call('GET', '/api/user/self/stats', { token: user.token }));
  assert.deepEqual(await stats(), {
    month_req_count: 0,
    req_rate: 0,
    month_usage: 0,
    usage_rate: 0,
    month_success_rate: 100,
    predicted_days: -1,
  });
  // The rig's clock starts at 2027-01-15 08:00 UTC, in the middle of the month.
  const month = Date.UTC(2027, 0) / 1000;
  const records = [
    ...[1, 2, 3].map(() => aRecord({ accountId: user.id, createdAt: month + 10, units: 50_000 })),
    aRecord({ accountId: user.id, createdAt: month, type: recordTypes.error, units: 0 }),
    ...[1, 2].map(() => aRecord({ accountId: user.id, createdAt: month - 31 * 86_400, units: 50_000 })),
    aRecord({ accountId: user.id, createdAt: month - 1, units: 7 }),
  ];
  await settleAll(rig.store, records);
  const days = (now() - month) / 86_400;
  const left = 1_000_000 - 5 * 50_000 - 7;
  assert.deepEqual(await stats(), {
    month_req_count: 4,
    req_rate: 100,
    month_usage: 0.3,
    usage_rate: 50,
    month_success_rate: 75,
    predicted_days: Math.round((left / 150_000) * days * 100) / 100,
  });
});

test('sums usage by day, model and key, and for administrators by account', async () => {
  const [user, other] = [await createAccount(rig), await createAccount(rig)];
  const key = await createKey(rig, { name: 'one' }, user.token);
  const midnight = now() - (now() % 86_400);
  const start = midnight - 3 * 86_400 + 7200;
  const dayOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
  await settleAll(rig.store, [
    aRecord({ accountId: user.id, keyId: key.id, createdAt: start }),
    aRecord({ accountId: user.id, keyId: key.id, createdAt: start + 3600, model: 'model-b', units: 30 }),
    aRecord({ accountId: user.id, keyId: key.id, createdAt: start + 86_400 }),
    aRecord({ accountId: user.id, keyId: 999_999, createdAt: start, type: recordTypes.error, units: 0 }),
    aRecord({ accountId: other.id, createdAt: start }),
  ]);
  const row = { count: 1, errors: 0, prompt_tokens: 3, completion_tokens: 2 };
  const span = `start_timestamp=${midnight - 4 * 86_400}`;
  const own = async (query: string) =>
    dataOf(await rig.call('GET', `/api/data/self/totals?${span}&${query}`, { token: user.token }));
  const whole = { quota: 50, count: 3, errors: 1, prompt_tokens: 9, completion_tokens: 6 };
  assert.deepEqual(await own(''), [whole]);
  assert.deepEqual(await own('by=key'), [
    { token_id: key.id, token_name: 'one', ...whole, errors: 0 },
    {
      token_id: 999_999,
      token_name: '',
      quota: 0,
      count: 0,
      errors: 1,
      prompt_tokens: 0,
      completion_tokens: 0,
    },
  ]);
  assert.deepEqual(await own(`by=model,day&token_id=${key.id}`), [
    { day: dayOf(start), model_name: 'model-b', ...row, quota: 30 },
    { day: dayOf(start), model_name: 'model-a', ...row, quota: 10 },
    { day: dayOf(start + 86_400), model_name: 'model-a', ...row, quota: 10 },
  ]);
  assert.deepEqual(await own(`token_id=${(await createKey(rig, {}, other.token)).id}`), []);
  const users = dataOf(await rig.call('GET', `/api/data/totals?${span}&by=user`)) as unknown as object[];
  assert.deepEqual(
    users.filter((each) => [user.id, other.id].includes((each as { user_id: number }).user_id)),
    [
      { user_id: user.id, username: user.username, ...whole },
      { user_id: other.id, username: other.username, ...row, quota: 10 },
    ],
  );
  const asUser = { token: user.token };
  refusalOf(await rig.call('GET', '/api/data/self/totals?by=user', asUser), 400, /"by"/);
  refusalOf(await rig.call('GET', '/api/data/totals', asUser), 403);
});
