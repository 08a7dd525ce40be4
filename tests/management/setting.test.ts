/** The settings in force and the last changes of rights, for administrators. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();

test('administrators see every setting and its source, and no secret', async () => {
  const reply = await rig.call('GET', '/api/setting');
  const rows = dataOf(reply) as unknown as readonly Record<string, unknown>[];
  const row = (name: string) => rows.find((each) => each.name === name);
  assert.deepEqual(
    [row('listen')?.value, row('listen')?.source, row('listen')?.place, row('listen')?.env],
    ['127.0.0.1:8787', 'default', '', 'HALLEY_LISTEN'],
  );
  assert.match(String(row('listen')?.description), /Address and port/);
  const secret = row('server_secret');
  assert.deepEqual(
    [secret?.value, secret?.is_secret, secret?.is_set, secret?.source, secret?.place, secret?.flag],
    [null, true, true, 'environment', 'HALLEY_SERVER_SECRET', ''],
  );
  assert.equal(row('bootstrap_token')?.is_set, false);
  assert.equal(row('server_secrets_accepted')?.is_set, false, 'an empty list is no secret');
  assert.ok(!reply.text.includes('a1a1'));
  assert.equal(row('webhook.url')?.value, 'https://hooks.example/…', 'the path of a webhook may be a secret');
  const user = await createAccount(rig);
  refusalOf(await rig.call('GET', '/api/setting', { token: user.token }), 403);
});

test('changes of rights are listed with how long each took, without naming whose they are', async () => {
  const user = await createAccount(rig, { display_name: 'whose' });
  const key = await createKey(rig, { name: 'secret name' }, user.token);
  dataOf(await rig.call('PUT', '/api/token/', { token: user.token, body: { id: key.id, name: 'renamed' } }));
  await rig.call('DELETE', `/api/token/${key.id}`, { token: user.token });
  await rig.call('DELETE', `/api/token/${key.id}`, { token: user.token });
  await rig.call('POST', `/api/user/${user.id}/revoke`);
  const reply = await rig.call('GET', '/api/fleet/revocations');
  const rows = dataOf(reply) as unknown as readonly Record<string, unknown>[];
  assert.deepEqual(
    rows.slice(0, 3).map(({ action, subjects, confirmed }) => [action, subjects, confirmed]),
    [
      ['credentials_revoked', 1, true],
      ['keys_deleted', 1, true],
      ['key_changed', 1, true],
    ],
  );
  assert.equal(rows[0]?.committed_ms, Math.round(rig.clock.now()));
  assert.ok(!reply.text.includes('name') && !reply.text.includes('whose'));
  refusalOf(await rig.call('GET', '/api/fleet/revocations', { token: user.token }), 401);
});
