/** The objects of a restore drill: created before the backup, deleted or changed after it, and checked over HTTP. */
import assert from 'node:assert/strict';
import { createAccount, type TestAccount } from '../support/accounts.ts';
import { dataOf, type Gateway, type TestKey } from '../support/gateway.ts';

export interface Cast {
  /** Deleted after the backup: individually, in a batch, and with their account. */
  readonly dead: readonly TestKey[];
  readonly alive: TestKey;
  /** Disabled after the backup. */
  readonly disabled: TestKey;
  readonly goneAccount: TestAccount;
  /** Its access token is replaced after the backup. */
  readonly renewed: TestAccount;
}

/** Creates the objects before the backup. */
export async function makeCast(gateway: Gateway): Promise<Cast> {
  const goneAccount = await createAccount(gateway, 'gone');
  const renewed = await createAccount(gateway, 'renewed');
  const dead = [await gateway.createKey(), await gateway.createKey(), await goneAccount.createKey()];
  const cast = {
    dead,
    alive: await gateway.createKey({ name: 'alive' }),
    disabled: await gateway.createKey({ name: 'disabled later' }),
    goneAccount,
    renewed,
  };
  for (const key of [...dead, cast.alive, cast.disabled]) assert.equal(await statusOf(gateway, key), 200);
  return cast;
}

/**
 * Changes them after the backup.
 * @returns a key that is not in the backup
 */
export async function changeCast(gateway: Gateway, cast: Cast): Promise<TestKey> {
  const [one, batch] = cast.dead;
  assert.ok(one && batch);
  const done = async (method: string, path: string, body?: unknown) =>
    assert.equal((await gateway.call(method, path, { body })).json?.success, true, path);
  await done('DELETE', `/api/token/${one.id}`);
  await done('POST', '/api/token/batch', { ids: [batch.id] });
  await done('DELETE', `/api/user/${cast.goneAccount.id}`);
  await done('PUT', '/api/token/', { id: cast.disabled.id, status: 2 });
  const token = (await gateway.call('GET', '/api/user/token', { token: cast.renewed.token })).json?.data;
  gateway.secret(String(token));
  assert.equal(await selfStatus(gateway, String(token)), 200);
  const later = await gateway.createKey({ name: 'made later' });
  assert.equal(await statusOf(gateway, later), 200);
  return later;
}

/** Checks them after the restore, with each header that accepts a key. */
export async function assertRestored(gateway: Gateway, cast: Cast, later: TestKey): Promise<void> {
  for (const { value } of [...cast.dead, later]) {
    for (const headers of [
      { authorization: `Bearer ${value}` },
      { 'x-api-key': value },
      { 'x-goog-api-key': value },
    ]) {
      const { status } = await gateway.call('GET', '/v1/models', { token: undefined, headers });
      assert.equal(status, 401, `a deleted key lives again: ${Object.keys(headers)[0]}`);
    }
  }
  for (const { token } of [cast.goneAccount, cast.renewed]) {
    assert.equal(await selfStatus(gateway, token), 401, 'an access token lives again');
  }
  const gone = await gateway.call('GET', `/api/user/${cast.goneAccount.id}`);
  assert.equal(gone.json?.success, false, 'a deleted account lives again');
  assert.equal(await statusOf(gateway, cast.alive), 200);
  assert.equal(await statusOf(gateway, cast.disabled), 200, 'what can be undone goes back');
  // A deleted value must never be issued again, nor its id.
  const next = await gateway.createKey({ name: 'after the restore' });
  assert.ok(next.id > Math.max(...cast.dead.map(({ id }) => id)));
  const { id } = dataOf(
    await gateway.call('POST', '/api/user/', {
      body: { username: `next-${next.id}`, password: 'a long password' },
    }),
  );
  assert.ok(Number(id) > cast.goneAccount.id);
}

async function statusOf(gateway: Gateway, { value }: TestKey): Promise<number> {
  return (await gateway.call('GET', '/v1/models', { token: `Bearer ${value}` })).status;
}

async function selfStatus(gateway: Gateway, token: string): Promise<number> {
  return (await gateway.call('GET', '/api/user/self', { token })).status;
}
