/** The audit log over HTTP: what its entries say, and who reads which. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seal } from '../../src/domain/seal.ts';
import { contentContext } from '../../src/domain/seal-contexts.ts';
import { limits } from '../../src/platform/limits.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { aRecord } from '../../src/store/contract/engine.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { channel } from './audit-cases.ts';
import { addedBy, type Entry, entries, shown } from './audit-entries.ts';
import { createAccount, createKey, dataOf, ownPage, refusalOf, signIn, useRig } from './rig.ts';

const rig = useRig({ settings: { accounts: { login_attempts_max: 1e6, login_unknown_attempts_max: 1e6 } } });

test('an entry says who, how, from where and in which request', async () => {
  const { id, username, token } = await createAccount(rig);
  rig.clock.advance(2000);
  const before = Math.floor(rig.clock.now() / 1000);
  const headers = { 'user-agent': `agent ${'x'.repeat(limits.audit_agent_chars_max)}` };
  const [entry] = await addedBy(rig, () =>
    rig.call('POST', '/api/token', { token, body: { name: 'k' }, headers }),
  );
  assert.ok(entry);
  assert.deepEqual([entry.actor_id, entry.actor_name, entry.owner_id], [id, username, id]);
  assert.equal(entry.credential, 'access_token');
  assert.match(entry.credential_id, /^[0-9a-f]{8}$/);
  assert.equal(entry.user_agent, headers['user-agent'].slice(0, limits.audit_agent_chars_max));
  assert.match(entry.request_id, /^[\w-]{8,}$/);
  assert.deepEqual((await entries(rig, `start_time=${before}&actor_id=${id}`)).map(shown), [shown(entry)]);
  assert.deepEqual(await entries(rig, `end_time=${before - 1}&actor_id=${id}&action=created`), []);
  const [deleted] = await addedBy(rig, () => rig.call('DELETE', `/api/user/${id}`));
  assert.equal(deleted?.actor_name, 'root');
});

test('a session is followed from sign-in to sign-out by its short id', async () => {
  const { username, password } = await createAccount(rig);
  const [signedIn, made, signedOut] = await addedBy(rig, async () => {
    const headers = ownPage(rig, await signIn(rig, username, password));
    await rig.call('POST', '/api/token', { token: null, headers, body: { name: 'k' } });
    await rig.call('POST', '/api/user/logout', { token: null, headers });
    await rig.call('POST', '/api/user/logout', { token: null, headers });
  });
  assert.deepEqual(
    [signedIn?.credential, made?.credential, signedOut?.credential],
    ['password', 'session', 'session'],
  );
  assert.equal(made?.credential_id, signedIn?.object_name);
  assert.equal(signedOut?.object_name, signedIn?.object_name);
});

test('failed sign-ins name the account, never what was typed, and a flood of them is bounded', async () => {
  const { id, username } = await createAccount(rig);
  const typed = 'a-password-in-the-wrong-field';
  const fail = (name: string) =>
    rig.call('POST', '/api/user/login', {
      token: null,
      body: { username: name, password: 'wrong password' },
    });
  const added = await addedBy(rig, async () => {
    await fail(username);
    await fail(typed);
  });
  assert.deepEqual(
    added.map(({ action, owner_id }) => [action, owner_id]),
    [
      ['sign_in_failed', id],
      ['sign_in_failed', 0],
    ],
  );
  assert.ok(!JSON.stringify(added).includes(typed));
  assert.equal(added[0]?.address, '127.0.0.1');
});

test('prompt and response, once opened, leave an entry', async () => {
  const { value: _, id } = await createKey(rig, { content_log_days: 1 });
  const requestId = 'req-with-content';
  const self = dataOf(await rig.call('GET', '/api/user/self'));
  const content = JSON.stringify({ request: 'the prompt', answer: 'the response' });
  const sealed = seal(rig.secretRing, systemRandom, content, contentContext(requestId));
  const record = aRecord({ requestId, accountId: Number(self.id), keyId: id });
  await rig.store.settle([{ record, reserved: false, content: { sealed, expiresAt: 9_000_000_000 } }], true);
  const added = await addedBy(rig, async () =>
    dataOf(await rig.call('GET', `/api/log/content?request_id=${requestId}`)),
  );
  assert.deepEqual(
    added.map(({ action, object_type, object_name }) => [action, object_type, object_name]),
    [['revealed', 'content', requestId]],
  );
  assert.deepEqual(await addedBy(rig, () => rig.call('GET', '/api/log/content?request_id=none')), []);
});

test('no entry holds a secret', async () => {
  const secrets = ['upstream-secret-key', 'header-secret', 'proxy-secret', rig.rootPassword, rig.rootToken];
  await rig.call('POST', '/api/channel', {
    body: {
      ...channel,
      extra_headers: { 'x-key': 'header-secret' },
      proxy: 'http://u:proxy-secret@203.0.113.1:3128',
    },
  });
  const { value } = await createKey(rig);
  const { token, password } = await createAccount(rig);
  await rig.call('PUT', '/api/user/self', {
    token,
    body: { password: 'another secret password', original_password: password },
  });
  const all = await rig.store.audit.list({}, 10_000);
  const text = JSON.stringify(all.items);
  assert.ok(all.items.length > 10);
  for (const secret of nonEmpty([
    ...secrets,
    value,
    value.slice(3),
    token,
    password,
    'another secret password',
  ])) {
    assert.ok(!text.includes(secret), secret);
  }
});

test('an administrator reads of lower roles, of the gateway and of itself, an account only of itself', async () => {
  const admin = await createAccount(rig, { role: 10 });
  const peer = await createAccount(rig, { role: 10 });
  const user = await createAccount(rig);
  const ownKey = await createKey(rig, {}, user.token);
  await createKey(rig, {}, peer.token);
  await createKey(rig, {});
  const owners = new Set((await entries(rig, '', admin.token)).map(({ owner_id }) => owner_id));
  assert.ok(owners.has(user.id) && owners.has(admin.id) && owners.has(0));
  assert.ok(!owners.has(peer.id) && !owners.has(1));
  assert.deepEqual(await entries(rig, `owner_id=${peer.id}`, admin.token), []);
  assert.notDeepEqual(await entries(rig, `owner_id=${peer.id}`), []);
  await rig.call('PUT', '/api/admin/token', { body: { id: ownKey.id, status: 2 } });
  const own = await entries(rig, '', user.token, '/api/audit/self');
  assert.ok(own.length > 2 && own.every(({ owner_id }) => owner_id === user.id));
  const [byRoot, byItself] = await entries(
    rig,
    `object_type=key&object_id=${ownKey.id}`,
    user.token,
    '/api/audit/self',
  );
  assert.deepEqual([byRoot?.actor_name, byRoot?.address, byRoot?.credential_id], ['root', '', '']);
  assert.deepEqual([byItself?.actor_id, byItself?.address], [user.id, '127.0.0.1']);
  refusalOf(await rig.call('GET', '/api/audit', { token: user.token }), 403);
  refusalOf(await rig.call('GET', '/api/audit/export', { token: user.token }), 403);
  refusalOf(await rig.call('GET', '/api/audit?action=unheard_of'), 400, /action/);
});

test('pages are read on from the last entry, without skipping or repeating any', async () => {
  const all = await entries(rig);
  const read: number[] = [];
  let before = '';
  do {
    const page = dataOf(await rig.call('GET', `/api/audit?page_size=30${before}`));
    read.push(...(page.items as readonly Entry[]).map(({ id }) => id));
    before = page.next_before_id === 0 ? '' : `&before_id=${page.next_before_id}`;
  } while (before !== '');
  assert.ok(read.length > 30);
  assert.deepEqual(
    read.slice(0, all.length),
    all.map(({ id }) => id),
  );
  assert.deepEqual(
    read,
    [...new Set(read)].toSorted((left, right) => right - left),
  );
});

test('the export holds every entry of the filter as CSV', async () => {
  const { id, token } = await createAccount(rig);
  await createKey(rig, { name: '=cmd|"quoted", and more' }, token);
  const reply = await fetch(`http://127.0.0.1:${rig.port}/api/audit/export?owner_id=${id}&object_type=key`, {
    headers: { authorization: rig.rootToken },
  });
  const [head, line, ...rest] = (await reply.text()).trimEnd().split('\r\n');
  assert.equal(reply.headers.get('content-type'), 'text/csv; charset=utf-8');
  assert.match(head ?? '', /^id,time,created_ms,actor_id,actor_name,credential,/);
  assert.match(line ?? '', /,created,key,\d+,/);
  assert.deepEqual(rest, []);
});
