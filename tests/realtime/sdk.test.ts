/** OpenAI's own realtime clients, unmodified, against the gateway and its demo upstream. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import OpenAI from 'openai';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { testCertificate, testCertificateKey } from '../support/test-certificate.ts';
import { until } from '../support/until.ts';
import { RealtimeSocket } from './socket.ts';

let gateway: Gateway;
const dir = mkdtempSync(join(tmpdir(), 'halley-realtime-'));

before(async () => {
  setDefaultCACertificates([...getCACertificates('default'), testCertificate]);
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  writeFileSync(cert, testCertificate);
  writeFileSync(key, testCertificateKey);
  gateway = await startGateway({
    env: {
      HALLEY_DEMO_ENABLED: 'true',
      HALLEY_DEMO_CHUNK_MS: '1',
      HALLEY_TLS_CERT_PATH: cert,
      HALLEY_TLS_KEY_PATH: key,
    },
  });
});
after(async () => {
  await gateway.stop();
  rmSync(dir, { recursive: true });
});

const clientWith = (apiKey: string, dangerouslyAllowBrowser = false) =>
  new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, dangerouslyAllowBrowser });
const open = (apiKey: string, model: string) => new OpenAIRealtimeWS({ model }, clientWith(apiKey));

test('the client for Node opens a session, speaks and is answered', async () => {
  const { value } = await gateway.createKey();
  const realtime = open(value, 'demo-realtime');
  const errors: string[] = [];
  realtime.on('error', (error) => errors.push(error.message));
  const said: string[] = [];
  realtime.on('response.output_text.delta', ({ delta }) => said.push(delta));
  await new Promise((resolve) => realtime.on('session.created', resolve));
  realtime.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
  });
  realtime.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  await new Promise((resolve) => realtime.on('response.done', resolve));
  realtime.close();
  await once(realtime.socket, 'close');
  assert.equal(said.join(''), 'You said: "hello".');
  assert.deepEqual(errors, []);
});

test('the client for Node learns why a session or an event is refused', async () => {
  const { value } = await gateway.createKey();
  const refused = open('sk-wrong', 'demo-realtime');
  const message = await new Promise<string>((resolve) =>
    refused.on('error', (error) => resolve(error.message)),
  );
  assert.match(message, /401/);
  const unknown = open(value, 'no-such-model');
  const second = await new Promise<string>((resolve) =>
    unknown.on('error', (error) => resolve(error.message)),
  );
  assert.match(second, /400/);
  const realtime = open(value, 'demo-realtime');
  await new Promise((resolve) => realtime.on('session.created', resolve));
  const failed = new Promise<{ code: unknown; event_id: unknown }>((resolve) =>
    realtime.on('error', ({ error }) => resolve({ code: error?.code, event_id: error?.event_id })),
  );
  realtime.send({
    type: 'session.update',
    event_id: 'mine',
    session: { type: 'realtime', model: 'gpt-realtime' },
  });
  assert.deepEqual(await failed, { code: 'invalid_value', event_id: 'mine' });
  realtime.close();
  await once(realtime.socket, 'close');
});

test('the client for browsers opens a session with a client secret', async () => {
  const { value } = await gateway.createKey();
  const { value: secret } = await clientWith(value).realtime.clientSecrets.create({});
  const realtime = new OpenAIRealtimeWebSocket({ model: 'demo-realtime' }, clientWith(secret, true));
  await new Promise((resolve) => realtime.on('session.created', resolve));
  realtime.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  const { response } = await new Promise<{ response: { status?: string } }>((resolve) =>
    realtime.on('response.done', resolve),
  );
  assert.equal(response.status, 'completed');
  assert.equal(realtime.socket.protocol, 'realtime');
  realtime.close();
});

test('a deleted key ends a session over TLS, with the error as its last event', async () => {
  const key = await gateway.createKey();
  const realtime = open(key.value, 'demo-realtime');
  const codes: unknown[] = [];
  realtime.on('error', ({ error }) => codes.push(error?.code));
  await new Promise((resolve) => realtime.on('session.created', resolve));
  const closed = once(realtime.socket, 'close');
  assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
  const [code] = await closed;
  assert.deepEqual([codes, code], [['key_revoked'], 1008]);
});

test('clients that end a connection over TLS in any way leave the gateway as it was', async () => {
  const { value } = await gateway.createKey();
  const ways: Readonly<Record<string, (socket: Duplex) => void>> = {
    'in order': (socket) => void socket.end(),
    'at once': (socket) => void socket.destroy(),
    'in the middle of a frame': (socket) => void socket.end(Buffer.from([0x81, 0xfe])),
    'with a broken frame': (socket) => void socket.end(Buffer.from([0xff, 0xff, 0xff])),
  };
  for (const [name, end] of Object.entries(ways)) {
    const client = await RealtimeSocket.open(gateway.url, value);
    client.send({ type: 'response.create' });
    await client.sees('response.created');
    end((client.socket as unknown as { _socket: Duplex })._socket);
    await client.closed();
    assert.equal((await gateway.call('GET', '/healthz')).status, 200, name);
  }
});

test('every session of a client that breaks off over TLS ends, at whatever moment of its output', async () => {
  const { id, value } = await gateway.createKey();
  const ended = () =>
    gateway.logLines().filter(({ operation, key_id }) => operation === 'realtime.session' && key_id === id)
      .length;
  const sessions = 100;
  for (let begun = 0; begun < sessions; begun += 1) {
    const client = await RealtimeSocket.open(gateway.url, value);
    client.send({ type: 'response.create' });
    await client.sees('response.created');
    const socket = (client.socket as unknown as { _socket: Duplex })._socket;
    // What the gateway has sent and nobody reads makes the system answer with a reset, after the end in order.
    socket.pause();
    for (let turns = begun % 10; turns > 0; turns -= 1) await new Promise(setImmediate);
    socket.end(() => socket.destroy());
  }
  await until(() => ended() === sessions);
});
