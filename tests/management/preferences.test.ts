/** What an account chose for the console. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const path = '/api/user/self/preferences';

test('preferences begin with those of the browser, change field by field, and belong to one account', async () => {
  const [user, other] = [await createAccount(rig), await createAccount(rig)];
  const put = (body: object) => rig.call('PUT', path, { token: user.token, body });
  const start = { language: '', theme: 'system', time_zone: '', shortcuts: true };
  assert.deepEqual(dataOf(await rig.call('GET', path, { token: user.token })), start);
  dataOf(await put({ theme: 'dark', shortcuts: false }));
  const chosen = { language: 'zh-CN', theme: 'dark', time_zone: 'Asia/Shanghai', shortcuts: false };
  assert.deepEqual(dataOf(await put({ language: 'zh-CN', time_zone: 'asia/shanghai' })), chosen);
  assert.deepEqual(dataOf(await put({})), chosen);
  assert.deepEqual(dataOf(await rig.call('GET', path, { token: user.token })), chosen);
  assert.deepEqual(dataOf(await rig.call('GET', path, { token: other.token })), start);
  assert.deepEqual(dataOf(await put({ language: '', time_zone: '' })), {
    ...chosen,
    language: '',
    time_zone: '',
  });
});

test('preferences of other kinds, and long ones, are refused by name', async () => {
  const refuse = async (body: object, about: RegExp) =>
    refusalOf(await rig.call('PUT', path, { body }), 400, about);
  await refuse({ language: 'x'.repeat(36) }, /"language"/);
  await refuse({ language: '<script>' }, /"language" must be a language tag/);
  await refuse({ theme: 'pink' }, /"theme" must be "system" or "light" or "dark"/);
  await refuse({ time_zone: '+08:00' }, /"time_zone" must be a time zone/);
  await refuse({ shortcuts: 'yes' }, /"shortcuts" must be true or false/);
  await refuse({ color: 1 }, /"color" is unknown/);
});
