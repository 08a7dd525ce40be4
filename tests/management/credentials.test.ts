/** The effects of disabling, revoking and new passwords on an account's keys, access token and sessions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Account, createAccount, createKey, dataOf, ownPage, refusalOf, signIn, useRig } from './rig.ts';

const rig = useRig();

const revoke = (id: number, token = rig.rootToken) => rig.call('POST', `/api/user/${id}/revoke`, { token });
const manage = (id: number, action: string) => rig.call('POST', '/api/user/manage', { body: { id, action } });

/** Creates an account with a key and a session, and reports which of its credentials are valid. */
async function signedIn(fields: object = {}) {
  const user = await createAccount(rig, fields);
  const key = await createKey(rig, { name: 'kept' }, user.token);
  const cookie = await signIn(rig, user.username, user.password);
  const opens = async () => {
    const byKey = await rig.call('GET', '/api/usage/token', { token: key.value });
    const byToken = await rig.call('GET', '/api/user/self', { token: user.token });
    const bySession = await rig.call('GET', '/api/user/self', { token: null, headers: { cookie } });
    return { key: byKey.status === 200, token: byToken.status === 200, session: bySession.status === 200 };
  };
  return { user, key, cookie, opens };
}

const login = ({ username }: Account, password: string) =>
  rig.call('POST', '/api/user/login', { token: null, body: { username, password } });

test('disabled credentials work again once enabled, except for sessions', async () => {
  const { user, opens } = await signedIn();
  assert.deepEqual(await opens(), { key: true, token: true, session: true });
  dataOf(await manage(user.id, 'disable'));
  assert.deepEqual(await opens(), { key: false, token: false, session: false });
  dataOf(await manage(user.id, 'enable'));
  assert.deepEqual(await opens(), { key: true, token: true, session: false });
});

test('revoked credentials stay revoked, and the account keeps its password, balance and records', async () => {
  const { user, key, opens } = await signedIn({ quota: 700 });
  const before = dataOf(await rig.call('GET', `/api/user/${user.id}`));
  assert.deepEqual(dataOf(await revoke(user.id)), { keys: 1, access_token: true, sessions: 2 });
  assert.deepEqual(await opens(), { key: false, token: false, session: false });
  await manage(user.id, 'disable');
  await manage(user.id, 'enable');
  assert.deepEqual(await opens(), { key: false, token: false, session: false });
  assert.deepEqual(dataOf(await rig.call('GET', `/api/user/${user.id}`)), {
    ...before,
    has_access_token: false,
  });
  const cookie = await signIn(rig, user.username, user.password);
  const own = { token: null, headers: ownPage(rig, cookie) };
  assert.equal(dataOf(await rig.call('GET', '/api/token/', own)).total, 0);
  refusalOf(await rig.call('DELETE', `/api/token/${key.id}`, own), 200);
  assert.deepEqual(dataOf(await revoke(user.id)), { keys: 0, access_token: false, sessions: 1 });
  refusalOf(await revoke(999_999), 200);
});

test('administrators can revoke for accounts of lower roles, and root for itself', async () => {
  const admin = await createAccount(rig, { role: 10 });
  const peer = await createAccount(rig, { role: 10 });
  const user = await createAccount(rig);
  for (const id of [peer.id, admin.id, 1]) refusalOf(await revoke(id, admin.token), 403);
  refusalOf(await revoke(peer.id, user.token), 403);
  refusalOf(await revoke(user.id, user.token), 403);
  dataOf(await revoke(user.id, admin.token));
  dataOf(await rig.call('GET', '/api/user/self', { token: peer.token }));
});

test('in-flight requests of a revoked access token create no key and no token', async () => {
  for (let round = 0; round < 4; round += 1) {
    const user = await createAccount(rig);
    const make = () =>
      rig.call('POST', '/api/token/', { token: user.token, body: { unlimited_quota: true } });
    const renew = () => rig.call('GET', '/api/user/token', { token: user.token });
    const calls = [make(), make(), make(), revoke(user.id), renew(), make(), make(), make()];
    const replies = await Promise.all(calls);
    dataOf(replies[3] ?? assert.fail());
    // It may have been replaced before it was revoked; then the new one was revoked.
    const renewed = String(replies[4]?.json.data);
    for (const token of [user.token, renewed]) {
      refusalOf(await rig.call('GET', '/api/user/self', { token }), 401);
    }
    assert.equal(await rig.store.countKeys(user.id), 0);
  }
});

test('a password that an administrator sets ends the sessions and the access token', async () => {
  const { user, opens } = await signedIn();
  const password = 'set-by-an-admin';
  dataOf(await rig.call('PUT', '/api/user/', { body: { id: user.id, password } }));
  assert.deepEqual(await opens(), { key: true, token: false, session: false });
  refusalOf(await login(user, user.password), 401);
  dataOf(await login(user, password));
});

test('a password changed by its owner ends the sessions, and the access token only when asked to', async () => {
  const { user, cookie, opens } = await signedIn();
  const put = (body: object, headers: ReturnType<typeof ownPage>) =>
    rig.call('PUT', '/api/user/self', { token: null, headers, body });
  const first = { password: 'the-first-new-one', original_password: user.password };
  const changed = await put(first, ownPage(rig, cookie));
  dataOf(changed);
  assert.deepEqual(await opens(), { key: true, token: true, session: false });
  const renewed = String(changed.headers['set-cookie']?.[0]?.split(';')[0]);
  const second = { password: 'the-second-new-one', original_password: first.password };
  const refused = await put({ ...second, revoke_access_token: 'yes' }, ownPage(rig, renewed));
  refusalOf(refused, 400, /"revoke_access_token" must be true or false/);
  dataOf(await put({ ...second, revoke_access_token: true }, ownPage(rig, renewed)));
  assert.deepEqual(await opens(), { key: true, token: false, session: false });
  dataOf(await login(user, second.password));
});
