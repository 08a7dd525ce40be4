import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { heardBy } from '../../src/store/contract/heard.ts';
import { testEngine } from '../support/engine.ts';
import { maybeEmpty } from '../support/non-empty.ts';
import { createAccount, createKey, dataOf, refusalOf, signIn, useRig } from './rig.ts';

const rig = useRig({ settings: { groups: { selectable: ['default', 'vip'] } } });
const manage = (token: string, id: number, action: string) =>
  rig.call('POST', '/api/user/manage', { token, body: { id, action } });

test('creates, lists, finds, changes and shows an account without its secrets', async () => {
  const body = { username: 'ana', password: 'a-long-password', display_name: 'Ana', email: 'a@example.org' };
  const made = dataOf(await rig.call('POST', '/api/user/', { body }));
  assert.deepEqual(made, {
    id: made.id,
    username: 'ana',
    display_name: 'Ana',
    email: 'a@example.org',
    role: 1,
    status: 1,
    group: 'default',
    quota: 0,
    unlimited_quota: true,
    used_quota: 0,
    request_count: 0,
    created_time: Math.floor(rig.clock.now() / 1000),
    has_access_token: false,
    budget_quota: null,
    budget_period: null,
    budget_time_zone: null,
    budget_soft_percent: null,
    budget_used: 0,
    budget_resets_at: null,
  });
  assert.deepEqual(dataOf(await rig.call('GET', `/api/user/${made.id}`)), made);
  const found = dataOf(await rig.call('GET', '/api/user/search?keyword=example.org'));
  assert.deepEqual(found.items, [made]);
  assert.equal(dataOf(await rig.call('GET', '/api/user/')).total, 2);
  const changed = { ...made, group: 'vip', quota: 7, unlimited_quota: false, display_name: 'A.' };
  assert.deepEqual(dataOf(await rig.call('PUT', '/api/user/', { body: changed })), changed);
  refusalOf(await rig.call('POST', '/api/user/', { body }), 200, /taken/);
  refusalOf(await rig.call('GET', '/api/user/999999'), 200);
  refusalOf(await rig.call('GET', '/api/user/x'), 400, /\bid\b/);
});

test('an account with the role of a user gets 403, and may see itself', async () => {
  const user = await createAccount(rig);
  for (const [method, path, body] of [
    ['GET', '/api/user/', undefined],
    ['GET', '/api/user/1', undefined],
    ['POST', '/api/user/', {}],
    ['PUT', '/api/user/', { id: user.id, role: 10 }],
    ['DELETE', '/api/user/1', undefined],
    ['POST', '/api/user/manage', {}],
    ['GET', '/api/channel/', undefined],
    ['GET', '/api/channel/test/1', undefined],
    ['GET', '/api/channel/fetch_models/1', undefined],
  ] as const) {
    const reply = await rig.call(method, path, { token: user.token, body });
    refusalOf(reply, 403);
    assert.equal(reply.json.code, 'AUTH_INSUFFICIENT_PRIVILEGE');
  }
  const self = dataOf(await rig.call('GET', '/api/user/self', { token: user.token }));
  assert.equal(self.id, user.id);
});

test('administrators manage only lower roles, and cannot grant their own role', async () => {
  const admin = await createAccount(rig, { role: 10 });
  const peer = await createAccount(rig, { role: 10 });
  const user = await createAccount(rig);
  const { token } = admin;
  for (const action of ['enable', 'disable', 'delete', 'promote', 'demote']) {
    refusalOf(await manage(token, peer.id, action), 403);
    refusalOf(await manage(token, admin.id, action), 403);
    refusalOf(await manage(token, 1, action), 403);
  }
  refusalOf(await manage(token, user.id, 'promote'), 403, /roles that are lower/);
  refusalOf(await rig.call('PUT', '/api/user/', { token, body: { id: user.id, role: 10 } }), 403);
  refusalOf(await rig.call('PUT', '/api/user/', { token, body: { id: 1, password: 'a-new-password' } }), 403);
  const newAdmin = { username: 'x', password: 'a-long-password', role: 10 };
  refusalOf(await rig.call('POST', '/api/user/', { token, body: newAdmin }), 403);
  refusalOf(await rig.call('DELETE', `/api/user/${peer.id}`, { token }), 403);
  assert.equal(dataOf(await manage(token, user.id, 'disable')).status, 2);
  assert.equal(dataOf(await manage(rig.rootToken, user.id, 'promote')).role, 10);
  assert.equal(dataOf(await manage(rig.rootToken, user.id, 'demote')).role, 1);
  refusalOf(await rig.call('PUT', '/api/user/', { body: { id: user.id, role: 100 } }), 403);
});

