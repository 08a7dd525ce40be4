/** Keep-alive, pipelining, time limits, early responses, disconnecting clients and draining, over raw sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../src/http/exchange.ts';
import { sendJson } from '../../src/http/send.ts';
import { until } from '../support/until.ts';
import { exchangeBytes, RawClient } from './raw-client.ts';
import { startShell } from './shell.ts';

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Creates a handler that keeps exchanges for the test to respond to. */
function keeper() {
  const kept: Exchange[] = [];
  return {
    kept,
    handle: (exchange: Exchange) => {
      kept.push(exchange);
    },
    answer(path: string) {
      const exchange = kept.find((one) => one.path === path);
      assert.ok(exchange, `${path} was not handed over`);
      sendJson(exchange, 200, JSON.stringify({ path }));
    },
  };
}

test('a connection serves many requests, each with an id of its own', async (t) => {
  const shell = await startShell(t);
  const client = await RawClient.open(shell.port);
  for (const path of ['/1', '/2', '/3']) {
    client.send(post(path, 'hello'));
    await client.untilReceived(`"path":"${path}"`);
  }
  client.socket.destroy();
  const ids = [...client.received.matchAll(/x-request-id: (\S+)/g)].map((match) => match[1]);
  assert.equal(new Set(ids).size, 3);
  assert.doesNotMatch(client.received, /connection: close/i);
});

test('serves pipelined requests one after another, with responses in order', async (t) => {
  const { kept, handle, answer } = keeper();
  const shell = await startShell(t, { handle });
  const client = await RawClient.open(shell.port);
  client.send(post('/1', 'x') + get('/2') + post('/3', 'yyy'));
  await until(() => kept.length === 1);
  answer('/1');
  await client.untilReceived('"path":"/1"');
  await until(() => kept.length === 2);
  assert.deepEqual(shell.handled, ['POST /1', 'GET /2']);
  answer('/2');
  await until(() => kept.length === 3);
  answer('/3');
  await client.untilReceived('"path":"/3"');
  client.socket.destroy();
  assert.deepEqual(client.statuses, [200, 200, 200]);
});

test('too many pipelined requests end the connection after the allowed ones', async (t) => {
  const { kept, handle, answer } = keeper();
  const shell = await startShell(t, { handle });
  const client = await RawClient.open(shell.port);
  const paths = Array.from({ length: 1000 }, (_, index) => `/${index}`);
  client.send(paths.map((path) => get(path)).join(''));
  const waiting = 100;
  for (const path of paths.slice(0, waiting + 1)) {
    await until(() => kept.some((one) => one.path === path), 0);
    answer(path);
  }
  await client.untilEnded();
  assert.equal(shell.handled.length, waiting + 1);
  assert.equal(client.statuses.length, waiting + 1);
});

test('does not read data after a refused request while an earlier one is still being served', async (t) => {
  const { kept, handle, answer } = keeper();
  const shell = await startShell(t, { handle });
  const client = await RawClient.open(shell.port);
  client.send(get('/1') + get('/bad', 'Host: b\r\n'));
  await until(() => kept.length === 1);
  for (let sent = 0; sent < 50; sent++) client.send(get('/flood').repeat(10_000));
  const other = await RawClient.open(shell.port);
  for (let turn = 1; turn <= 20; turn++) {
    other.send(get(`/turn/${turn}`));
    await until(() => kept.some((one) => one.path === `/turn/${turn}`));
    answer(`/turn/${turn}`);
  }
  other.socket.destroy();
  const bytes = kept[0]?.req.socket.bytesRead ?? 0;
  assert.ok(bytes > 0 && bytes < 1_000_000, `${bytes} bytes were read`);
  answer('/1');
  await client.untilEnded();
  assert.deepEqual(client.statuses, [200, 400]);
  assert.ok(!shell.handled.includes('GET /flood'));
});

