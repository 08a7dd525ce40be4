/** A fleet of the version before whose nodes are replaced one by one by the present version, under load. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Fleet, type FleetNode, startFleet } from '../fleet/fleet.ts';
import { rollingRestart } from '../fleet/rolling.ts';
import { dataOf, gatewayFile, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type PreviousVersion, unpackPrevious } from './previous.ts';

let previous: PreviousVersion;
let fleet: Fleet;
before(async () => {
  previous = unpackPrevious();
  fleet = await startFleet({ nodes: 2, leaseMs: 4000, gateway: previous.entry });
});
after(async () => {
  await fleet?.stop();
  previous.remove();
});

async function versionOf({ gateway }: FleetNode): Promise<unknown> {
  const { json } = await gateway.call('GET', '/api/openapi.json');
  return (json as { info?: { version?: string } } | undefined)?.info?.version;
}

async function chat({ gateway }: FleetNode, { value }: TestKey): Promise<number> {
  const body = { model: 'test-model', messages: [{ role: 'user', content: 'attempt 0' }] };
  return (await gateway.call('POST', '/v1/chat/completions', { token: `Bearer ${value}`, body })).status;
}

test('nodes of both versions serve side by side: no request fails, and a key deleted on either is dead on both', async (t) => {
  const doomed = [await fleet.createKey(), await fleet.createKey()];
  const versions: unknown[] = [await Promise.all(fleet.nodes.map(versionOf))];
  const afterEach = async () => {
    versions.push(await Promise.all(fleet.nodes.map(versionOf)));
    if (versions.length !== 2) return;
    // Half way: the first node is new, the second old. Each has the keys in memory, and deletes one of them.
    for (const [index, key] of nonEmpty(doomed.entries())) {
      for (const node of nonEmpty(fleet.nodes)) assert.equal(await chat(node, key), 200);
      dataOf(await fleet.node(index).gateway.call('DELETE', `/api/token/${key.id}`));
      for (const node of nonEmpty(fleet.nodes)) assert.equal(await chat(node, key), 401);
    }
    const fresh = dataOf(
      await fleet
        .node(0)
        .gateway.call('POST', '/api/token/', { body: { name: 'new', unlimited_quota: true } }),
    );
    fleet.secret(String(fresh.key));
    const made = { id: Number(fresh.id), value: String(fresh.key) };
    for (const node of nonEmpty(fleet.nodes)) assert.equal(await chat(node, made), 200);
  };
  const env = { FLEET_TEST_GATEWAY: gatewayFile };
  t.diagnostic(await rollingRestart(fleet, fleet.nodes.length, { env, afterEach }));
  const [old, present] = [previous.version, await versionOf(fleet.node(0))];
  assert.notEqual(present, old);
  assert.deepEqual(versions, [
    [old, old],
    [present, old],
    [present, present],
  ]);
  for (const key of nonEmpty(doomed))
    for (const node of nonEmpty(fleet.nodes)) assert.equal(await chat(node, key), 401);
  assert.equal(await fleet.wrongInMemory(), 0);
});
