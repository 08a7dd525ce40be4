/** Imported keys on two nodes that share a database: each node knows their values, and none after their deletion. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { formerValue } from '../support/new-api-database.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';

let nodes: readonly [Gateway, Gateway];
const shared: Record<string, string> = {
  HALLEY_SERVER_SECRET: 'ab'.repeat(32),
  HALLEY_BOOTSTRAP_TOKEN: 'a-token-of-root-for-both-nodes',
};
before(async () => {
  shared.HALLEY_DATABASE_URL = await freshDatabase();
  const first = await startGateway({ env: shared });
  nodes = [first, await startGateway({ env: shared })];
});
after(() => Promise.all(nodes.map((node) => node.stop())));

/** The status of a request with the value, in each way in which new-api reads it. */
const statuses = (node: Gateway, value: string) =>
  Promise.all(
    [value, `sk-${value}`, `sk-${value}-3`].map(
      async (sent) => (await node.call('GET', '/v1/models', { token: `Bearer ${sent}` })).status,
    ),
  );

async function importOn(node: Gateway, value: string): Promise<number> {
  const items = [{ type: 'key', username: 'root', value, unlimited_quota: true }];
  const answer = await node.call('POST', '/api/import', { body: { items } });
  const [result] = Object.values(dataOf(answer)) as readonly { readonly id?: number }[];
  return result?.id ?? assert.fail(answer.text);
}

test('a value that one node imports opens the other, until any node deletes its key', async () => {
  const [one, two] = nodes;
  const value = formerValue();
  for (const node of nodes) node.secret(value);
  // Both nodes have read all imported digests before, and know this one as none.
  for (const node of nonEmpty(nodes)) assert.deepEqual(await statuses(node, value), [401, 401, 401]);
  for (const [importing, deleting] of nonEmpty([
    [one, two],
    [two, one],
  ] as const)) {
    const fresh = formerValue();
    for (const node of nodes) node.secret(fresh);
    const id = await importOn(importing, fresh);
    assert.deepEqual(await statuses(importing, fresh), [200, 200, 200]);
    await until(async () => (await statuses(deleting, fresh)).every((status) => status === 200));
    dataOf(await deleting.call('DELETE', `/api/token/${id}`));
    for (const node of nonEmpty(nodes)) assert.deepEqual(await statuses(node, fresh), [401, 401, 401]);
  }
});

test('a node that starts later knows the values, live and dead', async (t) => {
  const [one] = nodes;
  const [live, dead] = [formerValue(), formerValue()];
  await importOn(one, live);
  const id = await importOn(one, dead);
  dataOf(await one.call('DELETE', `/api/token/${id}`));
  const third = await startGateway({ env: shared });
  t.after(() => third.stop());
  for (const value of [live, dead]) for (const node of [...nodes, third]) node.secret(value);
  assert.deepEqual(await statuses(third, live), [200, 200, 200]);
  assert.deepEqual(await statuses(third, dead), [401, 401, 401]);
});
