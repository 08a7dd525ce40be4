/** Abuse of a connection: data behind a refused request, and many waiting bodies. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawClient } from '../http/raw-client.ts';
import { startShell } from '../http/shell.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

test('notices a client that disconnects after a refused request', async (t) => {
  let isClosed = false;
  const shell = await startShell(t, {
    handle: ({ res }) => {
      res.on('close', () => {
        isClosed = true;
      });
    },
  });
  const client = await RawClient.open(shell.port);
  client.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => shell.handled.length === 1);
  client.send('TRACE / HTTP/1.1\r\nHost: a\r\n\r\n');
  await sleep(100);
  assert.equal(isClosed, false);
  client.socket.destroy();
  await until(() => isClosed);
});

test('buffers bodies of waiting requests up to a bound', async (t) => {
  let first: IncomingMessage | undefined;
  const shell = await startShell(t, {
    handle: ({ req }) => {
      first ??= req;
    },
  });
  const client = await RawClient.open(shell.port);
  client.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => first !== undefined);
  const waiting = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(60_000)}`;
  for (let sent = 0; sent < 99; sent++) client.send(waiting);
  let taken = -1;
  await until(() => {
    const now = first?.socket.bytesRead ?? 0;
    const isStill = now === taken;
    taken = now;
    return isStill;
  }, 200);
  assert.ok(taken < 1_000_000, `${taken} bytes were taken in`);
  client.socket.destroy();
});

test('in drain mode, disconnects a client that closes its side and reads nothing', async () => {
  const upstream = await startFakeUpstream();
  const gateway = await startGateway({
    env: { HALLEY_REVOCATION_IN_FLIGHT: 'drain', HALLEY_HTTP_SLOW_CLIENT_MS: '1000' },
  });
  try {
    await gateway.createChannel(upstream.origin);
    const key = await gateway.createKey();
    upstream.on('/v1', upstreams.hugeBody(200_000_000, undefined, upstreams.chatChunk('hello')));
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    const body = JSON.stringify({
      model: 'test-model',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key.value}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => (upstream.requests.at(-1)?.bytesTaken() ?? 0) > 500_000);
    socket.end();
    await until(async () =>
      /^halley_requests_running 0$/m.test((await gateway.call('GET', '/metrics')).text),
    );
    socket.destroy();
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});