test('root can be renamed, but not disabled, deleted, demoted or duplicated', async () => {
  for (const action of ['disable', 'delete', 'demote', 'promote']) {
    refusalOf(await manage(rig.rootToken, 1, action), 403, /root account/);
  }
  refusalOf(await rig.call('DELETE', '/api/user/1'), 403);
  refusalOf(await rig.call('PUT', '/api/user/', { body: { id: 1, status: 2 } }), 403);
  refusalOf(await rig.call('PUT', '/api/user/', { body: { id: 1, role: 1 } }), 403);
  const record = dataOf(await rig.call('GET', '/api/user/self'));
  const renamed = dataOf(await rig.call('PUT', '/api/user/', { body: { ...record, display_name: 'Me' } }));
  assert.deepEqual(renamed, { ...record, display_name: 'Me' });
  const doubled = { username: 'root2', password: 'a-long-password', role: 100 };
  refusalOf(await rig.call('POST', '/api/user/', { body: doubled }), 400, /"role" must be 1 or 10/);
});

test('the token, sessions and keys of a disabled account are refused; its sessions stay ended', async () => {
  const user = await createAccount(rig);
  const key = await createKey(rig, {}, user.token);
  const cookie = await signIn(rig, user.username, user.password);
  const bySession = () => rig.call('GET', '/api/user/self', { token: null, headers: { cookie } });
  const byToken = () => rig.call('GET', '/api/user/self', { token: user.token });
  dataOf(await bySession());
  await manage(rig.rootToken, user.id, 'disable');
  refusalOf(await bySession(), 401);
  refusalOf(await byToken(), 401);
  refusalOf(await rig.call('GET', '/api/usage/token', { token: key.value }), 403);
  const login = { username: user.username, password: user.password };
  refusalOf(await rig.call('POST', '/api/user/login', { token: null, body: login }), 403, /disabled/);
  await manage(rig.rootToken, user.id, 'enable');
  dataOf(await byToken());
  refusalOf(await bySession(), 401);
});

test('deleting an account revokes its keys, token, sessions and login for good', async () => {
  const user = await createAccount(rig);
  const key = await createKey(rig, {}, user.token);
  const cookie = await signIn(rig, user.username, user.password);
  assert.deepEqual((await rig.call('DELETE', `/api/user/${user.id}`)).json, { success: true, message: '' });
  refusalOf(await rig.call('GET', '/api/user/self', { token: user.token }), 401);
  refusalOf(await rig.call('GET', '/api/user/self', { token: null, headers: { cookie } }), 401);
  refusalOf(await rig.call('GET', '/api/usage/token', { token: key.value }), 401);
  const login = { username: user.username, password: user.password };
  refusalOf(await rig.call('POST', '/api/user/login', { token: null, body: login }), 401);
  refusalOf(await rig.call('DELETE', `/api/user/${user.id}`), 200);
  refusalOf(await manage(rig.rootToken, user.id, 'enable'), 200);
});

test('a new access token replaces the old one, which is refused from then on', async () => {
  const user = await createAccount(rig);
  const reply = await rig.call('GET', '/api/user/token', { token: `Bearer ${user.token}` });
  const token = String(reply.json.data);
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  refusalOf(await rig.call('GET', '/api/user/self', { token: user.token }), 401);
  dataOf(await rig.call('GET', '/api/user/self', { token }));
});

test('a token revoked while a body arrives changes nothing', async () => {
  for (const revoke of [
    (token: string) => rig.call('GET', '/api/user/token', { token }),
    (_: string, id: number) => manage(rig.rootToken, id, 'disable'),
  ]) {
    const user = await createAccount(rig);
    const socket = connect(rig.port, '127.0.0.1');
    const head = `POST /api/token/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${user.token}\r\nContent-Length: 2\r\n`;
    socket.write(`${head}Expect: 100-continue\r\nConnection: close\r\n\r\n`);
    // Only a caller who may send a body gets 100 Continue.
    assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 100 /);
    dataOf(await revoke(user.token, user.id));
    socket.write('{}');
    assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 401 /);
    socket.destroy();
    assert.equal((await rig.store.listKeys(user.id, { offset: 0, limit: 1 })).total, 0);
  }
});

test('an account can list the groups that its keys may use', async () => {
  const user = await createAccount(rig, { group: 'team' });
  const groups = dataOf(await rig.call('GET', '/api/user/self/groups', { token: user.token }));
  assert.deepEqual(Object.keys(groups), ['team', 'default', 'vip', 'auto']);
  const ratios = async () => {
    const reply = await rig.call('GET', '/api/user/self/groups', { token: user.token });
    return Object.values(dataOf(reply)).map((group) => (group as { ratio: number }).ratio);
  };
  assert.deepEqual(await ratios(), [1, 1, 1, 1]);
  for (const [group, multiplier] of [
    ['team', '0.75'],
    ['default', '1.5'],
  ]) {
    await rig.call('PUT', '/api/price/group', { body: { group, multiplier } });
  }
  assert.deepEqual(await ratios(), [0.75, 1.5, 1, 1.5]);
});

