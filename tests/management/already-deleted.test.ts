/** A script that lost the response of its DELETE learns that the key is deleted; other callers do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createKey, dataOf, type Reply, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const deletedAt = ({ headers }: Reply) => headers['x-halley-already-deleted'];
const iso = () => new Date(rig.clock.now()).toISOString().replace('.000Z', 'Z');

test('a repeated DELETE and GET of a deleted key give its owner the time of deletion, only in a header', async () => {
  const user = await createAccount(rig);
  const key = await createKey(rig, {}, user.token);
  const ask = (method: string, path: string, body?: object) =>
    rig.call(method, path, { token: user.token, ...(body && { body }) });
  const deletedTime = iso();
  const first = await ask('DELETE', `/api/token/${key.id}`);
  assert.equal(first.text, '{"success":true,"message":""}');
  assert.equal(deletedAt(first), undefined);
  rig.clock.advance(3_600_000);
  for (const [method, path, body] of [
    ['DELETE', `/api/token/${key.id}`, undefined],
    ['GET', `/api/token/${key.id}`, undefined],
    ['POST', `/api/token/${key.id}/key`, undefined],
    ['PUT', '/api/token', { id: key.id, status: 1 }],
  ] as const) {
    const reply = await ask(method, path, body);
    assert.equal(deletedAt(reply), deletedTime, `${method} ${path}`);
    const unknown = await ask(
      method,
      path.replace(String(key.id), '99999999'),
      body && { ...body, id: 99_999_999 },
    );
    assert.equal(deletedAt(unknown), undefined);
    assert.equal(reply.text, unknown.text);
    refusalOf(reply, 200);
  }
  const stranger = await createAccount(rig);
  for (const method of ['DELETE', 'GET']) {
    const reply = await rig.call(method, `/api/token/${key.id}`, { token: stranger.token });
    refusalOf(reply, 200);
    assert.equal(deletedAt(reply), undefined);
  }
});

test('administrators see the time of deletion for accounts of lower roles only', async () => {
  const admin = await createAccount(rig, { role: 10 });
  const user = await createAccount(rig);
  const key = await createKey(rig, {}, user.token);
  const deletedTime = iso();
  dataOf(await rig.call('POST', `/api/user/${user.id}/revoke`));
  rig.clock.advance(60_000);
  for (const [method, path, body] of [
    ['DELETE', `/api/admin/token/${key.id}`, undefined],
    ['GET', `/api/admin/token/${key.id}`, undefined],
    ['PUT', '/api/admin/token', { id: key.id, status: 1 }],
  ] as const) {
    const reply = await rig.call(method, path, { token: admin.token, ...(body && { body }) });
    refusalOf(reply, 200);
    assert.equal(deletedAt(reply), deletedTime);
  }
  const ofRoot = await createKey(rig);
  dataOf(await rig.call('POST', '/api/user/manage', { body: { id: user.id, action: 'enable' } }));
  await rig.call('DELETE', `/api/token/${ofRoot.id}`);
  const hidden = await rig.call('DELETE', `/api/admin/token/${ofRoot.id}`, { token: admin.token });
  assert.equal(deletedAt(hidden), undefined);
});

test('the holder of a key can revoke it with the key itself, even without other access', async () => {
  const user = await createAccount(rig);
  const revoke = (token: string) => rig.call('POST', '/api/usage/token/revoke', { token });
  for (const fields of [
    {},
    { status: 2 },
    { expired_time: 1_700_000_000 },
    { unlimited_quota: false, remain_quota: 0 },
    { allow_ips: '192.0.2.1' },
  ]) {
    const key = await createKey(rig, { ...fields, expired_time: -1 }, user.token);
    const { expired_time } = fields;
    if (expired_time !== undefined) {
      dataOf(await rig.call('PUT', '/api/token', { token: user.token, body: { id: key.id, expired_time } }));
    }
    const deletedTime = iso();
    const reply = await revoke(`Bearer ${key.value}`);
    assert.equal(reply.text, '{"success":true,"message":""}', JSON.stringify(fields));
    assert.equal(deletedAt(reply), undefined);
    assert.equal((await rig.store.listKeys(user.id, { offset: 0, limit: 1 })).total, 0);
    rig.clock.advance(1000);
    const again = await revoke(key.value);
    assert.deepEqual([again.text, deletedAt(again)], [reply.text, deletedTime]);
    assert.ok(!rig.logged().includes(key.value.slice(8, -5)));
  }
  const key = await createKey(rig, {}, user.token);
  dataOf(await rig.call('POST', '/api/user/manage', { body: { id: user.id, action: 'disable' } }));
  assert.equal((await revoke(key.value)).json.success, true);
  for (const token of ['', 'sk-nothing', user.token, `sk-${'0'.repeat(42)}1CtB1C`])
    refusalOf(await revoke(token), 401);
});
