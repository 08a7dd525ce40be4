/** Realtime sessions on a fleet: a key that is deleted on one node ends its sessions on the other. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Fleet, startFleet } from '../fleet/fleet.ts';
import { dataOf } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { type SocketUpstream, startSocketUpstream } from './fake-upstream.ts';
import { RealtimeSocket, refusal } from './socket.ts';

let fleet: Fleet;
let upstream: SocketUpstream;
const timers: NodeJS.Timeout[] = [];
const query = 'model=test-realtime';
const rates = { input: '2', output: '2', audio_input: '2', audio_output: '2' };

before(async () => {
  fleet = await startFleet({ nodes: 2 });
  upstream = await startSocketUpstream({
    on(event, socket) {
      if (event.type !== 'response.create') return;
      socket.send({ type: 'response.created', response: { id: 'r' } });
      const say = () =>
        socket.send({
          type: 'response.output_text.delta',
          response_id: 'r',
          delta: String(performance.now()),
        });
      timers.push(setInterval(say, 2));
    },
  });
  const { gateway } = fleet.node(0);
  await gateway.createChannel(upstream.origin, { models: ['test-realtime'] });
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'test-realtime', ...rates }] } }));
  await fleet.settle();
});
after(async () => {
  for (const timer of timers) clearInterval(timer);
  await upstream?.close();
  await fleet?.stop();
});

test('DELETE on one node while a response runs on the other: no frame after the answer, one settlement', async () => {
  const [here, there] = [fleet.node(0).gateway, fleet.node(1).gateway];
  const key = await here.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
  await until(
    async () =>
      (await fetch(`${there.url}/v1/models`, { headers: { authorization: `Bearer ${key.value}` } })).ok,
  );
  const client = await RealtimeSocket.open(there.url, key.value, { query });
  client.send({ type: 'response.create' });
  await client.sees('response.output_text.delta', 20);
  const answer = await here.call('DELETE', `/api/token/${key.id}`);
  assert.deepEqual(answer.json, { success: true, message: '' });
  // It is read once more, so that what this process had received by then is counted.
  const { items } = dataOf(await here.call('GET', '/api/log/?page_size=100'));
  const rows = (items as { token_id: number; quota: number; other: string }[]).filter(
    (row) => row.token_id === key.id,
  );
  const seen = client.events.length;
  assert.equal(await client.closed(), 1008);
  assert.equal(client.events.length, seen);
  assert.equal(client.events.at(-1)?.type, 'error');
  // The upstream never reports, so what was delivered is charged.
  assert.equal(rows.length, 1);
  assert.equal(JSON.parse(rows[0]?.other ?? '{}').estimated, true);
  assert.ok(Number(rows[0]?.quota) > 0);
  for (const { url } of [here, there]) assert.equal((await refusal(url, key.value, { query })).status, 401);
});

test('DELETE while the node of a session has lost the database: no frame that was made after the answer', async () => {
  const there = fleet.node(1);
  const key = await fleet.node(0).gateway.createKey();
  const headers = { authorization: `Bearer ${key.value}` };
  await until(async () => (await fetch(`${there.gateway.url}/v1/models`, { headers })).ok);
  const client = await RealtimeSocket.open(there.gateway.url, key.value, { query });
  client.send({ type: 'response.create' });
  await client.sees('response.output_text.delta', 20);
  there.proxy.set('swallow');
  const answer = await fleet.node(0).gateway.call('DELETE', `/api/token/${key.id}`);
  const confirmedAt = performance.now();
  assert.deepEqual(answer.json, { success: true, message: '' });
  await client.closed();
  const stamps = client.all('response.output_text.delta').map(({ delta }) => Number(delta));
  assert.deepEqual(
    stamps.filter((stamp) => stamp > confirmedAt),
    [],
  );
  await fleet.settle();
});
