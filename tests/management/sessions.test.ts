import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createKey, dataOf, ownPage, refusalOf, signIn, useRig } from './rig.ts';

const rig = useRig({ settings: { accounts: { login_attempts_max: 5, login_window_ms: 60_000 } } });
const login = (username: string, password: string, headers = {}) =>
  rig.call('POST', '/api/user/login', { token: null, body: { username, password }, headers });
/** The limiter counts by address too, and all requests of this file come from one. */
const nextWindow = () => rig.clock.advance(60_001);

test('a login sets a cookie that scripts cannot read and other sites do not send', async () => {
  const reply = await login('root', rig.rootPassword);
  assert.equal(dataOf(reply).username, 'root');
  const cookie = String(reply.headers['set-cookie']);
  assert.match(
    cookie,
    /^halley_session=[A-Za-z0-9_-]{43}; Path=\/api; Max-Age=604800; HttpOnly; SameSite=Strict$/,
  );
  const origin = `https://127.0.0.1:${rig.port}`;
  const secure = await login('root', rig.rootPassword, { origin });
  assert.match(String(secure.headers['set-cookie']), /; Secure$/);
});

test('a wrong name and a wrong password are indistinguishable', async () => {
  nextWindow();
  const texts = new Set<string>();
  for (const [name, password] of [
    ['root', 'wrong'],
    ['nobody', rig.rootPassword],
    ['root', ''],
  ] as const) {
    const reply = await login(name, password);
    refusalOf(reply, 401);
    texts.add(reply.text);
  }
  assert.equal(texts.size, 1);
});

test('stops guessing with 429 and Retry-After, also for the right password, until the window ends', async () => {
  nextWindow();
  for (let count = 0; count < 5; count += 1) refusalOf(await login('root', `wrong${count}`), 401);
  const stopped = await login('root', rig.rootPassword);
  refusalOf(stopped, 429);
  const wait = Number(stopped.headers['retry-after']);
  assert.ok(wait >= 1 && wait <= 60);
  nextWindow();
  dataOf(await login('root', rig.rootPassword));
});

test('a session can read; changes must come from the gateway’s own pages', async () => {
  nextWindow();
  const user = await createAccount(rig);
  const key = await createKey(rig, {}, user.token);
  const cookie = await signIn(rig, user.username, user.password);
  const send = (method: string, path: string, headers: object) =>
    rig.call(method, path, { token: null, headers: { cookie, ...headers } });
  dataOf(await send('GET', '/api/user/self', { 'sec-fetch-site': 'cross-site' }));
  const foreign = [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: `http://127.0.0.1:${rig.port}.evil.example` },
    { origin: `http://127.0.0.1:${rig.port}@evil.example` },
    { origin: `http://127.0.0.1:1` },
    { referer: 'https://evil.example/console/personal' },
    { referer: `http://127.0.0.1:${rig.port}.evil.example/` },
    { referer: `http://127.0.0.1:${rig.port}@evil.example/` },
    { referer: '/console/personal' },
    { origin: 'null', referer: `http://127.0.0.1:${rig.port}/console/personal` },
    { 'sec-fetch-site': 'cross-site', origin: `http://127.0.0.1:${rig.port}` },
    { 'sec-fetch-site': 'same-site' },
    // A link in a letter, which the mail program hands to the browser.
    { 'sec-fetch-site': 'none' },
  ];
  for (const headers of foreign) {
    refusalOf(await send('DELETE', `/api/token/${key.id}`, headers), 403);
    refusalOf(await send('GET', '/api/user/token', headers), 403);
    refusalOf(await send('GET', '/api/user/logout', headers), 403);
  }
  dataOf(await rig.call('GET', `/api/token/${key.id}`, { token: user.token }));
  const own = await send('DELETE', `/api/token/${key.id}`, { 'sec-fetch-site': 'same-origin' });
  assert.deepEqual(own.json, { success: true, message: '' });
  // A browser sends nothing else with a GET over plain http from another machine.
  dataOf(await send('GET', '/api/user/token', { referer: `http://127.0.0.1:${rig.port}/console/personal` }));
});

test('another site cannot sign a browser in either', async () => {
  nextWindow();
  refusalOf(await login('root', rig.rootPassword, { origin: 'https://evil.example' }), 403);
  refusalOf(await login('root', rig.rootPassword, { 'sec-fetch-site': 'cross-site' }), 403);
});

