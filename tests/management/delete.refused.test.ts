import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();

test('unknown, foreign and deleted keys get the same response, which reveals nothing', async () => {
  const other = await createAccount(rig);
  const theirs = await createKey(rig, {}, other.token);
  const deleted = await createKey(rig);
  await rig.call('DELETE', `/api/token/${deleted.id}`);
  const unknown = ['999999999', '9007199254740993', '9223372036854775807'];
  const texts = new Set<string>();
  for (const id of [theirs.id, deleted.id, ...unknown]) {
    const reply = await rig.call('DELETE', `/api/token/${id}`);
    refusalOf(reply, 200);
    texts.add(reply.text);
  }
  assert.equal(texts.size, 1);
  dataOf(await rig.call('GET', `/api/token/${theirs.id}`, { token: other.token }));
});

test('refuses an id that is not a plain positive number, and deletes nothing', async () => {
  const { id } = await createKey(rig);
  const encoded = [...String(id)].map((digit) => `%3${digit}`).join('');
  for (const bad of [
    'abc',
    '1.5',
    '0',
    '-1',
    '+5',
    '05',
    `0${id}`,
    '1e3',
    '9223372036854775808',
    '9'.repeat(400),
    '%00',
    encoded,
    `${id}%20`,
    `${id}%2F`,
    `${id},1`,
    '%2e%2e',
  ]) {
    const reply = await rig.call('DELETE', `/api/token/${bad}`);
    refusalOf(reply, 400, /\bid\b/);
  }
  refusalOf(await rig.call('DELETE', '/api/token//'), 400, /\bid\b/);
  for (const other of ['', '/', '/search', '/batch']) {
    refusalOf(await rig.call('DELETE', `/api/token${other}`), 405);
  }
  dataOf(await rig.call('GET', `/api/token/${id}`));
});

test('a path that resembles the path of the key does not delete it', async () => {
  const { id } = await createKey(rig);
  for (const path of [
    `/api//token/${id}`,
    `/api/token//${id}`,
    `/api/x/../token/${id}`,
    `/api/%74oken/${id}`,
    `/API/token/${id}`,
    `/api/token/${id}/x`,
  ]) {
    refusalOf(await rig.call('DELETE', path), 404);
  }
  dataOf(await rig.call('GET', `/api/token/${id}`));
});

test('without a valid token the response is 401 and nothing is deleted', async () => {
  const { id, value } = await createKey(rig);
  const wrong = [
    '',
    'Bearer',
    'wrong',
    'Bearer wrong',
    value,
    `Bearer ${value}`,
    `Basic ${rig.rootToken}`,
    `Bearer Bearer ${rig.rootToken}`,
    `Bearer ${rig.rootToken} x`,
    `${rig.rootToken}x`,
  ];
  for (const token of [null, ...wrong]) {
    refusalOf(await rig.call('DELETE', `/api/token/${id}`, { token }), 401);
    // Authentication comes first: the id is not even parsed.
    refusalOf(await rig.call('DELETE', '/api/token/abc', { token }), 401);
  }
  dataOf(await rig.call('GET', `/api/token/${id}`));
});

test('a disabled account may not delete', async () => {
  const user = await createAccount(rig);
  const { id } = await createKey(rig, {}, user.token);
  await rig.call('POST', '/api/user/manage', { body: { id: user.id, action: 'disable' } });
  refusalOf(await rig.call('DELETE', `/api/token/${id}`, { token: user.token }), 401, /disabled/);
  await rig.call('POST', '/api/user/manage', { body: { id: user.id, action: 'enable' } });
  dataOf(await rig.call('GET', `/api/token/${id}`, { token: user.token }));
});

test('a wrong method gets 405 with the allowed ones', async () => {
  const { id } = await createKey(rig);
  for (const [method, path, allow] of [
    ['POST', `/api/token/${id}`, 'DELETE, GET, HEAD'],
    ['PATCH', `/api/token/${id}/`, 'DELETE, GET, HEAD'],
    ['GET', `/api/token/${id}/key`, 'POST'],
    ['OPTIONS', '/api/status', 'GET, HEAD'],
    ['DELETE', '/api/token', 'GET, HEAD, POST, PUT'],
    ['DELETE', '/api/token/', 'GET, HEAD, POST, PUT'],
    ['DELETE', '/api/token/batch', 'POST'],
    ['DELETE', '/api/token/search', 'GET, HEAD'],
    ['PATCH', '/api/token/search', 'GET, HEAD'],
    ['DELETE', '/api/user/self', 'GET, HEAD, PUT'],
    ['DELETE', '/api/channel', 'GET, HEAD, POST, PUT'],
  ] as const) {
    const reply = await rig.call(method, path);
    refusalOf(reply, 405);
    assert.equal(reply.headers.allow, allow);
  }
  refusalOf(await rig.call('GET', '/api/nothing'), 404);
  refusalOf(await rig.call('GET', '/api'), 404);
});

test('HEAD gets the response of GET without the body, and never changes anything', async () => {
  const reply = await rig.call('HEAD', '/api/status');
  assert.equal(reply.status, 200);
  assert.equal(reply.text, '');
  assert.notEqual((await rig.call('HEAD', '/api/user/token')).status, 200);
  assert.equal((await rig.call('HEAD', '/api/channel/test/1')).headers.allow, 'GET');
  dataOf(await rig.call('GET', '/api/user/self'));
});
