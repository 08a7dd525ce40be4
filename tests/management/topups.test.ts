import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/platform/limits.ts';
import { createAccount, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const now = () => Math.floor(rig.clock.now() / 1000);
const topUp = (body: object, token?: string) =>
  rig.call('POST', '/api/user/topup', { body, ...(token !== undefined && { token }) });
const quotaOf = async (id: number) => dataOf(await rig.call('GET', `/api/user/${id}`)).quota;

test('an administrator adds and subtracts, and the journal has the reason', async () => {
  const user = await createAccount(rig, { quota: 1000, unlimited_quota: false, email: 'a@example.org' });
  const given = { user_id: user.id, money: '2.50', reason: 'invoice 7', trade_no: `t-${user.id}` };
  const record = dataOf(await topUp(given));
  const { id, ...shown } = record;
  assert.equal(typeof id, 'number');
  assert.deepEqual(shown, {
    user_id: user.id,
    username: user.username,
    email: 'a@example.org',
    quota: 1_250_000,
    money: 2.5,
    reason: 'invoice 7',
    admin_id: 1,
    trade_no: given.trade_no,
    payment_intent_id: '',
    payment_channel: 'admin',
    create_time: now(),
    status: 'success',
  });
  // A repeated top-up with the same number changes nothing.
  refusalOf(await topUp(given), 200, /trade_no/);
  dataOf(await topUp({ user_id: user.id, quota: -250_000, reason: 'a mistake' }));
  assert.equal(await quotaOf(user.id), 1_001_000);
  const list = dataOf(await rig.call('GET', `/api/user/topup?username=${user.username}`));
  assert.equal(list.total, 2);
  assert.deepEqual((list.items as object[])[1], record);
  const found = async (filter: string) => {
    const data = dataOf(await rig.call('GET', `/api/user/topup?${filter}`));
    return (data.items as { quota: number }[]).map(({ quota }) => quota);
  };
  for (const [filter, expected] of [
    [`trade_no=${given.trade_no}`, [1_250_000]],
    ['trade_no=another', []],
    ['payment_intent_id=pi_1', []],
    ['email=a@example.org', [-250_000, 1_250_000]],
    ['email=a', []],
    [`user_id=${user.id}&start_time=${now()}`, [-250_000, 1_250_000]],
    [`start_time=${now() + 1}`, []],
    [`end_time=${now() - 1}`, []],
  ] as const) {
    assert.deepEqual(await found(filter), expected, filter);
  }
  for (const [path, token] of [
    ['/api/user/self/journal', user.token],
    [`/api/user/journal?user_id=${user.id}`, rig.rootToken],
  ] as const) {
    const journal = dataOf(await rig.call('GET', path, { token }));
    const entries = journal.items as { kind: string; quota: number; reason: string }[];
    assert.deepEqual(
      entries.map(({ kind, quota }) => [kind, quota]),
      [
        ['topup', -250_000],
        ['topup', 1_250_000],
        ['opening', 1000],
      ],
    );
    assert.equal(
      entries.reduce((sum, { quota }) => sum + quota, 0),
      1_001_000,
    );
  }
  const log = dataOf(await rig.call('GET', '/api/log/self?type=1', { token: user.token }));
  assert.deepEqual(
    (log.items as { content: string; quota: number }[]).map(({ content, quota }) => [content, quota]),
    [
      ['a mistake', -250_000],
      ['invoice 7', 1_250_000],
    ],
  );
  assert.deepEqual(await rig.store.findLedgerDifferences(10), []);
});

test('refuses an invalid top-up and changes nothing', async () => {
  const user = await createAccount(rig, { quota: 5, unlimited_quota: false });
  const to = { user_id: user.id, reason: 'why' };
  for (const body of [
    to,
    { ...to, quota: 1, money: '1' },
    { ...to, quota: 0 },
    { ...to, quota: 1.5 },
    { ...to, money: '0.000001' },
    { ...to, money: 'ten' },
    { ...to, quota: 500_000_000_000_000 },
    { ...to, quota: 1, reason: '' },
    { user_id: user.id, quota: 1 },
    { ...to, quota: 1, trade_no: 'a\nb' },
  ]) {
    refusalOf(await topUp(body), 400);
  }
  refusalOf(await topUp({ ...to, user_id: 999_999, quota: 1 }), 200);
  assert.equal(await quotaOf(user.id), 5);
});

test('an administrator manages only lower roles, and a user nobody', async () => {
  const user = await createAccount(rig);
  const admin = await createAccount(rig, { role: 10 });
  const other = await createAccount(rig, { role: 10 });
  const give = (id: number) => ({ user_id: id, quota: 1, reason: 'why' });
  refusalOf(await topUp(give(user.id), user.token), 403);
  refusalOf(await topUp(give(admin.id), admin.token), 403);
  refusalOf(await topUp(give(other.id), admin.token), 403);
  dataOf(await topUp(give(user.id), admin.token));
  refusalOf(await rig.call('GET', '/api/user/topup', { token: user.token }), 403);
  refusalOf(await rig.call('GET', '/api/user/journal', { token: user.token }), 403);
});

test('of concurrent top-ups with one trade_no, or together beyond the largest quota, one succeeds', async () => {
  for (const fields of [{ quota: 5, trade_no: 'at-once' }, { quota: 0.6 * limits.quota_units_max }]) {
    const user = await createAccount(rig, { quota: 1, unlimited_quota: false });
    const body = { user_id: user.id, reason: 'at once', ...fields };
    const replies = await Promise.all(Array.from({ length: 20 }, () => topUp(body)));
    assert.equal(replies.filter(({ json }) => json.success).length, 1);
    assert.equal(await quotaOf(user.id), 1 + fields.quota);
  }
});
