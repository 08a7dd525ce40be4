/** A slow, stopped or disconnected client costs neither memory nor upstream work. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesTakenWhenPaused, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

const gigabyte = 1_073_741_824;

let gateway: Gateway;
let upstream: FakeUpstream;
let key: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({ env: { HALLEY_HTTP_SLOW_CLIENT_MS: '3000' } });
  await gateway.createChannel(upstream.origin);
  key = await gateway.createKey();
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** Returns the resident memory of the gateway in bytes. */
async function memory(): Promise<number> {
  const status = await readFile(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

test('a client that stops reading pauses the upstream: of 1 GB only what fits into buffers is read', async () => {
  upstream.on('/v1', upstreams.hugeBody(gigabyte));
  const before = await memory();
  const stream = chat(gateway.url, key.value, { body: streamed, paused: true });
  await stream.head();
  const taken = await bytesTakenWhenPaused(upstream);
  assert.ok(taken < 64_000_000, `the gateway took ${taken} bytes from the upstream`);
  assert.ok((await memory()) - before < 100_000_000, 'memory grew with what the client does not read');
  // The gateway disconnects the client after slow_client_ms, and aborts the upstream request.
  await until(() => upstream.requests.at(-1)?.state === 'aborted');
  stream.resume();
  assert.equal(await stream.end(), 'broken');
});

test('a client that reads slowly gets all of it', async () => {
  upstream.on('/v1', upstreams.hugeBody(8_000_000));
  const stream = chat(gateway.url, key.value, { body: streamed, paused: true });
  await stream.head();
  await sleep(500);
  stream.resume();
  assert.equal(await stream.end(), 'whole');
  assert.equal(stream.text().length, 8_000_000);
});

test('1 GB goes through to a client that reads, in bounded memory', async () => {
  upstream.on('/v1', upstreams.hugeBody(gigabyte));
  const before = await memory();
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}` },
    body: JSON.stringify(streamed),
  });
  let bytes = 0;
  let most = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes % 64_000_000 < 70_000) most = Math.max(most, await memory());
  }
  assert.equal(bytes, gigabyte);
  assert.ok(most - before < 150_000_000, `memory grew by ${most - before} bytes`);
});

test('a client that disconnects aborts the upstream request at once', async () => {
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const stream = chat(gateway.url, key.value, { body: streamed });
  await stream.sees('hello');
  stream.leave();
  await until(() => upstream.requests.at(-1)?.state === 'aborted');
  await until(() => gateway.logLines().some((line) => line.outcome === 'client_gone'));
});

test('a client that disconnects before the response has begun aborts the upstream request too', async () => {
  upstream.on('/v1', upstreams.hangBeforeHeaders);
  const before = upstream.requests.length;
  const stream = chat(gateway.url, key.value);
  await until(() => upstream.requests.length > before);
  stream.leave();
  await until(() => upstream.requests.at(-1)?.state === 'aborted');
});
