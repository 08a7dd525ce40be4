/** Accounts and keys of other gateways: `POST /api/import`. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { digestOf } from '../../src/domain/digest.ts';
import { makeKeyValue } from '../../src/domain/format.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { startDemoGateway } from '../clients/demo-gateway.ts';
import { dataOf, type Gateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';

let gateway: Gateway;
before(async () => {
  gateway = await startDemoGateway();
});
after(() => gateway?.stop());

const password = 'a password of before';
/** 48 letters and digits without our checksum, as new-api makes them. */
const newValue = () => makeKeyValue(systemRandom).body.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));

type Sent = Readonly<Record<string, string>>;
type Outcome = { readonly outcome: string; readonly id?: number; readonly message?: string };

async function imported(items: readonly object[], options: object = {}): Promise<readonly Outcome[]> {
  const answer = await gateway.call('POST', '/api/import', { body: { items, ...options } });
  assert.equal(answer.json?.success, true, answer.text);
  return answer.json?.data as readonly Outcome[];
}

const outcomes = (results: readonly Outcome[]) => results.map(({ outcome }) => outcome);

async function importedKey(
  fields: { readonly value?: string } = {},
): Promise<{ readonly value: string; readonly id: number }> {
  const value = fields.value ?? newValue();
  gateway.secret(value);
  const [result] = await imported([
    { type: 'key', username: 'root', name: 'imported', value, unlimited_quota: true },
  ]);
  assert.equal(result?.outcome, 'created', String(result?.message));
  return { value, id: Number(result?.id) };
}

const body = { model: 'demo-chat', messages: [{ role: 'user', content: 'Say hello.' }] };
async function asked(headers: Sent): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await response.text();
  return response.status;
}

/** Every way in which a client can send the value. */
const ways = (value: string): readonly Sent[] => [
  { authorization: `Bearer ${value}` },
  { authorization: `Bearer sk-${value}` },
  { authorization: `sk-${value}` },
  { authorization: `Bearer sk-${value}-12` },
  { 'x-api-key': `sk-${value}` },
  { 'x-goog-api-key': value },
  { 'mj-api-secret': `sk-${value}` },
];

test('an imported value opens the gateway in every way until its key is deleted, and never again', async () => {
  const { value, id } = await importedKey();
  for (const headers of nonEmpty(ways(value))) assert.equal(await asked(headers), 200);
  const shown = await gateway.call('GET', `/api/token/${id}`);
  assert.equal(dataOf(shown).key, `sk-${value}`);
  const deleted = await gateway.call('DELETE', `/api/token/${id}`);
  assert.equal(deleted.json?.success, true, deleted.text);
  for (const headers of nonEmpty(ways(value))) assert.equal(await asked(headers), 401);
  const again = { type: 'key', username: 'root', name: 'again', value, unlimited_quota: true };
  assert.deepEqual(await imported([again]), [{ outcome: 'deleted' }]);
  assert.equal(await asked({ authorization: `Bearer sk-${value}` }), 401);
});

test('a key whose digest alone is known opens the gateway', async () => {
  const value = `sk-${randomBytes(16).toString('base64url')}`;
  gateway.secret(value);
  const digest = Buffer.from(digestOf(value)).toString('hex');
  const item = { type: 'key', username: 'root', digest, hint: 'sk-…abcd', unlimited_quota: true };
  const [created] = await imported([item]);
  assert.equal(created?.outcome, 'created');
  assert.equal(await asked({ authorization: `Bearer ${value}` }), 200);
  assert.equal(await asked({ authorization: `Bearer ${value}-1` }), 401);
  assert.equal(await asked({ authorization: `Bearer ${value.slice(3)}` }), 401);
  const shown = await gateway.call('GET', `/api/token/${created?.id}`);
  assert.equal(dataOf(shown).revealable, false);
});

test('a value with dashes is the whole of it: neither its beginning nor more than it opens anything', async () => {
  const rest = randomBytes(24).toString('base64url').replaceAll('-', '_');
  const value = `sk-${rest.slice(0, 6)}-${rest.slice(6)}`;
  const { id } = await importedKey({ value });
  assert.equal(await asked({ authorization: `Bearer ${value}` }), 200);
  for (const other of nonEmpty([value.slice(0, 9), `${value.slice(0, 9)}-x`, `${value}-x`, value.slice(3)])) {
    assert.equal(await asked({ authorization: `Bearer ${other}` }), 401, other);
  }
  assert.equal(dataOf(await gateway.call('GET', `/api/token/${id}`)).key, value);
});

test('a key ends itself, and a report of a leak ends it, also where its value was imported', async () => {
  const own = await importedKey();
  const answer = await gateway.call('POST', '/api/usage/token/revoke', { token: `sk-${own.value}` });
  assert.equal(answer.json?.success, true, answer.text);
  assert.equal(await asked({ authorization: `Bearer sk-${own.value}` }), 401);
});

