/** Sockets to upstreams go where the channel's connections may go, and nowhere else. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { type SocketUpstream, startSocketUpstream } from '../../tests/realtime/fake-upstream.ts';
import { startFakeProxy } from '../../tests/support/fake-proxy.ts';
import { openaiUpstream } from '../protocols/upstream/upstream-protocol.ts';
import { DialFailure, dialSocket } from './dial-socket.ts';
import { createPool, type PoolOptions } from './pools.ts';
import { SecretMask } from './secret-mask.ts';
import type { UpstreamTarget } from './upstreams.ts';

const times = { connectMs: 2000, firstByteMs: 2000, idleChunkMs: 2000, connectionsMax: 4 };

function targetAt(origin: string, options: Partial<PoolOptions>): UpstreamTarget {
  return {
    channelId: 1,
    isEnabled: true,
    channelName: 'test',
    kind: 'openai',
    groups: new Set(['default']),
    connections: createPool({ origin, ...times, allowPrivate: true, ...options }),
    origin,
    base: { basePath: '', baseQuery: '', ownVersion: 'none' },
    key: 'upstream-key',
    keyNumber: 1,
    model: 'm',
    extraHeaders: { 'x-own': 'yes' },
    options: {},
    style: {},
    firstByteMs: 2000,
    idleChunkMs: 2000,
    secrets: new SecretMask([]),
    asksForUsage: true,
  };
}

const rawHeaders = [
  'Authorization',
  'Bearer sk-client',
  'OpenAI-Beta',
  'realtime=v1',
  'Sec-WebSocket-Protocol',
  'a',
];
const plain = {
  protocol: openaiUpstream,
  method: 'GET',
  operation: 'realtime',
  path: '/v1/realtime?model=m',
  model: 'm',
  form: 'json',
  rawHeaders,
  body: [],
} as const;
const { signal } = new AbortController();

async function withUpstream(run: (upstream: SocketUpstream) => Promise<void>): Promise<void> {
  const upstream = await startSocketUpstream({ on: () => undefined });
  try {
    await run(upstream);
  } finally {
    await upstream.close();
  }
}

test('the upstream gets its own key and the headers of the protocol, and nothing of the client', () =>
  withUpstream(async ({ origin, sockets }) => {
    const socket = await dialSocket(targetAt(origin, {}), plain, signal);
    assert.ok(socket instanceof WebSocket);
    socket.terminate();
    const { headers, url } = sockets[0]?.request ?? assert.fail();
    assert.equal(url, '/v1/realtime?model=m');
    assert.equal(headers.authorization, 'Bearer upstream-key');
    assert.equal(headers['openai-beta'], 'realtime=v1');
    assert.equal(headers['x-own'], 'yes');
    assert.equal(headers['sec-websocket-protocol'], undefined);
    assert.equal(headers['sec-websocket-extensions'], undefined);
  }));

test('a name that resolves to a private address is not dialled', () =>
  withUpstream(async ({ origin, sockets }) => {
    const byName = origin.replace('127.0.0.1', 'localhost');
    const dialled = dialSocket(targetAt(byName, { allowPrivate: false }), plain, signal);
    await assert.rejects(dialled, (error) => error instanceof DialFailure && !error.connected);
    assert.equal(sockets.length, 0);
  }));

test('a socket goes through the proxy of its channel', () =>
  withUpstream(async ({ origin, sockets }) => {
    const proxy = await startFakeProxy('user:password');
    const address = {
      origin: `http://${proxy.address}`,
      credentials: 'user:password',
      allowPrivate: true,
    };
    const socket = await dialSocket(targetAt(origin, { proxy: address }), plain, signal);
    assert.ok(socket instanceof WebSocket);
    socket.resume();
    const [first] = await once(socket, 'message');
    assert.equal(JSON.parse(String(first)).type, 'session.created');
    socket.terminate();
    assert.equal(proxy.requests.length, 1);
    assert.equal(sockets.length, 1);
    await proxy.close();
  }));

test('a dial that is given up closes its connection', () =>
  withUpstream(async ({ origin }) => {
    const giving = new AbortController();
    const dialled = dialSocket(targetAt(origin, {}), plain, giving.signal);
    giving.abort();
    await assert.rejects(dialled, DialFailure);
  }));
