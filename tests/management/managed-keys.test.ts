/** Administrators and the keys of other accounts, whose values they never see. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { once } from '../../src/platform/once.ts';
import { type Account, createAccount, createKey, dataOf, type Reply, refusalOf, useRig } from './rig.ts';

const rig = useRig();
type Key = Awaited<ReturnType<typeof createKey>>;

let admin: Account;
let peer: Account;
let ana: Account;
let leaked: Key;
let other: Key;
let ofPeer: Key;
let ofRoot: Key;

const prepare = once(async () => {
  admin = await createAccount(rig, { role: 10 });
  peer = await createAccount(rig, { role: 10 });
  ana = await createAccount(rig);
  leaked = await createKey(rig, { name: 'leaked' }, ana.token);
  other = await createKey(rig, { name: 'other' }, ana.token);
  ofPeer = await createKey(rig, { name: 'of the peer' }, peer.token);
  ofRoot = await createKey(rig, { name: 'of root' });
});

const ask = (method: string, path: string, body?: object, token = admin.token) =>
  rig.call(method, path, { token, ...(body && { body }) });
const find = async (body: object, token = admin.token) => {
  const { total, items } = dataOf(await ask('POST', '/api/admin/token/search', body, token));
  const ids = (items as { id: number }[]).map(({ id }) => id);
  assert.equal(total, ids.length);
  return ids;
};
const digestOf = (key: Key) => hash('sha256', key.value.slice('sk-'.length));
const opens = async ({ value }: Key) =>
  (await rig.call('GET', '/api/usage/token', { token: value })).status === 200;

test('an administrator finds a leaked key by its value, its digest, its name or its account', async () => {
  await prepare();
  for (const body of [
    { key: leaked.value },
    { key: leaked.value.slice('sk-'.length) },
    { digest: digestOf(leaked) },
    { digest: digestOf(leaked).toUpperCase(), user_id: ana.id, name: 'lea%' },
  ]) {
    assert.deepEqual(await find(body), [leaked.id]);
  }
  assert.deepEqual(await find({ user_id: ana.id }), [other.id, leaked.id]);
  assert.deepEqual(await find({ key: leaked.value, user_id: peer.id }), []);
  assert.deepEqual(await find({ key: 'sk-nothing' }), []);
  const page = dataOf(await ask('POST', '/api/admin/token/search', { user_id: ana.id, p: 2, page_size: 1 }));
  assert.deepEqual([page.page, page.page_size, page.total], [2, 1, 2]);
  const list = dataOf(await ask('GET', `/api/user/${ana.id}/token?page_size=1`));
  assert.deepEqual([list.total, (list.items as { id: number }[])[0]?.id], [2, other.id]);
  refusalOf(await ask('POST', '/api/admin/token/search', { digest: 'abc' }), 400, /"digest"/);
  const both = { digest: digestOf(leaked), key: leaked.value };
  refusalOf(await ask('POST', '/api/admin/token/search', both), 400, /"digest" cannot go with "key"/);
  refusalOf(await ask('POST', '/api/admin/token/search', { name: '%' }), 200, /pattern/);
});

test('no response to an administrator contains a value, and no log or URL does', async () => {
  await prepare();
  const replies: Reply[] = [
    await ask('GET', `/api/user/${ana.id}/token`),
    await ask('POST', '/api/admin/token/search', { key: leaked.value }),
    await ask('GET', `/api/admin/token/${leaked.id}`),
    await ask('PUT', '/api/admin/token', { id: leaked.id, status: 1 }),
    await ask('POST', '/api/admin/token/search', { key: leaked.value, digest: digestOf(leaked) }),
    await ask('POST', '/api/admin/token/search', { key: `${leaked.value}x`.repeat(9) }),
  ];
  for (const { text } of replies) assert.ok(!text.includes(leaked.value.slice(8, -5)), text);
  assert.ok(!rig.logged().includes(leaked.value.slice(8, -5)));
  const { key: value, ...facts } = dataOf(await ask('GET', `/api/token/${leaked.id}`, undefined, ana.token));
  const hint = `${leaked.value.slice(0, 7)}…${leaked.value.slice(-4)}`;
  const record = dataOf(await ask('GET', `/api/admin/token/${leaked.id}`));
  assert.deepEqual(record, { ...facts, username: ana.username, hint });
  assert.equal(value, leaked.value);
});

test('keys of accounts without a lower role look like missing ones, except for one’s own', async () => {
  await prepare();
  const unknown = await ask('DELETE', '/api/admin/token/99999999');
  refusalOf(unknown, 200);
  for (const key of [ofPeer, ofRoot]) {
    assert.deepEqual(await find({ key: key.value }), []);
    for (const reply of [
      await ask('GET', `/api/admin/token/${key.id}`),
      await ask('PUT', '/api/admin/token', { id: key.id, status: 2 }),
      await ask('DELETE', `/api/admin/token/${key.id}`),
    ]) {
      assert.equal(reply.text, unknown.text);
    }
    assert.equal((await ask('POST', '/api/admin/token/batch', { ids: [key.id] })).json.data, 0);
    assert.equal(await opens(key), true);
  }
  for (const id of [1, peer.id])
    refusalOf(await ask('GET', `/api/user/${id}/token`), 403, /lower than yours/);
  refusalOf(await ask('GET', '/api/user/999999/token'), 200);
  const own = await createKey(rig, {}, admin.token);
  assert.deepEqual(await find({ key: own.value }), [own.id]);
  assert.deepEqual(await find({ key: ofPeer.value }, rig.rootToken), [ofPeer.id]);
  for (const [method, path, body] of [
    ['GET', `/api/user/${ana.id}/token`, undefined],
    ['POST', '/api/admin/token/search', {}],
    ['GET', `/api/admin/token/${other.id}`, undefined],
    ['PUT', '/api/admin/token', { id: other.id, status: 2 }],
    ['DELETE', `/api/admin/token/${other.id}`, undefined],
    ['POST', '/api/admin/token/batch', { ids: [other.id] }],
  ] as const) {
    refusalOf(await ask(method, path, body, ana.token), 403);
  }
});

test('an administrator disables, enables and deletes keys, one or several', async () => {
  await prepare();
  const leaked = await createKey(rig, {}, (await createAccount(rig)).token);
  assert.equal(dataOf(await ask('PUT', '/api/admin/token', { id: leaked.id, status: 2 })).status, 2);
  assert.equal(await opens(leaked), false);
  assert.equal(dataOf(await ask('PUT', '/api/admin/token', { id: leaked.id, status: 1 })).status, 1);
  assert.equal(await opens(leaked), true);
  assert.equal((await ask('DELETE', `/api/admin/token/${leaked.id}`)).text, '{"success":true,"message":""}');
  assert.equal(await opens(leaked), false);
  const bob = await createAccount(rig);
  const cleo = await createAccount(rig);
  const [one, two] = [await createKey(rig, {}, bob.token), await createKey(rig, {}, cleo.token)];
  const ids = [one.id, two.id, one.id, leaked.id, ofPeer.id, 99_999_999];
  assert.equal((await ask('POST', '/api/admin/token/batch', { ids })).json.data, 2);
  assert.deepEqual([await opens(one), await opens(two), await opens(ofPeer)], [false, false, true]);
});
