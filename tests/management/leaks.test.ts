/** Reports of leaked keys, which anyone may send and which reveal nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKeyValue } from '../../src/domain/format.ts';
import { limits } from '../../src/platform/limits.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { until } from '../support/until.ts';
import { createAccount, createKey, type Reply, type Rig, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const disabling = useRig({ settings: { keys: { leak_reports: 'disable' } } });
const off = useRig({ settings: { keys: { leak_reports: 'off' } } });

const report = (on: Rig, ...credentials: readonly unknown[]): Promise<Reply> =>
  on.call('POST', '/api/credentials/revoke', { token: null, body: { credentials } });
const opens = async (on: Rig, value: string) =>
  (await on.call('GET', '/api/usage/token', { token: value })).status === 200;
/** The limit of reports is for each network, and all reports of this file come from one. */
const nextWindow = () => rig.clock.advance(limits.leak_reports_window_ms + 1);

/** Returns what a sender can see of a response. */
function seen({ status, text, headers }: Reply): unknown {
  const { date, 'x-request-id': id, ...rest } = headers;
  assert.ok(date && id);
  return { status, text, rest };
}

test('a reported key is revoked soon after, and the response is the same for all values', async () => {
  nextWindow();
  const user = await createAccount(rig);
  const [key, other, dead] = [
    await createKey(rig, {}, user.token),
    await createKey(rig, {}, user.token),
    await createKey(rig, {}, user.token),
  ];
  await rig.call('DELETE', `/api/token/${dead.id}`, { token: user.token });
  const stranger = makeKeyValue(systemRandom).value;
  const mistyped = `${key.value.slice(0, -1)}${key.value.endsWith('0') ? '1' : '0'}`;
  const before = { ...rig.leaked };
  const answers = [
    await report(rig, stranger),
    await report(rig, mistyped, 'no key at all', ''),
    await report(rig, dead.value),
    await report(rig, stranger, key.value, key.value),
  ];
  for (const answer of answers) assert.deepEqual(seen(answer), seen(answers[0] ?? assert.fail()));
  assert.deepEqual([answers[0]?.status, answers[0]?.text], [202, '{"success":true,"message":""}']);
  await until(async () => !(await opens(rig, key.value)));
  assert.equal(await opens(rig, other.value), true);
  assert.equal((await rig.store.listKeys(user.id, { offset: 0, limit: 9 })).total, 1);
  const grown = (outcome: string) => (rig.leaked[outcome] ?? 0) - (before[outcome] ?? 0);
  await until(() => grown('deleted') === 1);
  assert.deepEqual(['not_ours', 'unknown', 'failed'].map(grown), [3, 3, 0]);
  const line = rig
    .logged()
    .split('\n')
    .find((text) => text.includes('reported as leaked'));
  const { key_id, account_id, level } = JSON.parse(line ?? '{}') as Record<string, unknown>;
  assert.deepEqual([key_id, account_id, level], [key.id, user.id, 'warn']);
  for (const { value } of [key, dead, { value: stranger }]) {
    assert.ok(!rig.logged().includes(value.slice(8, -5)));
  }
});

test('limits reports for each network within the window, and counts invalid ones too', async () => {
  nextWindow();
  const bad = [
    () => report(rig),
    () => report(rig, 5),
    () => report(rig, ...Array(limits.leak_report_values_max + 1).fill('x')),
    () => rig.call('POST', '/api/credentials/revoke', { token: null, rawBody: 'x'.repeat(5000) }),
  ];
  for (const send of bad) {
    const { status } = await send();
    assert.ok(status === 400 || status === 413, String(status));
  }
  for (let count = bad.length; count < limits.leak_reports_max; count += 1) {
    assert.equal((await report(rig, `value ${count}`)).status, 202);
  }
  const key = await createKey(rig);
  const stopped = await report(rig, key.value);
  refusalOf(stopped, 429);
  assert.ok(Number(stopped.headers['retry-after']) >= 1);
  // Logins from the same network have a separate count.
  const login = { username: 'root', password: rig.rootPassword };
  assert.equal((await rig.call('POST', '/api/user/login', { token: null, body: login })).status, 200);
  nextWindow();
  assert.equal(await opens(rig, key.value), true);
  assert.equal((await report(rig, key.value)).status, 202);
  await until(async () => !(await opens(rig, key.value)));
});

test('the setting selects whether a reported key is deleted or disabled, or the call does not exist', async () => {
  const key = await createKey(disabling);
  assert.equal((await report(disabling, key.value)).status, 202);
  await until(async () => !(await opens(disabling, key.value)));
  const record = await disabling.call('GET', `/api/token/${key.id}`);
  assert.equal((record.json.data as { status: number }).status, 2);
  await until(() => disabling.leaked.disabled === 1);
  const kept = await createKey(off);
  refusalOf(await report(off, kept.value), 404);
  assert.equal(await opens(off, kept.value), true);
});