test('a key that was deleted elsewhere is refused from the first moment on', async () => {
  const value = newValue();
  gateway.secret(value);
  const item = { type: 'key', username: 'root', name: 'old', value, unlimited_quota: true, deleted: true };
  assert.deepEqual(outcomes(await imported([item])), ['deleted']);
  assert.equal(await asked({ authorization: `Bearer sk-${value}` }), 401);
  assert.deepEqual(outcomes(await imported([{ ...item, deleted: false }])), ['deleted']);
});

test('a key that was deleted elsewhere since the last import is deleted here', async () => {
  const { value, id } = await importedKey();
  const item = { type: 'key', username: 'root', value, unlimited_quota: true };
  assert.deepEqual(await imported([item]), [{ outcome: 'exists', id }]);
  assert.deepEqual(await imported([{ ...item, deleted: true }], { dry_run: true }), [
    { outcome: 'deleted', id },
  ]);
  assert.equal(await asked({ authorization: `Bearer sk-${value}` }), 200);
  assert.deepEqual(await imported([{ ...item, deleted: true }]), [{ outcome: 'deleted', id }]);
  assert.equal(await asked({ authorization: `Bearer sk-${value}` }), 401);
});

test('an account keeps its password, balance and usage; its hash is replaced at the first sign-in', async () => {
  const value = newValue();
  gateway.secret(value);
  gateway.secret(password);
  const account = {
    type: 'account',
    username: 'ana',
    password_hash: await bcrypt(password, 4),
    quota: 700,
    used_quota: 30,
    request_count: 4,
    created_time: 1_700_000_000,
  };
  const key = {
    type: 'key',
    username: 'ana',
    name: 'k',
    value,
    remain_quota: 50,
    used_quota: 20,
    request_count: 3,
  };
  assert.deepEqual(outcomes(await imported([account, key], { dry_run: true })), ['created', 'created']);
  assert.deepEqual(outcomes(await imported([account, key])), ['created', 'created']);
  assert.deepEqual(outcomes(await imported([account, key])), ['exists', 'exists']);
  const found = await gateway.call('GET', '/api/user/search?keyword=ana');
  const [record] = dataOf(found).items as readonly Record<string, unknown>[];
  assert.deepEqual(
    [record?.quota, record?.used_quota, record?.request_count, record?.created_time],
    [700, 50, 7, 1_700_000_000],
  );
  const signIn = async (given: string) => {
    const call = { body: { username: 'ana', password: given }, token: undefined };
    const answer = await gateway.call('POST', '/api/user/login', call);
    return answer.json?.success === true ? 'signed in' : answer.json?.code;
  };
  assert.equal(await signIn('another'), 'login_failed');
  assert.equal(await signIn(password), 'signed in');
  // With the hash that took the place of the imported one.
  assert.equal(await signIn(password), 'signed in');
  assert.equal(await signIn('another'), 'login_failed');
});

test('what cannot be imported is refused by itself, with the reason', async () => {
  const key = (fields: object) => ({ type: 'key', username: 'root', value: newValue(), ...fields });
  const [nobody, both, none, ips, group, good] = await imported([
    key({ username: 'nobody' }),
    key({ digest: 'ab'.repeat(32) }),
    { type: 'key', username: 'root' },
    key({ allow_ips: 'not an address' }),
    key({ group: 'elsewhere' }),
    key({}),
  ]);
  assert.match(nobody?.message ?? '', /no account nobody/);
  assert.match(both?.message ?? '', /digest/);
  assert.match(none?.message ?? '', /value/);
  assert.match(ips?.message ?? '', /allow_ips/);
  assert.deepEqual(
    [nobody, both, none, ips].map((each) => each?.outcome),
    Array(4).fill('refused'),
  );
  assert.equal(group?.outcome, 'created');
  assert.match(group?.message ?? '', /groups\.selectable/);
  assert.equal(good?.outcome, 'created');
});

test('a hash that would take long to verify is not taken', async () => {
  const hashes = [
    `$2b$31$${'a'.repeat(53)}`,
    '$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$zzz',
    'plain',
  ];
  for (const password_hash of nonEmpty(hashes)) {
    const [refused, good] = await imported([
      { type: 'account', username: 'slow', password_hash },
      { type: 'account', username: 'other' },
    ]);
    assert.equal(refused?.outcome, 'refused', password_hash);
    assert.match(String(refused?.message), /password_hash/);
    assert.notEqual(good?.outcome, 'refused');
  }
});

