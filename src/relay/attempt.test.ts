import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type Dispatcher, Pool } from 'undici';
import { Attempt } from './attempt.ts';

test('an attempt that ends while it waits for a connection lets go of its body and is never sent', async (t) => {
  const arrived: string[] = [];
  const server = createServer((request, response) => {
    arrived.push(request.url ?? '');
    if (arrived.length > 1) response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pool = new Pool(origin, { connections: 1, pipelining: 1 });
  t.after(async () => {
    await pool.destroy();
    server.close();
  });
  const send = (path: string) => {
    const ended = Promise.withResolvers<void>();
    const owner = {
      onHead: () => 'forward' as const,
      onChunk: () => true,
      onEnd: ended.resolve,
      onFailure: ended.reject,
    };
    const attempt = new Attempt(owner);
    const body = Buffer.from('body');
    const headers = { 'content-length': '4' };
    const options: Dispatcher.DispatchOptions = { origin, path, method: 'POST', headers, body };
    attempt.send(pool, options);
    return { attempt, options, ended: ended.promise };
  };
  const first = send('/first');
  await once(server, 'request');
  const second = send('/second');
  const third = send('/third');
  second.attempt.abort();
  assert.equal(second.options.body, null);
  first.attempt.abort();
  await third.ended;
  assert.deepEqual(arrived, ['/first', '/third']);
});
