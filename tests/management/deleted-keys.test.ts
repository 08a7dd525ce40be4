/** After a leak: which deleted keys are still used, how often, and from which addresses. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeKeyValue } from '../../src/domain/format.ts';
import { testEngine } from '../support/engine.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

type Deleted = Readonly<Record<string, unknown>>;

async function deletedKeys(gateway: Gateway, query: string, token?: string): Promise<readonly Deleted[]> {
  const answer = await gateway.call('GET', `/api/token/deleted${query}`, { ...(token && { token }) });
  return dataOf(answer).items as readonly Deleted[];
}

async function addUser(gateway: Gateway, username: string): Promise<{ id: number; token: string }> {
  const password = randomBytes(12).toString('hex');
  const { id } = dataOf(await gateway.call('POST', '/api/user', { body: { username, password } }));
  const login = await gateway.call('POST', '/api/user/login', { body: { username, password }, token: '' });
  const cookie = String(login.headers.get('set-cookie')).split(';')[0] ?? '';
  const answer = await gateway.call('GET', '/api/user/token', {
    token: '',
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  });
  return { id: id as number, token: String(answer.json?.data) };
}

test('counts requests with a deleted key for it and in the metrics; does not count invented keys', async (t) => {
  const gateway = await startGateway();
  t.after(() => gateway.kill());
  const [leaked, quiet] = [await gateway.createKey({ name: 'leaked' }), await gateway.createKey()];
  assert.deepEqual(await deletedKeys(gateway, ''), []);
  for (const { id } of [leaked, quiet]) await gateway.call('DELETE', `/api/token/${id}`);
  const body = { model: 'demo', messages: [{ role: 'user', content: 'hi' }] };
  const madeUp = makeKeyValue((size) => randomBytes(size)).value;
  for (const token of [leaked.value, madeUp, leaked.value]) {
    assert.equal((await gateway.call('POST', '/v1/chat/completions', { body, token })).status, 401);
  }
  assert.equal((await gateway.call('GET', '/v1/models', { token: leaked.value })).status, 401);
  const usage = await gateway.call('GET', '/api/usage/token', { token: `Bearer ${leaked.value}` });
  assert.equal(usage.status, 401, usage.text);
  await until(async () => (await deletedKeys(gateway, '?attempted=1'))[0]?.attempts === 4);
  const [found, ...others] = await deletedKeys(gateway, '?attempted=1');
  assert.deepEqual(others, []);
  assert.equal(found?.id, leaked.id);
  assert.equal(found?.name, 'leaked');
  assert.deepEqual(found?.addresses, ['127.0.0.1']);
  assert.ok(Number(found?.last_attempt_time) >= Number(found?.deleted_time));
  assert.equal((await deletedKeys(gateway, '')).length, 2);
  assert.ok(!JSON.stringify(found).includes(leaked.value.slice(3)));
  const metrics = await gateway.call('GET', '/metrics');
  assert.match(metrics.text, /^halley_deleted_key_attempts_total 4$/m);
  // In a cluster the data directory does not count as durable.
  const isProtected = testEngine() === 'sqlite' ? 1 : 0;
  assert.match(metrics.text, new RegExp(`^halley_restores_protected ${isProtected}$`, 'm'));
  await gateway.stop();
});

test('administrators can list deleted keys of lower roles; other users only their own', async (t) => {
  const gateway = await startGateway();
  t.after(() => gateway.kill());
  const user = await addUser(gateway, 'user');
  const key = dataOf(
    await gateway.call('POST', '/api/token', {
      body: { name: 'theirs', unlimited_quota: true },
      token: user.token,
    }),
  );
  const own = await gateway.createKey({ name: 'own' });
  await gateway.call('DELETE', `/api/token/${key.id}`, { token: user.token });
  await gateway.call('DELETE', `/api/token/${own.id}`);
  const names = async (query: string, token?: string) =>
    (await deletedKeys(gateway, query, token)).map(({ name }) => name);
  assert.deepEqual(await names(''), ['own']);
  assert.deepEqual(await names('?scope=managed'), ['theirs']);
  assert.deepEqual(await names('', user.token), ['theirs']);
  const refused = await gateway.call('GET', '/api/token/deleted?scope=managed', { token: user.token });
  assert.equal(refused.json?.success, false, refused.text);
  for (const wrong of ['?scope=all', '?since=yesterday']) {
    const answer = await gateway.call('GET', `/api/token/deleted${wrong}`);
    assert.match(String(answer.json?.message), /scope|since/, answer.text);
  }
  await gateway.call('DELETE', `/api/user/${user.id}`);
  assert.deepEqual(await names('?scope=managed'), ['theirs']);
  await gateway.stop();
});
