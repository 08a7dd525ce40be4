import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig({ settings: { keys: { reveal: 'once', per_account_max: 3 } } });

test('with reveal = once only create shows the value, and the store does not contain it', async () => {
  const { id, value } = await createKey(rig);
  const masked = `sk-${value.slice(3, 7)}**********${value.slice(-4)}`;
  assert.equal(dataOf(await rig.call('GET', `/api/token/${id}`)).key, masked);
  const update = await rig.call('PUT', '/api/token', { body: { id, name: 'renamed' } });
  assert.equal(dataOf(update).key, masked);
  assert.ok(!(await rig.call('GET', '/api/token/')).text.includes(value.slice(3)));
  refusalOf(await rig.call('POST', `/api/token/${id}/key`), 200, /cannot be shown again/);
  refusalOf(await rig.call('POST', '/api/token/batch/keys', { body: { ids: [id] } }), 200);
  assert.equal((await rig.store.findKeyById(id))?.key.sealed, null);
  assert.equal((await rig.call('GET', '/api/usage/token', { token: value })).status, 200);
  await rig.call('DELETE', `/api/token/${id}`);
});

test('refuses a key beyond the limit of an account until it deletes one', async () => {
  const made = [await createKey(rig), await createKey(rig), await createKey(rig)];
  refusalOf(await rig.call('POST', '/api/token/', { body: {} }), 200, /may have 3 keys/);
  await rig.call('DELETE', `/api/token/${made[0]?.id}`);
  await createKey(rig);
});
