/** Which requests become WebSockets, and what becomes of the bytes around them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { Exchange } from '../../src/http/exchange.ts';
import { sendJson } from '../../src/http/send.ts';
import { asHalleyError } from '../../src/platform/errors.ts';
import { exchangeBytes, RawClient } from './raw-client.ts';
import { startShell, type TestShell } from './shell.ts';

const host = 'Host: gateway\r\n';
const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n';
const offer = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const accepted = 'HTTP/1.1 101 ';
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: gateway\r\n\r\n';
const get = (path: string, headers: string) => `GET ${path} HTTP/1.1\r\n${headers}\r\n`;

/** Echoes what a socket says; answers all else with its path. */
function echo(exchange: Exchange): void {
  const { offer: offered } = exchange;
  try {
    if (!offered || exchange.query === 'refuse') {
      sendJson(exchange, offered ? 403 : 200, JSON.stringify({ path: exchange.path }));
      return;
    }
    offered.check();
    const socket = offered.accept('realtime');
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.resume();
  } catch (thrown) {
    const error = asHalleyError(thrown);
    sendJson(exchange, error.status, JSON.stringify({ code: error.code }), error.headers);
  }
}

const shellFor = (t: Parameters<typeof startShell>[0]): Promise<TestShell> =>
  startShell(t, { handle: echo, isSocketPath: (path) => path === '/socket' });

test('a socket at its path echoes, has the request id, and speaks the one subprotocol that was chosen', async (t) => {
  const { port } = await shellFor(t);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, ['realtime', 'secret.value']);
  const upgraded = once(socket, 'upgrade');
  await once(socket, 'open');
  const [{ headers }] = await upgraded;
  assert.match(headers['x-request-id'], /^[a-z0-9]{25}$/);
  assert.equal(socket.protocol, 'realtime');
  assert.equal(socket.extensions, '');
  socket.send('hello');
  const [data] = await once(socket, 'message');
  assert.equal(String(data), 'hello');
  socket.close(1000);
  const [code] = await once(socket, 'close');
  assert.equal(code, 1000);
});

test('frames that come with the head are read, and bytes behind it are never taken for a request', async (t) => {
  const { port, handled } = await shellFor(t);
  // A masked text frame with a mask of zeros: "hi".
  const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]).toString('latin1');
  const close = Buffer.from([0x88, 0x80, 0, 0, 0, 0]).toString('latin1');
  const client = await exchangeBytes(port, get('/socket', host + offer + key) + frame + close);
  assert.ok(client.received.startsWith(accepted), client.received);
  assert.ok(client.received.includes('\x81\x02hi'), client.received);
  const second = await exchangeBytes(port, get('/socket', host + offer + key) + smuggled);
  assert.ok(second.received.startsWith(accepted), second.received);
  assert.deepEqual(handled, ['GET /socket', 'GET /socket']);
});

test('a refused socket gets a plain response and a closed connection', async (t) => {
  const { port, handled } = await shellFor(t);
  const client = await exchangeBytes(port, get('/socket?refuse', host + offer + key) + smuggled);
  assert.deepEqual(client.statuses, [403], client.received);
  assert.match(client.received, /\r\nconnection: close\r\n/i);
  assert.deepEqual(handled, ['GET /socket']);
});

const others: Readonly<Record<string, readonly [bytes: string, statuses: readonly number[]]>> = {
  'another path': [get('/other', host + offer + key), [426]],
  'another protocol': [get('/socket', `${host}Connection: Upgrade\r\nUpgrade: h2c\r\n`), [426]],
  'no Connection header': [get('/socket', `${host}Upgrade: websocket\r\n${key}`), [426]],
  'a POST': [`POST /socket HTTP/1.1\r\n${host}${offer}${key}Content-Length: 0\r\n\r\n`, [426]],
  'a body': [get('/socket', `${host}${offer}${key}Content-Length: 3\r\n`), [400]],
  'a chunked body': [get('/socket', `${host}${offer}${key}Transfer-Encoding: chunked\r\n`), [400]],
  'no key': [get('/socket', `${host}${offer}Sec-WebSocket-Version: 13\r\n`), [400]],
  'an old version': [get('/socket', host + offer + key.replace('13', '8')), [400]],
  'the same subprotocol twice': [
    get('/socket', `${host}${offer}${key}Sec-WebSocket-Protocol: a, a\r\n`),
    [400],
  ],
  'two Host headers': [get('/socket', host + host + offer + key), [400]],
  'behind another request': [get('/other', host) + get('/socket', host + offer + key), [200, 426]],
};

test('what is no proper offer at a path of sockets gets one refusal, and nothing after it is executed', async (t) => {
  for (const [name, [bytes, statuses]] of Object.entries(others)) {
    await t.test(name, async () => {
      const { port, handled } = await shellFor(t);
      const client = await exchangeBytes(port, bytes + smuggled);
      assert.deepEqual(client.statuses, statuses, client.received);
      assert.ok(!handled.includes('GET /smuggled'), handled.join());
    });
  }
});

test('an offer that comes byte by byte becomes a socket', async (t) => {
  const { port, handled } = await shellFor(t);
  const client = await RawClient.open(port);
  for (const byte of get('/socket', host + offer + key)) {
    client.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.untilReceived('\r\n\r\n');
  assert.ok(client.received.startsWith(accepted), client.received);
  client.socket.destroy();
  assert.deepEqual(handled, ['GET /socket']);
});