test('a value that was deleted as one reading is not admitted as the other, whichever was imported', async () => {
  const unlimited = { type: 'key', username: 'root', unlimited_quota: true };
  const hex = (text: string) => Buffer.from(digestOf(text)).toString('hex');
  const [one, other] = [newValue(), newValue()];
  for (const value of [one, other]) gateway.secret(value);
  // As LiteLLM knows it, then as new-api does.
  await imported([{ ...unlimited, digest: hex(`sk-${one}`) }]);
  assert.equal(await asked({ authorization: `Bearer sk-${one}` }), 200);
  await imported([{ ...unlimited, digest: hex(`sk-${one}`), deleted: true }]);
  for (const value of [one, `sk-${one}`]) {
    assert.deepEqual(outcomes(await imported([{ ...unlimited, value }])), ['deleted']);
  }
  // The other way round: nobody can see that the digest belongs to the same value.
  await imported([{ ...unlimited, value: other }]);
  await imported([{ ...unlimited, value: other, deleted: true }]);
  await imported([{ ...unlimited, digest: hex(`sk-${other}`) }]);
  for (const value of nonEmpty([one, `sk-${one}`, `sk-${one}-1`, other, `sk-${other}`])) {
    assert.equal(await asked({ authorization: `Bearer ${value}` }), 401, value);
  }
});

test('a value that begins as another one does belongs to its own account', async () => {
  const rest = newValue().slice(0, 30);
  await imported([
    { type: 'account', username: 'alice' },
    { type: 'account', username: 'bob' },
  ]);
  const of = (username: string, value: string) => ({
    type: 'key',
    username,
    value,
    name: 'k',
    unlimited_quota: true,
  });
  const [alice, bob] = await imported([of('alice', `sk-${rest}`), of('bob', `sk-${rest}-alpha`)]);
  assert.deepEqual([alice?.outcome, bob?.outcome], ['created', 'created']);
  dataOf(await gateway.call('PUT', '/api/admin/token/', { body: { id: alice?.id, status: 2 } }));
  const models = async (value: string) =>
    (await gateway.call('GET', '/v1/models', { token: `Bearer ${value}` })).status;
  assert.deepEqual([await models(`sk-${rest}`), await models(`sk-${rest}-alpha`)], [401, 200]);
});

test('a deleted key goes over whatever its account is: it has none, no room, or fields that none may have', async () => {
  const value = newValue();
  gateway.secret(value);
  const item = {
    type: 'key',
    username: 'gone',
    value,
    group: 'elsewhere',
    allow_ips: 'nowhere',
    deleted: true,
  };
  assert.deepEqual(outcomes(await imported([item])), ['deleted']);
  const again = { type: 'key', username: 'root', value, unlimited_quota: true };
  assert.deepEqual(await imported([again]), [{ outcome: 'deleted' }]);
});

test('usage that no number holds exactly is refused, also when it adds up', async () => {
  const most = 1_000_000_000_000_000;
  const account = { type: 'account', username: 'large', request_count: most, used_quota: most };
  const key = { type: 'key', username: 'large', value: newValue(), unlimited_quota: true, request_count: 1 };
  const [tooMuch, created, added] = await imported([
    { ...account, username: 'larger', request_count: Number.MAX_SAFE_INTEGER },
    account,
    key,
  ]);
  assert.deepEqual([tooMuch?.outcome, created?.outcome, added?.outcome], ['refused', 'created', 'refused']);
  const found = await gateway.call('GET', '/api/user/search?keyword=large');
  assert.equal(found.json?.success, true, found.text);
});

test('a new password of an administrator stands, also when the user signs in with the former one at that moment', async () => {
  await imported([{ type: 'account', username: 'eve', password_hash: await bcrypt(password, 12) }]);
  const found = await gateway.call('GET', '/api/user/search?keyword=eve');
  const [{ id } = { id: 0 }] = dataOf(found).items as readonly { readonly id: number }[];
  const login = (given: string) =>
    gateway.call('POST', '/api/user/login', { body: { username: 'eve', password: given }, token: undefined });
  const signingIn = login(password);
  const changed = await gateway.call('PUT', '/api/user/', { body: { id, password: 'a new password' } });
  assert.equal(changed.json?.success, true, changed.text);
  await signingIn;
  assert.equal((await login(password)).json?.success, false);
  assert.equal((await login('a new password')).json?.success, true);
});

test('only root imports', async () => {
  const created = await gateway.call('POST', '/api/user', {
    body: { username: 'boss', password: 'a long password', role: 10 },
  });
  assert.equal(created.json?.success, true, created.text);
  const login = await gateway.call('POST', '/api/user/login', {
    body: { username: 'boss', password: 'a long password' },
    token: undefined,
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const answer = await gateway.call('POST', '/api/import', {
    body: { items: [{ type: 'account', username: 'x' }] },
    token: undefined,
    headers: { cookie, origin: gateway.url },
  });
  assert.equal(answer.status, 403, answer.text);
});
