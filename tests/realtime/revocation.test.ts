/** A revoked right ends realtime sessions before it is confirmed, whatever their clients do. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { differencesIn, reservationsIn } from '../support/database.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { type SocketUpstream, startSocketUpstream, type UpstreamSocket } from './fake-upstream.ts';
import { RealtimeSocket, refusal } from './socket.ts';

let gateway: Gateway;
let upstream: SocketUpstream;
/** Bytes of sound in each delta. */
let deltaBytes = 1000;
let timers: NodeJS.Timeout[] = [];

/** Responds without end. A response that is cancelled is over, with a report. */
function endless(event: { readonly type: string }, socket: UpstreamSocket): void {
  if (event.type === 'response.create') {
    socket.send({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } });
    const delta = Buffer.alloc(deltaBytes).toString('base64');
    const timer = setInterval(() => {
      if (socket.socket.bufferedAmount < 4_000_000) {
        socket.send({ type: 'response.output_audio.delta', response_id: 'resp_1', delta });
      }
    }, 2);
    timers.push(timer);
    socket.socket.on('close', () => clearInterval(timer));
  }
  if (event.type === 'response.cancel') {
    const usage = { input_tokens: 10, output_tokens: 20, output_token_details: { audio_tokens: 20 } };
    socket.send({ type: 'response.done', response: { id: 'resp_1', status: 'cancelled', usage } });
  }
}

before(async () => {
  gateway = await startGateway();
  upstream = await startSocketUpstream({ on: endless });
  await gateway.createChannel(upstream.origin, { models: ['test-realtime', 'test-transcribe'] });
  const rates = { input: '2', output: '2', audio_input: '2', audio_output: '2' };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'test-realtime', ...rates }] } }));
});
after(async () => {
  for (const timer of timers) clearInterval(timer);
  timers = [];
  await upstream.close();
  await gateway.stop();
});

const query = 'model=test-realtime';
const open = ({ value }: TestKey) => RealtimeSocket.open(gateway.url, value, { query });

async function speak(key: TestKey): Promise<RealtimeSocket> {
  const client = await open(key);
  client.send({ type: 'response.create' });
  await client.sees('response.output_audio.delta', 3);
  return client;
}

const deleteKey = async ({ id }: TestKey) =>
  assert.deepEqual((await gateway.call('DELETE', `/api/token/${id}`)).json, { success: true, message: '' });

async function recordsOf({ id }: TestKey): Promise<readonly { quota: number; other: string }[]> {
  assert.equal(await reservationsIn(gateway.dataDir), 0);
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=100'));
  return (items as { quota: number; other: string; token_id: number }[]).filter((row) => row.token_id === id);
}

test('DELETE while a response runs: no frame after the answer, the error last, 1008, and one settlement', async () => {
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
  const client = await speak(key);
  await deleteKey(key);
  const rows = await recordsOf(key);
  assert.equal(await client.closed(), 1008);
  const last = client.events.at(-1) as unknown as { type: string; error: { code: string } };
  assert.equal(last.type, 'error');
  assert.equal(last.error.code, 'key_revoked');
  assert.ok(upstream.sockets.at(-1)?.events.some(({ type }) => type === 'response.cancel'));
  // The report came within the moment that the settlement waits: 30 tokens at one unit.
  assert.deepEqual(
    rows.map(({ quota }) => quota),
    [30],
  );
  assert.equal((await refusal(gateway.url, key.value, { query })).status, 401);
});

test('a client that does not read is reset before DELETE responds, and has nothing of what waited', async () => {
  deltaBytes = 60_000;
  const key = await gateway.createKey();
  const client = await speak(key);
  client.socket.pause();
  // What the client's system takes without its client is at most a few megabytes.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await deleteKey(key);
  const before = client.events.length;
  client.socket.resume();
  assert.equal(await client.closed(), 1006);
  const bytes = (client.events.length - before) * 80_000;
  assert.ok(bytes < 8_000_000, `${bytes} bytes came after the answer`);
  assert.ok(!client.events.some(({ type }) => type === 'error'));
  assert.equal((await recordsOf(key)).length, 1);
  deltaBytes = 1000;
});

test('of a client that has stopped reading at most a megabyte waits in the gateway', async () => {
  const rss = async () => {
    const status = await readFile(`/proc/${gateway.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
  };
  deltaBytes = 60_000;
  const key = await gateway.createKey();
  const clients = await Promise.all(Array.from({ length: 16 }, () => open(key)));
  for (const { socket } of clients) socket.pause();
  const before = await rss();
  for (const client of clients) client.send({ type: 'response.create' });
  // Without bounds each would have taken tens of megabytes by now.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const grown = (await rss()) - before;
  for (const { socket } of clients) socket.terminate();
  deltaBytes = 1000;
  // The rest is the process's own: code, and garbage that has not been collected.
  assert.ok(grown < clients.length * 1_048_576 + 48_000_000, `${grown} bytes more`);
});

const narrowings: Readonly<Record<string, object>> = {
  'disabling the key': { status: 2 },
  'taking the model from its list': { model_limits_enabled: true, model_limits: 'other-model' },
  'moving its expiry to the past': { expired_time: 1_000_000_000 },
  'restricting its addresses': { allow_ips: '10.0.0.1' },
};

test('every other revocation ends the session too, and a rename does not', async (t) => {
  for (const [name, fields] of Object.entries(narrowings)) {
    await t.test(name, async () => {
      const key = await gateway.createKey();
      const client = await open(key);
      dataOf(await gateway.call('PUT', '/api/token/', { body: { id: key.id, name: 'renamed' } }));
      client.send({ type: 'input_audio_buffer.clear' });
      await until(() => upstream.sockets.at(-1)?.events.length === 1);
      assert.equal(client.isClosed, false);
      dataOf(await gateway.call('PUT', '/api/token/', { body: { id: key.id, name: 'renamed', ...fields } }));
      assert.equal(await client.closed(), 1008);
      assert.equal(client.events.at(-1)?.type, 'error');
    });
  }
});

test('a session that is only being dialled is refused, and nothing is left at the upstream', async () => {
  const key = await gateway.createKey();
  const { once } = await import('node:events');
  const { createServer } = await import('node:net');
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  await gateway.createChannel(`http://127.0.0.1:${port}`, { models: ['silent-realtime'] });
  const rates = { input: '2', output: '2', audio_input: '2', audio_output: '2' };
  dataOf(
    await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'silent-realtime', ...rates }] } }),
  );
  const dialled = once(silent, 'connection');
  const refused = refusal(gateway.url, key.value, { query: 'model=silent-realtime' });
  const [connection] = await dialled;
  const ended = once(connection, 'close');
  connection.resume();
  await deleteKey(key);
  assert.deepEqual([(await refused).status, (await refused).code], [401, 'key_revoked']);
  await ended;
  silent.close();
});
