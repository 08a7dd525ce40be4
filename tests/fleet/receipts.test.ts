/** Receipts on a fleet of real processes: what each node tells, a silent node, and a node that dies in between. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SignedReceipt } from '../../src/domain/receipt.ts';
import { type PublicReceiptKey, verifyReceipt } from '../../src/revocation/receipt-signature.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { EndlessStream } from './clients.ts';
import { type Fleet, type FleetNode, startFleet } from './fleet.ts';

let fleet: Fleet;
before(async () => {
  fleet = await startFleet({ nodes: 3, env: { HALLEY_FLEET_LEASE_MS: '1000' } });
});
after(() => fleet?.stop());

type Event = Readonly<Record<string, unknown>>;

async function follow(node: FleetNode, keyId: number): Promise<readonly Event[]> {
  const response = await fetch(`${node.gateway.url}/api/token/deletion`, {
    method: 'POST',
    headers: { authorization: fleet.token, 'content-type': 'application/json' },
    body: JSON.stringify({ ids: [keyId] }),
  });
  const lines = (await response.text()).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Event);
}

async function get(node: FleetNode, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${node.gateway.url}${path}`, { headers: { authorization: fleet.token } });
  return (await response.json()) as Record<string, unknown>;
}

const receiptOf = async (node: FleetNode, keyId: number) =>
  (await get(node, `/api/receipt/key/${keyId}`)).data as SignedReceipt;

async function assertGenuine(signed: SignedReceipt): Promise<void> {
  const keys = (await get(fleet.node(0), '/.well-known/halley-receipt-keys.json')).keys;
  assert.equal(verifyReceipt(signed, keys as PublicReceiptKey[]), undefined);
}

const byName = <Node extends { readonly name: string }>(nodes: readonly Node[]) =>
  new Map(nodes.map((node) => [node.name, node]));

test('each node confirms live, and the receipt says what it ended and when it last admitted a request', async () => {
  await fleet.settle();
  const key = await fleet.createKey({ name: 'running' });
  const streams = [1, 2].map((index) => new EndlessStream(fleet.node(index), key.value));
  for (const stream of nonEmpty(streams)) await until(() => stream.newestPiece > 0);
  const running = (await get(fleet.node(0), `/api/token/${key.id}/running`)).data as {
    running: number;
    nodes: { name: string; running: number | null }[];
  };
  assert.equal(running.running, 2);
  const counts = running.nodes.map(({ name, running }) => [name, running]).toSorted();
  assert.deepEqual(counts, [
    ['node0', 0],
    ['node1', 1],
    ['node2', 1],
  ]);
  const root = (await get(fleet.node(0), '/api/user/self')).data as { id: number };
  const held = (await get(fleet.node(0), `/api/user/${root.id}/access`)).data as typeof running;
  assert.deepEqual([held.running, held.nodes], [2, running.nodes], 'all of an account');
  const events = await follow(fleet.node(0), key.id);
  const told = events.filter(({ event }) => event === 'node');
  assert.deepEqual(told.map(({ name, way }) => [name, way]).toSorted(), [
    ['node1', 'acknowledged'],
    ['node2', 'acknowledged'],
  ]);
  assert.deepEqual([events[0]?.event, events.at(-1)?.event], ['committed', 'done']);
  assert.deepEqual([told.at(-1)?.confirmed, told.at(-1)?.nodes], [2, 2]);
  const signed = await receiptOf(fleet.node(1), key.id);
  assert.deepEqual(events.at(-1)?.receipt, signed);
  await assertGenuine(signed);
  const { receipt } = signed;
  assert.equal(receipt.state, 'complete');
  const nodes = byName(receipt.nodes);
  assert.deepEqual(
    [nodes.get('node0')?.way, nodes.get('node0')?.last_admission.kind],
    ['made', 'none_since'],
  );
  for (const name of ['node1', 'node2']) {
    const node = nodes.get(name) ?? assert.fail(`${name} is missing`);
    assert.deepEqual(
      [node.way, node.clock, node.ended, node.last_admission.kind],
      ['acknowledged', 'own', 1, 'at'],
    );
    assert.ok(node.last_admission.ms <= node.confirmed_at_ms, name);
  }
  for (const stream of streams) await until(() => stream.isOver);
});

test('a silent node is named while its lease counts down, and the receipt claims nothing more of it', async () => {
  await fleet.settle();
  const key = await fleet.createKey({ name: 'silent' });
  const silent = fleet.node(2);
  silent.pause();
  const running = (await get(fleet.node(0), `/api/token/${key.id}/running`)).data as {
    nodes: { name: string; running: number | null }[];
  };
  assert.equal(byName(running.nodes).get('node2')?.running, null);
  const events = await follow(fleet.node(0), key.id);
  const waiting = events.filter(({ event }) => event === 'waiting');
  for (const { silent: names } of nonEmpty(waiting)) assert.ok((names as string[]).includes('node2'));
  const left = waiting.map(({ lease_left_ms }) => Number(lease_left_ms));
  assert.deepEqual(
    left,
    left.toSorted((one, other) => other - one),
    'the lease counts down',
  );
  const signed = await receiptOf(fleet.node(0), key.id);
  await assertGenuine(signed);
  const node = byName(signed.receipt.nodes).get('node2') ?? assert.fail('node2 is missing');
  assert.ok(['lease_over', 'left'].includes(node.way), node.way);
  assert.deepEqual(
    [node.clock, node.ended, node.last_admission],
    ['maker', null, { kind: 'not_after', ms: node.confirmed_at_ms }],
  );
  silent.resume();
});

test('a node that dies between commit and confirmation leaves an honest partial receipt, completed later', async () => {
  await fleet.settle();
  const key = await fleet.createKey({ name: 'interrupted' });
  const [maker, silent] = [fleet.node(1), fleet.node(2)];
  silent.pause();
  const deleting = follow(maker, key.id).catch(() => []);
  await until(async () => (await receiptOf(fleet.node(0), key.id)) !== undefined);
  await maker.kill();
  await deleting;
  const open = await receiptOf(fleet.node(0), key.id);
  assert.deepEqual([open.receipt.state, open.receipt.confirmed_at_ms, open.signature], ['open', null, null]);
  silent.resume();
  await maker.start();
  await until(async () => (await receiptOf(fleet.node(0), key.id)).receipt.state !== 'open');
  const signed = await receiptOf(fleet.node(0), key.id);
  await assertGenuine(signed);
  const { receipt } = signed;
  assert.deepEqual([receipt.state, receipt.committed_at_ms], ['partial', null]);
  const [first] = receipt.nodes;
  assert.deepEqual(
    [first?.way, first?.ended, first?.last_admission.kind],
    ['interrupted', null, 'not_after'],
  );
  assert.ok((receipt.confirmed_at_ms ?? 0) > receipt.recorded_at_ms);
});