test('does not serve waiting requests of a client that disconnects', async (t) => {
  const { kept, handle } = keeper();
  const shell = await startShell(t, { handle });
  const client = await RawClient.open(shell.port);
  client.send(get('/1') + get('/2'));
  await until(() => kept.length === 1);
  let closed = false;
  kept[0]?.res.once('close', () => {
    closed = true;
  });
  client.socket.destroy();
  await until(() => closed && shell.server.activeRequests === 0);
  assert.deepEqual(shell.handled, ['GET /1']);
});

test('a handler that throws gives 500 without the message', async (t) => {
  const shell = await startShell(t, {
    handle() {
      throw new Error('inner secret');
    },
  });
  const client = await exchangeBytes(shell.port, get('/', 'Connection: close\r\n'));
  assert.deepEqual(client.statuses, [500]);
  assert.ok(!client.received.includes('inner secret'));
});

test('a response to HEAD has the length and no body, and no request gets two responses', async (t) => {
  const shell = await startShell(t, {
    handle(exchange) {
      sendJson(exchange, 200, '{"a":1}');
      sendJson(exchange, 500, '{"b":2}');
    },
  });
  const client = await exchangeBytes(shell.port, 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(client.received, /content-length: 7\r\n/);
  assert.ok(client.received.endsWith('\r\n\r\n'));
  assert.deepEqual(client.statuses, [200]);
});

test('an incomplete head gets 408 and is closed', async (t) => {
  const shell = await startShell(t, { settings: { headers_ms: 200 } });
  const silent = await RawClient.open(shell.port);
  const slow = await RawClient.open(shell.port);
  slow.send('GET / HTTP/1.1\r\nHost: a\r\n');
  const dripping = setInterval(() => slow.send('X: y\r\n'), 50);
  await slow.untilEnded();
  clearInterval(dripping);
  assert.deepEqual(slow.statuses, [408], slow.received);
  assert.match(slow.received, /x-request-id: /);
  await silent.untilEnded();
  assert.deepEqual(shell.handled, []);
});

test('a body that stops arriving gets 408 and is closed', async (t) => {
  const shell = await startShell(t, { settings: { body_idle_ms: 100 } });
  const client = await exchangeBytes(
    shell.port,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc',
  );
  assert.deepEqual(client.statuses, [408], client.received);
  assert.deepEqual(shell.bodies, ['request_timeout']);
});

test('a body that takes longer than the total limit gets 408 and is closed', async (t) => {
  const shell = await startShell(t, { settings: { body_ms: 300, headers_ms: 300 } });
  const client = await RawClient.open(shell.port);
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
  const dripping = setInterval(() => client.send('x'), 20);
  await client.untilEnded();
  clearInterval(dripping);
  assert.deepEqual(client.statuses, [408], client.received);
});

test('an idle connection is closed after the keep-alive time', async (t) => {
  const shell = await startShell(t, { settings: { keep_alive_ms: 50 } });
  const client = await exchangeBytes(shell.port, get('/'));
  assert.deepEqual(client.statuses, [200]);
});

test('closes connections beyond the limit, and accepts new ones when one ends', async (t) => {
  const shell = await startShell(t, { settings: { connections_max: 2 } });
  const first = await RawClient.open(shell.port);
  const second = await RawClient.open(shell.port);
  for (const client of [first, second]) {
    client.send(get('/'));
    await client.untilReceived('}');
  }
  const third = await RawClient.open(shell.port);
  assert.equal(await third.untilEnded(), '');
  first.socket.destroy();
  await until(async () => {
    const again = await exchangeBytes(shell.port, get('/', 'Connection: close\r\n'));
    return again.statuses[0] === 200;
  });
  second.socket.destroy();
});

test('the client receives a response that is sent while a long body is still arriving', async (t) => {
  const shell = await startShell(t, { handle: (exchange) => sendJson(exchange, 401, '{"refused":true}') });
  const megabyte = Buffer.alloc(1_048_576, 'x');
  for (const framing of ['Content-Length: 52428800', 'Transfer-Encoding: chunked']) {
    const client = await RawClient.open(shell.port);
    // A simple client that reads nothing before it has sent everything.
    client.socket.pause();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`);
    for (let sent = 0; sent < 50; sent++) {
      const piece = framing.startsWith('T') ? Buffer.concat([Buffer.from('100000\r\n'), megabyte]) : megabyte;
      await new Promise((resolve) => client.socket.write(piece, resolve));
      if (framing.startsWith('T')) client.send('\r\n');
    }
    client.socket.resume();
    await client.untilReceived('{"refused":true}');
    assert.deepEqual(client.statuses, [401]);
    assert.match(client.received, /connection: close/i);
    assert.equal(client.error, undefined);
    client.socket.destroy();
  }
});

test('the client receives a response that is sent while a long body waits to be read', async (t) => {
  const { kept, handle, answer } = keeper();
  const shell = await startShell(t, { handle });
  const client = await RawClient.open(shell.port);
  client.socket.pause();
  client.send('POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n');
  const sent = new Promise((resolve) => client.socket.write(Buffer.alloc(30_000_000, 'x'), resolve));
  await until(() => (kept[0]?.req.readableLength ?? 0) >= 65_536);
  answer('/late');
  await sent;
  client.socket.resume();
  await client.untilReceived('"path":"/late"');
  assert.equal(client.error, undefined);
  client.socket.destroy();
});

test('a response before a short body has arrived keeps the connection', async (t) => {
  const shell = await startShell(t, { handle: (exchange) => sendJson(exchange, 401, '{"refused":true}') });
  const client = await RawClient.open(shell.port);
  client.send(post('/1', 'x'.repeat(50_000)) + get('/2'));
  await until(() => client.statuses.length === 2);
  client.socket.destroy();
  assert.doesNotMatch(client.received, /connection: close/i);
});

test('while draining, in-flight requests finish, and any further request is the last of its connection', async (t) => {
  const { kept, handle, answer } = keeper();
  const shell = await startShell(t, { handle });
  const idle = await RawClient.open(shell.port);
  idle.send(get('/idle'));
  await until(() => kept.length === 1);
  answer('/idle');
  await idle.untilReceived('/idle');
  const running = await RawClient.open(shell.port);
  running.send(get('/running'));
  await until(() => kept.length === 2);

  let drained = false;
  const draining = shell.server.drain(60_000).then(() => {
    drained = true;
  });
  assert.equal(shell.server.draining, true);
  await idle.untilEnded();

  const late = await RawClient.open(shell.port);
  late.send(get('/late') + get('/never'));
  await until(() => kept.length === 3);
  answer('/late');
  await late.untilEnded();
  assert.deepEqual(late.statuses, [200]);
  assert.match(late.received, /connection: close/i);
  assert.equal(drained, false);
  assert.equal(shell.server.activeRequests, 1);

  answer('/running');
  await running.untilEnded();
  assert.match(running.received, /connection: close/i);
  await draining;
  assert.deepEqual(shell.handled, ['GET /idle', 'GET /running', 'GET /late']);
});

test('draining ends at its time limit although a request is in flight, and close aborts that too', async (t) => {
  const { kept, handle } = keeper();
  const shell = await startShell(t, { handle });
  const client = await RawClient.open(shell.port);
  client.send(get('/'));
  await until(() => kept.length === 1);
  await shell.server.drain(50);
  assert.equal(shell.server.activeRequests, 1);
  await shell.server.close();
  await client.untilEnded();
  assert.equal(client.received, '');
});

test('reports a port that is in use', async (t) => {
  const shell = await startShell(t);
  const other = await startShell(t);
  await other.server.close();
  await assert.rejects(other.server.listen(`127.0.0.1:${shell.port}`), { code: 'EADDRINUSE' });
});

test('uses X-Forwarded-For only from a trusted proxy', async (t) => {
  const untrusting = await startShell(t);
  const trusting = await startShell(t, { settings: { trusted_proxies: ['127.0.0.0/8'] } });
  const request = get(
    '/',
    'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 198.51.100.7\r\nConnection: close\r\n',
  );
  assert.match((await exchangeBytes(untrusting.port, request)).received, /"clientAddress":"127.0.0.1"/);
  assert.match((await exchangeBytes(trusting.port, request)).received, /"clientAddress":"198.51.100.7"/);
});
