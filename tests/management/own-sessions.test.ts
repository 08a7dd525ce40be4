/** The list of one's own sessions, and ending them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../support/non-empty.ts';
import {
  type Account,
  createAccount,
  dataOf,
  ownPage,
  type Reply,
  refusalOf,
  signIn,
  useRig,
} from './rig.ts';

const rig = useRig({ settings: { accounts: { login_attempts_max: 1000 } } });
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

interface Session {
  readonly id: string;
  readonly current: boolean;
  readonly last_used_time: number;
  readonly [field: string]: unknown;
}

async function signInWith(account: Account, userAgent: string): Promise<string> {
  const { username, password } = account;
  const reply = await rig.call('POST', '/api/user/login', {
    token: null,
    body: { username, password },
    headers: { 'user-agent': userAgent },
  });
  dataOf(reply);
  return String(reply.headers['set-cookie']?.[0]?.split(';')[0]);
}

const by = (method: string, path: string, cookie: string) =>
  rig.call(method, path, { token: null, headers: ownPage(rig, cookie) });

const sessionsOf = (reply: Reply) => dataOf(reply).items as readonly Session[];
const idOf = async (cookie: string) =>
  sessionsOf(await by('GET', '/api/user/session', cookie)).find(({ current }) => current)?.id ?? '';

test('a session is listed with its client, and the present one is marked', async () => {
  const user = await createAccount(rig);
  const cookie = await signInWith(user, firefox);
  const page = dataOf(await by('GET', '/api/user/session', cookie));
  assert.equal(page.total, 2);
  const [own] = (page.items as readonly Session[]).filter(({ current }) => current);
  const now = Math.floor(rig.clock.now() / 1000);
  const { id, ...rest } = own ?? { id: '' };
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.deepEqual(rest, {
    current: true,
    created_time: now,
    last_used_time: now,
    expired_time: now + 168 * 3600,
    address: '127.0.0.1',
    browser: 'Firefox',
    system: 'Linux',
    user_agent: firefox,
  });
  const byToken = sessionsOf(await rig.call('GET', '/api/user/session', { token: user.token }));
  assert.deepEqual(
    byToken.map(({ current }) => current),
    [false, false],
  );
});

test('neither the list nor anything else shows a value that opens a session', async () => {
  const user = await createAccount(rig);
  const cookie = await signInWith(user, firefox);
  const value = cookie.split('=')[1] ?? '';
  const reply = await by('GET', '/api/user/session', cookie);
  assert.ok(!reply.text.includes(value));
  const forged = [await idOf(cookie), Buffer.from(value).toString('hex')];
  for (const each of nonEmpty(forged)) {
    refusalOf(await by('GET', '/api/user/self', `halley_session=${each}`), 401);
  }
});

test('the last use is noted once a minute', async () => {
  const user = await createAccount(rig);
  const cookie = await signInWith(user, firefox);
  const start = Math.floor(rig.clock.now() / 1000);
  const lastUse = async () => {
    const row = await rig.store.signIns.listSessions(user.id, start, { offset: 0, limit: 1 });
    return (row.items[0]?.lastUsedAt ?? 0) - start;
  };
  rig.clock.advance(59_000);
  dataOf(await by('GET', '/api/user/self', cookie));
  assert.equal(await lastUse(), 0);
  rig.clock.advance(1000);
  dataOf(await by('GET', '/api/user/self', cookie));
  assert.equal(await lastUse(), 60);
  rig.clock.advance(59_000);
  dataOf(await by('GET', '/api/user/self', cookie));
  assert.equal(await lastUse(), 60);
});

test('a session is ended by its id, at once, and by its own account only', async () => {
  const [user, other] = [await createAccount(rig), await createAccount(rig)];
  const cookie = await signInWith(user, firefox);
  const ended = await signInWith(user, '');
  const id = await idOf(ended);
  const foreign = await signInWith(other, firefox);
  refusalOf(await by('DELETE', `/api/user/session/${id}`, foreign), 200);
  for (const wrong of ['x', '1', '%00', id.toUpperCase(), `${id}0`, '__proto__']) {
    refusalOf(await by('DELETE', `/api/user/session/${wrong}`, cookie), 200);
  }
  const unproven = await rig.call('DELETE', `/api/user/session/${id}`, { token: null, headers: { cookie } });
  refusalOf(unproven, 403);
  dataOf(await by('GET', '/api/user/self', ended));
  assert.equal((await by('DELETE', `/api/user/session/${id}`, cookie)).json.success, true);
  refusalOf(await by('GET', '/api/user/self', ended), 401);
  dataOf(await by('GET', '/api/user/self', cookie));
  const own = await by('DELETE', `/api/user/session/${await idOf(cookie)}`, cookie);
  assert.match(String(own.headers['set-cookie']), /^halley_session=; .*Max-Age=0/);
  refusalOf(await by('GET', '/api/user/self', cookie), 401);
});

test('all others are ended at once, and by an access token all of them', async () => {
  const user = await createAccount(rig);
  const [one, two, three] = [
    await signInWith(user, firefox),
    await signInWith(user, firefox),
    await signInWith(user, firefox),
  ];
  // The first one is of the account's creation.
  assert.equal((await by('DELETE', '/api/user/session', two)).json.data, 3);
  for (const gone of nonEmpty([one, three])) refusalOf(await by('GET', '/api/user/self', gone), 401);
  dataOf(await by('GET', '/api/user/self', two));
  const all = await rig.call('DELETE', '/api/user/session', { token: user.token });
  assert.equal(all.json.data, 1);
  refusalOf(await by('GET', '/api/user/self', two), 401);
});

test('a page can tell an ended session from a visitor who never signed in', async () => {
  const user = await createAccount(rig);
  const cookie = await signIn(rig, user.username, user.password);
  const codeOf = (reply: Reply) => `${reply.status} ${reply.json.code}`;
  const never = await rig.call('GET', '/api/user/self', { token: null });
  assert.equal(codeOf(never), '401 AUTH_UNAUTHORIZED');
  await rig.call('DELETE', '/api/user/session', { token: user.token });
  assert.equal(codeOf(await by('GET', '/api/user/self', cookie)), '401 session_ended');
  const expired = await signIn(rig, user.username, user.password);
  rig.clock.advance(168 * 3_600_000);
  assert.equal(codeOf(await by('GET', '/api/user/self', expired)), '401 session_ended');
});
