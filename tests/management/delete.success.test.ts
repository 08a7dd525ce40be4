import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();

test('deleting an own key returns exactly the documented envelope', async () => {
  for (const path of ['', '/']) {
    const { id } = await createKey(rig);
    const reply = await rig.call('DELETE', `/api/token/${id}${path}`);
    assert.equal(reply.status, 200);
    assert.equal(reply.text, '{"success":true,"message":""}');
    assert.match(String(reply.headers['content-type']), /^application\/json/);
  }
});

test('accepts the token raw or after Bearer in any case, and ignores the New-Api-User header', async () => {
  for (const header of [rig.rootToken, `Bearer ${rig.rootToken}`, `bEARER   ${rig.rootToken}`]) {
    const { id } = await createKey(rig);
    const reply = await rig.call('DELETE', `/api/token/${id}`, {
      token: header,
      headers: { 'new-api-user': '999' },
    });
    assert.deepEqual(reply.json, { success: true, message: '' });
  }
});

test('a deleted key is missing in every call, and its neighbours are not', async () => {
  const kept = await createKey(rig, { name: 'kept' });
  const { id, value } = await createKey(rig, { name: 'gone' });
  assert.equal((await rig.call('GET', '/api/usage/token/', { token: `Bearer ${value}` })).status, 200);
  dataOf(await rig.call('GET', `/api/token/${id}`));
  await rig.call('DELETE', `/api/token/${id}`);

  refusalOf(await rig.call('GET', `/api/token/${id}`), 200);
  refusalOf(await rig.call('PUT', '/api/token/', { body: { id, status: 1 } }), 200);
  refusalOf(await rig.call('POST', `/api/token/${id}/key`), 200);
  refusalOf(await rig.call('GET', '/api/usage/token', { token: `Bearer ${value}` }), 401);
  assert.equal(dataOf(await rig.call('GET', '/api/token/search?keyword=gone')).total, 0);
  assert.equal(dataOf(await rig.call('GET', `/api/token/search?token=${value}`)).total, 0);
  assert.equal(dataOf(await rig.call('GET', `/api/token/search?token=${kept.value}`)).total, 1);
});

test('a batch deletes keys of the owner, counts each once, and ignores the rest', async () => {
  const other = await createAccount(rig);
  const theirs = await createKey(rig, {}, other.token);
  const [a, b] = [await createKey(rig), await createKey(rig)];
  const ids = [a.id, a.id, theirs.id, 999_999_999, b.id];
  const reply = await rig.call('POST', '/api/token/batch', { body: { ids } });
  assert.equal(reply.json.data, 2);
  refusalOf(await rig.call('GET', `/api/token/${a.id}`), 200);
  refusalOf(await rig.call('GET', `/api/token/${b.id}`), 200);
  dataOf(await rig.call('GET', `/api/token/${theirs.id}`, { token: other.token }));
});
