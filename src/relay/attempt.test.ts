import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../platform/clock.ts';
import { createPool } from '../upstreams/pools.ts';
import type { ResponseDecoder } from '../upstreams/request-style.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { RequestTimeline } from './request-timeline.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A timeline that nobody reads. */
const unread = new RequestTimeline(systemClock, 0);

const isGone = async (ref: WeakRef<Buffer>): Promise<boolean> => {
  for (let round = 0; round < 100; round += 1) {
    collectGarbage();
    if (ref.deref() === undefined) return true;
    // What was looked at is kept until this turn is over.
    await sleep(10);
  }
  return false;
};

/** An upstream with one connection to it, which leaves the first request without an end. */
async function startUpstream(t: TestContext) {
  const arrived: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    arrived.push(request);
    response.flushHeaders();
    if (arrived.length > 1) response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const times = { connectMs: 10_000, firstByteMs: 60_000, idleChunkMs: 60_000 };
  const pool = createPool({ origin, ...times, connectionsMax: 1, allowPrivate: true });
  t.after(async () => {
    await pool.destroy();
    server.close();
  });
  const send = (
    path: string,
    length: number,
    takesTime: { mayContinue: boolean } | undefined = undefined,
  ) => {
    const [head, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const owner: AttemptOwner = {
      mayContinue: () => takesTime?.mayContinue ?? true,
      onHead: () => {
        head.resolve();
        return 'forward';
      },
      onChunk: () => {},
      onEnd: ended.resolve,
      onFailure: () => {},
    };
    const attempt = new Attempt(owner, systemClock, {
      target: { connections: pool, style: {} },
      unpacks: false,
      timeline: unread,
    });
    const body = Buffer.alloc(length, 'x');
    const request = {
      origin,
      path,
      method: 'POST' as const,
      headersTimeout: times.firstByteMs,
      bodyTimeout: times.idleChunkMs,
      headers: ['content-length', String(length)],
      body: [body],
    };
    attempt.send(takesTime ? Promise.resolve(request) : request);
    return { attempt, body: new WeakRef(body), head: head.promise, ended: ended.promise };
  };
  return { server, arrived, send };
}

test('a long body arrives whole and is let go while the answer still runs', async (t) => {
  const { arrived, send } = await startUpstream(t);
  const { head, body } = send('/', 3_000_000);
  await head;
  let bytes = 0;
  for await (const chunk of arrived[0] ?? []) bytes += (chunk as Buffer).length;
  assert.equal(bytes, 3_000_000);
  assert.ok(await isGone(body));
});

test('an attempt that ends while it waits for a connection lets go of its body and is never sent', async (t) => {
  const { server, arrived, send } = await startUpstream(t);
  const first = send('/first', 4);
  await once(server, 'request');
  const [short, long, last] = [send('/short', 4), send('/long', 100_000), send('/last', 4)];
  short.attempt.abort();
  long.attempt.abort();
  assert.ok(await isGone(long.body));
  first.attempt.abort();
  await last.ended;
  assert.deepEqual(
    arrived.map((request) => request.url),
    ['/first', '/last'],
  );
});

test('a request that took time to be made is sent only if its owner may still continue', async (t) => {
  const { arrived, send } = await startUpstream(t);
  send('/late', 4, { mayContinue: false });
  await send('/in-time', 4, { mayContinue: true }).head;
  assert.deepEqual(
    arrived.map(({ url }) => url),
    ['/in-time'],
  );
});

test('a response that cannot be decoded fails once, with what could be decoded before', async (t) => {
  const server = createServer((_, response) => response.end('good bad'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const times = { connectMs: 10_000, firstByteMs: 60_000, idleChunkMs: 60_000 };
  const pool = createPool({ origin, ...times, connectionsMax: 1, allowPrivate: true });
  t.after(async () => {
    await pool.destroy();
    server.close();
  });
  const decoded = async (decoder: ResponseDecoder) => {
    const said: string[] = [];
    const over = Promise.withResolvers<void>();
    const owner: AttemptOwner = {
      mayContinue: () => true,
      onHead: (status, headers) => {
        said.push(`${status} ${headers['content-type']} ${headers['content-length']}`);
        return 'forward';
      },
      onChunk: (chunk) => said.push(chunk.toString()),
      onEnd: () => over.resolve(void said.push('end')),
      onFailure: (error) => over.resolve(void said.push(error.message)),
    };
    const target = { connections: pool, style: { decoder: () => decoder } };
    const { firstByteMs: headersTimeout, idleChunkMs: bodyTimeout } = times;
    const request = {
      origin,
      path: '/',
      method: 'POST',
      headers: [],
      body: [],
      headersTimeout,
      bodyTimeout,
    } as const;
    new Attempt(owner, systemClock, { target, unpacks: false, timeline: unread }).send(request);
    await over.promise;
    return said;
  };
  const contentType = 'text/event-stream';
  const good = { contentType, push: (chunk: Buffer) => chunk, end: () => {} };
  const fails = () => {
    throw new Error('not of this form');
  };
  assert.deepEqual(await decoded(good), ['200 text/event-stream undefined', 'good bad', 'end']);
  const incomplete = await decoded({ ...good, end: fails });
  assert.deepEqual(incomplete, ['200 text/event-stream undefined', 'good bad', 'not of this form']);
  const bad = await decoded({ ...good, push: fails });
  assert.deepEqual(bad, ['200 text/event-stream undefined', 'not of this form']);
});