test('another site cannot use up the sign-ins of its visitors', async () => {
  nextWindow();
  for (const path of ['/api/user/login', '/api/user/setup', '/api/user/setup/check']) {
    for (let count = 0; count < 5; count += 1) {
      const headers = { 'sec-fetch-site': 'cross-site' };
      refusalOf(await rig.call('POST', path, { token: null, body: {}, headers }), 403);
    }
  }
  dataOf(await login('root', rig.rootPassword));
});

test('a page of one account does nothing with the session of another', async () => {
  nextWindow();
  const [ana, ben] = [await createAccount(rig), await createAccount(rig)];
  const cookie = await signIn(rig, ben.username, ben.password);
  const create = (account: number) =>
    rig.call('POST', '/api/token', {
      token: null,
      headers: { ...ownPage(rig, cookie), 'x-halley-account': String(account) },
      body: { name: 'made in a page', unlimited_quota: true },
    });
  const refused = await create(ana.id);
  refusalOf(refused, 401);
  assert.equal(refused.json.code, 'session_ended');
  assert.equal(dataOf(await rig.call('GET', '/api/token/list', { token: ben.token })).total, 0);
  dataOf(await create(ben.id));
});

test('a valid cookie does not make up for a wrong token', async () => {
  nextWindow();
  const cookie = await signIn(rig, 'root', rig.rootPassword);
  refusalOf(await rig.call('GET', '/api/user/self', { token: 'wrong', headers: { cookie } }), 401);
});

test('a session is invalid after a logout or its expiry', async () => {
  nextWindow();
  for (const method of ['GET', 'POST']) {
    const cookie = await signIn(rig, 'root', rig.rootPassword);
    const reply = await rig.call(method, '/api/user/logout', { token: null, headers: ownPage(rig, cookie) });
    assert.equal(reply.json.success, true);
    assert.match(String(reply.headers['set-cookie']), /^halley_session=; .*Max-Age=0/);
    refusalOf(await rig.call('GET', '/api/user/self', { token: null, headers: { cookie } }), 401);
  }
  assert.equal((await rig.call('POST', '/api/user/logout', { token: null })).json.success, true);
  const cookie = await signIn(rig, 'root', rig.rootPassword);
  rig.clock.advance(168 * 3_600_000);
  refusalOf(await rig.call('GET', '/api/user/self', { token: null, headers: { cookie } }), 401);
});

test('changing a password needs the old one, invalidates it, and ends every other session', async () => {
  nextWindow();
  const user = await createAccount(rig);
  const [cookie, other] = [
    await signIn(rig, user.username, user.password),
    await signIn(rig, user.username, user.password),
  ];
  const put = (body: object) =>
    rig.call('PUT', '/api/user/self', { token: null, headers: ownPage(rig, cookie), body });
  const password = 'another-long-password';
  refusalOf(await put({ password }), 400, /"original_password" is missing/);
  refusalOf(await put({ password, original_password: 'wrong' }), 200, /wrong/);
  const reply = await put({ password, original_password: user.password, display_name: 'New' });
  assert.equal(dataOf(reply).display_name, 'New');
  const renewed = String(reply.headers['set-cookie']?.[0]?.split(';')[0]);
  const self = (sent: string) =>
    rig.call('GET', '/api/user/self', { token: null, headers: { cookie: sent } });
  refusalOf(await self(cookie), 401);
  refusalOf(await self(other), 401);
  dataOf(await self(renewed));
  refusalOf(await login(user.username, user.password), 401);
  dataOf(await login(user.username, password));
});

test('nothing secret is logged or shown in an error', async () => {
  nextWindow();
  const secret = 'S3cret-never-shown';
  const replies = [
    await login('root', secret),
    await rig.call('POST', '/api/user/login', { token: null, rawBody: `{"password": ${secret}}` }),
    await rig.call('POST', '/api/user/', { body: { username: 'z', password: secret, role: 7 } }),
    await rig.call('GET', '/api/user/self', { token: secret }),
    await rig.call('POST', '/api/channel/', { body: { name: 'c', keys: [secret] } }),
  ];
  for (const reply of replies) {
    refusalOf(reply, reply.status);
    assert.ok(!reply.text.includes(secret));
  }
  assert.ok(!rig.logged().includes(secret));
  assert.ok(!rig.logged().includes(rig.rootPassword));
});
