/** The metrics behind the alerts for administrators, read from a real gateway. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
before(async () => {
  gateway = await startGateway();
});
after(() => gateway?.stop());

async function figure(name: string): Promise<number> {
  const { text } = await gateway.call('GET', '/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  assert.ok(line, `${name} is not there`);
  return Number(line.slice(name.length));
}

const deletions = (kind: string) => figure(`halley_deletions_total{kind="${kind}"}`);
const grants = () => figure('halley_role_grants_total{role="admin"}');
const user = async (username: string, role: number) =>
  dataOf(await gateway.call('POST', '/api/user/', { body: { username, password: 'a-password-1', role } }));

test('counts deletions by kind, and only actual ones', async () => {
  const keys = await Promise.all([1, 2, 3].map(() => gateway.createKey()));
  const ids = keys.map(({ id }) => id);
  assert.deepEqual([await deletions('key'), await deletions('account')], [0, 0]);
  dataOf(await gateway.call('POST', '/api/token/batch', { body: { ids: [...ids.slice(1), 999] } }));
  await gateway.call('DELETE', `/api/token/${ids[0]}`);
  await gateway.call('DELETE', `/api/token/${ids[0]}`);
  const { id } = await user('leaver', 1);
  await gateway.call('DELETE', `/api/user/${id}`);
  assert.deepEqual([await deletions('key'), await deletions('account')], [3, 1]);
});

test('counts each way to create an administrator, and nothing else', async () => {
  const before = await grants();
  const { id: first } = await user('first', 10);
  assert.equal((await grants()) - before, 1);
  const { id } = await user('second', 1);
  const manage = (action: string) => gateway.call('POST', '/api/user/manage', { body: { id, action } });
  dataOf(await manage('promote'));
  dataOf(await manage('promote'));
  dataOf(await manage('demote'));
  dataOf(await gateway.call('PUT', '/api/user/', { body: { id, role: 10 } }));
  dataOf(await gateway.call('PUT', '/api/user/', { body: { id: first, role: 10, email: 'a@b.example' } }));
  assert.equal((await grants()) - before, 3);
});

test('shows the free space of the data directory', async () => {
  const [free, size] = [await figure('halley_data_free_bytes'), await figure('halley_data_size_bytes')];
  assert.ok(free > 0 && free <= size, `${free} of ${size}`);
});