test('refuses invalid fields by name', async () => {
  const body = { username: 'carl', password: 'a-long-password' };
  for (const [fields, about] of [
    [{ username: '' }, /"username"/],
    [{ username: 'a b' }, /"username" must not hold spaces/],
    [{ username: 'x'.repeat(65) }, /"username" must have at most 64/],
    [{ password: 'short' }, /"password" must have at least 8/],
    [{ password: undefined }, /"password" is missing/],
    [{ role: 5 }, /"role" must be 1 or 10/],
    [{ display_name: 'a\u0000' }, /"display_name" must not hold control/],
    [{ quota: 1e18 }, /"quota"/],
    [{ group: '' }, /"group"/],
    [{ admin: true }, /"admin" is unknown/],
  ] as const) {
    refusalOf(await rig.call('POST', '/api/user/', { body: { ...body, ...fields } }), 400, about);
  }
});

/** The number of Node's worker threads. */
const hashedAtOnce = 4;

test('a caller who loses access while a password is being hashed changes nothing', async () => {
  // Repeat until an attempt was refused: on a slow machine all may end before the revocation.
  for (let tries = 1; (await refusedLate(tries)) === 0; tries += 1) assert.ok(tries < 20, 'none was late');
});

/**
 * @returns the number of attempts that were refused because the right was revoked while their password was being
 * hashed
 */
async function refusedLate(tries: number): Promise<number> {
  const admin = await createAccount(rig, { role: 10 });
  const user = await createAccount(rig);
  const { token } = admin;
  const password = 'a password set too late';
  let revoked = false;
  // Enough that some are still being hashed at the revocation.
  const created = Array.from({ length: 12 }, (_, index) =>
    rig.call('POST', '/api/user/', { token, body: { username: `late${tries}-${index}`, password } }),
  );
  const attempts = [
    ...created,
    rig.call('PUT', '/api/user/', { token, body: { id: user.id, password } }),
    rig.call('PUT', '/api/user/self', { token, body: { password, original_password: admin.password } }),
  ].map(async (attempt) => ({ reply: await attempt, wasLate: revoked }));
  await sleep(5);
  dataOf(await manage(rig.rootToken, admin.id, 'disable'));
  revoked = true;
  const late = (await Promise.all(attempts)).filter(({ wasLate }) => wasLate);
  const refused = late.filter(({ reply }) => reply.status !== 200);
  for (const { reply } of maybeEmpty(refused)) refusalOf(reply, 401);
  // PostgreSQL may commit earlier writes concurrently with the revocation.
  assert.ok(late.length - refused.length <= (testEngine() === 'sqlite' ? 0 : hashedAtOnce));
  return refused.length;
}

test('a concurrent change of the password is not overwritten with proof of the old one', async () => {
  const { token, password, id } = await createAccount(rig);
  const other = await createAccount(rig);
  const body = { password: 'chosen by a thief', original_password: password };
  const theft = rig.call('PUT', '/api/user/self', { token, body });
  await sleep(5);
  const passwordHash = (await rig.store.getAccount(other.id))?.passwordHash ?? '';
  await rig.store.updateAccount(id, { passwordHash }, 0, heardBy(rig.store));
  refusalOf(await theft, 200);
  assert.equal((await rig.store.getAccount(id))?.passwordHash, passwordHash);
});

test('before an account loses its access, an administrator sees what ends: keys, sessions and running requests', async () => {
  const admin = await createAccount(rig, { role: 10 });
  const { id, token } = await createAccount(rig);
  await createKey(rig, {}, token);
  const path = `/api/user/${id}/access`;
  const held = dataOf(await rig.call('GET', path, { token: admin.token }));
  const nodes = [
    { name: 'the node', node_id: '', running: 5 },
    { name: 'a silent node', node_id: 'silent', running: null },
  ];
  const running = { running: 5, sockets: 2, in_flight: 'abort', nodes };
  assert.deepEqual(held, { keys: 1, access_token: true, sessions: 1, jobs: 0, ...running });
  refusalOf(await rig.call('GET', path, { token }), 403);
  const { id: peer } = await createAccount(rig, { role: 10 });
  refusalOf(await rig.call('GET', `/api/user/${peer}/access`, { token: admin.token }), 403);
  dataOf(await manage(rig.rootToken, id, 'promote'));
  dataOf(await manage(rig.rootToken, id, 'demote'));
  assert.deepEqual(dataOf(await rig.call('GET', path)), held, 'a lower role ends nothing');
  dataOf(await manage(rig.rootToken, id, 'disable'));
  assert.equal(dataOf(await rig.call('GET', path)).sessions, 0);
});
