import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTypes } from '../../src/store/ledger-store.ts';
import { aRecord, settleAll } from './records.ts';
import { createAccount, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const now = () => Math.floor(rig.clock.now() / 1000);
const hour = () => now() - (now() % 3600);

test('consumption comes by the hour and model, one’s own and of all', async () => {
  const [user, other] = [await createAccount(rig), await createAccount(rig)];
  const at = hour() - 7200;
  await settleAll(rig.store, [
    aRecord({ accountId: user.id, createdAt: at }),
    aRecord({ accountId: user.id, createdAt: at + 60, type: recordTypes.error, units: 0 }),
    aRecord({ accountId: user.id, createdAt: at + 3600 }),
    aRecord({ accountId: other.id, createdAt: at }),
    aRecord({ accountId: user.id, createdAt: at - 40 * 86_400 }),
  ]);
  const row = { model_name: 'model-a', quota: 10, count: 1, errors: 0, token_used: 5 };
  const own = async (query = '') =>
    dataOf(await rig.call('GET', `/api/data/self${query}`, { token: user.token }));
  assert.deepEqual(await own(), [
    { ...row, created_at: at, errors: 1 },
    { ...row, created_at: at + 3600 },
  ]);
  assert.deepEqual(await own(`?start_timestamp=${at + 3600}&end_timestamp=${now()}`), [
    { ...row, created_at: at + 3600 },
  ]);
  const all = async (query: string) =>
    dataOf(await rig.call('GET', `/api/data/?end_timestamp=${at}&${query}`));
  assert.deepEqual(await all(''), [
    { ...row, quota: 20, count: 2, errors: 1, token_used: 10, created_at: at },
  ]);
  assert.deepEqual(await all(`username=${other.username}`), [{ ...row, created_at: at }]);
  refusalOf(await rig.call('GET', '/api/data/?username=nobody'), 200);
  refusalOf(await rig.call('GET', '/api/data/self?start_timestamp=1', { token: user.token }), 400, /366/);
});

test('a long time is read a day at a time, each hour once', async () => {
  const user = await createAccount(rig);
  const midnight = now() - (now() % 86_400);
  const hours = [-49, -48, -25, -24, -1, 0].map((hours) => midnight + hours * 3600);
  await settleAll(
    rig.store,
    hours.flatMap((at) => [
      aRecord({ accountId: user.id, createdAt: at + 3599, model: 'model-b' }),
      aRecord({ accountId: user.id, createdAt: at, model: 'model-a' }),
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
      hours.flatMap((at) => [
        [at, 'model-a'],
        [at, 'model-b'],
      ]),
    );
    assert.ok(Math.max(...lengths) < 86_400, String(lengths));
  } finally {
    rig.store.listHourly = list;
  }
  const none = await rig.call('GET', '/api/data/self?end_timestamp=1', { token: user.token });
  assert.equal(none.text, '{"success":true,"message":"","data":[]}');
});

test('the figures of the month are never null, and those of the month before are its measure', async () => {
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
  // The rig's clock begins at 2027-01-15 08:00 UTC: fourteen and a third days into the month.
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
