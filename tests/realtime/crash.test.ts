/** A gateway that is killed while sessions run: what clients saw completed is recorded once, nothing stays reserved. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { differencesIn, reservationsIn } from '../support/database.ts';
import { dataOf, startGateway } from '../support/gateway.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { startSocketUpstream } from './fake-upstream.ts';
import { RealtimeSocket } from './socket.ts';

const kills = Number(process.env.HALLEY_SOCKET_CRASHES ?? 2);
const query = 'model=test-realtime';
const rates = { input: '2', output: '2', audio_input: '2', audio_output: '2' };
const usage = { input_tokens: 3, output_tokens: 4 };

test('each response that a client saw complete has one record with its charge, each other at most one', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'halley-realtime-crash-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  let responses = 0;
  const upstream = await startSocketUpstream({
    on(event, socket) {
      if (event.type !== 'response.create') return;
      responses += 1;
      const id = `resp_${responses}`;
      socket.send({ type: 'response.created', response: { id } });
      socket.send({ type: 'response.output_text.delta', response_id: id, delta: 'hi' });
      socket.send({ type: 'response.done', response: { id, status: 'completed', usage } });
    },
  });
  t.after(() => upstream.close());
  const env = { HALLEY_BOOTSTRAP_TOKEN: 'root-of-the-crash-test', HALLEY_LOG_REQUESTS: 'false' };
  const start = () => startGateway({ dataDir, env });
  let gateway = await start();
  t.after(() => gateway.process.kill('SIGKILL'));
  await gateway.createChannel(upstream.origin, { models: ['test-realtime'] });
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'test-realtime', ...rates }] } }));
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 10_000_000 });
  const completed = new Set<string>();

  const talk = async (client: RealtimeSocket, isOver: () => boolean) => {
    for (let number = 1; !isOver() && !client.isClosed; number += 1) {
      client.send({ type: 'response.create' });
      await until(() => client.isClosed || client.all('response.done').length >= number);
    }
    for (const { response } of client.all('response.done')) completed.add((response as { id: string }).id);
  };

  for (let kill = 0; kill < kills; kill += 1) {
    const { url } = gateway;
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => RealtimeSocket.open(url, key.value, { query })),
    );
    let isOver = false;
    const talking = clients.map((client) => talk(client, () => isOver));
    const enough = responses + 60;
    await until(() => responses >= enough);
    await gateway.kill();
    isOver = true;
    await Promise.all(talking);
    gateway = await start();
  }

  await until(async () => (await reservationsIn(dataDir)) === 0);
  assert.deepEqual(await differencesIn(dataDir, 5), []);
  const recorded = new Map<string, number>();
  for (let page = 1; ; page += 1) {
    const { items } = dataOf(await gateway.call('GET', `/api/log/?page_size=100&p=${page}`));
    const rows = items as { quota: number; response_id: string; token_id: number }[];
    const own = rows.filter(({ token_id }) => token_id === key.id);
    for (const { quota, response_id: id } of maybeEmpty(own)) {
      assert.equal(recorded.get(id), undefined, `${id} twice`);
      recorded.set(id, quota);
    }
    if (rows.length < 100) break;
  }
  for (const id of nonEmpty([...completed])) assert.equal(recorded.get(id), 7, id);
  await gateway.stop();
});
