/** When the upstream closes an idle connection, the gateway repeats the next request on it, once. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';
import { chat } from './chat.ts';

let upstream: FakeUpstream;
let other: FakeUpstream;
let gateway: Gateway;
let cautious: Gateway;

before(async () => {
  [upstream, other] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
  [gateway, cautious] = await Promise.all([
    startGateway({ env: { HALLEY_UPSTREAMS_OPEN_AFTER_FAILURES: '1' } }),
    startGateway({ env: { HALLEY_UPSTREAMS_RETRY_STALE: 'false' } }),
  ]);
});

// A new channel has no connections and no failures.
beforeEach(async () => {
  other.on('', upstreams.chatAnswer());
  for (const each of [gateway, cautious]) {
    const { items } = dataOf(await each.call('GET', '/api/channel/')) as { items: { id: number }[] };
    for (const { id } of items) await each.call('DELETE', `/api/channel/${id}`);
    await each.createChannel(upstream.origin, { name: 'first', priority: 10 });
    await each.createChannel(other.origin, { name: 'other', priority: 5 });
  }
});

after(async () => {
  await Promise.all([gateway.stop(), cautious.stop()]);
  await Promise.all([upstream.close(), other.close()]);
});

const fin: Behaviour = ({ socket }) => void socket.destroy();
const body = { model: 'test-model', messages: [{ role: 'user', content: 'hi' }] };

async function statusOf(key: string, at = gateway, given: unknown = body): Promise<number> {
  const stream = chat(at.url, key, { body: given });
  const { status } = await stream.head();
  await stream.end();
  return status;
}

/**
 * Sends requests until one of them gets `later` on a connection that was used before.
 * @returns the status of that request, and how many requests reached the upstream for it
 */
async function meet(later: Behaviour, at = gateway, given: unknown = body, key?: string) {
  let met = 0;
  const noticed: Behaviour = (exchange) => {
    met += 1;
    return later(exchange);
  };
  upstream.on('', upstreams.onReuse(upstreams.chatAnswer(), noticed));
  const value = key ?? (await at.createKey()).value;
  for (let round = 1; ; round += 1) {
    const sent = upstream.requests.length;
    const status = await statusOf(value, at, given);
    if (met > 0) return { status, sent: upstream.requests.length - sent, met, round };
    assert.equal(status, 200);
    // The next request may arrive before the connection counts as free, and get a new one.
    assert.ok(round < 50, 'no connection was used again');
  }
}

for (const [how, close] of [
  ['resets', upstreams.resetAtOnce],
  ['closes', fin],
] as const) {
  test(`an upstream that ${how} an idle connection as the next request arrives causes no 502`, async () => {
    const otherBefore = other.requests.length;
    assert.deepEqual({ ...(await meet(close)), round: 0 }, { status: 200, sent: 2, met: 1, round: 0 });
    assert.equal(other.requests.length, otherBefore);
  });
}

test('the second attempt uses a new connection, even if other idle ones exist', async () => {
  const { value } = await gateway.createKey();
  const idle = 6;
  const all = Promise.withResolvers<void>();
  let arrived = 0;
  upstream.on('', async (exchange) => {
    arrived += 1;
    if (arrived === idle) all.resolve();
    await all.promise;
    await upstreams.chatAnswer()(exchange);
  });
  await Promise.all(Array.from({ length: idle }, () => statusOf(value)));
  let resets = 0;
  upstream.on('', (exchange) => {
    if (exchange.socket.bytesWritten === 0) return upstreams.chatAnswer()(exchange);
    resets += 1;
    exchange.socket.resetAndDestroy();
  });
  for (let round = 0; round < idle; round += 1) assert.equal(await statusOf(value), 200);
  assert.ok(resets > 0);
});

test('repeats a body of many megabytes completely', async () => {
  const long = { ...body, messages: [{ role: 'user', content: 'x'.repeat(3_000_000) }] };
  const { status, sent } = await meet(
    async (exchange) => {
      await exchange.wholeBody;
      exchange.socket.resetAndDestroy();
    },
    gateway,
    long,
  );
  assert.deepEqual({ status, sent }, { status: 200, sent: 2 });
  assert.equal(upstream.requests.at(-1)?.body().toString(), JSON.stringify(long));
});

test('a repeated request is charged once and counts as one attempt', async () => {
  const key = await gateway.createKey();
  const { round } = await meet(upstreams.resetAtOnce, gateway, body, key.value);
  const used = async () => dataOf(await gateway.call('GET', `/api/token/${key.id}`)).used_quota;
  // 7 input and 3 output tokens for every response.
  await until(async () => (await used()) === round * 10);
  const lines = () => gateway.logLines().filter((line) => line.key_id === key.id);
  await until(() => lines().length === round);
  assert.deepEqual(
    lines().map(({ attempts, channel }) => [attempts, channel]),
    Array(round).fill([1, 'first']),
  );
});

test('a closed idle connection does not count as a failure of its channel', async () => {
  const key = await gateway.createKey();
  const rests = () => gateway.logLines().filter(({ message }) => message === 'channel rested after failures');
  const before = rests().length;
  const { round } = await meet(upstreams.resetAtOnce, gateway, body, key.value);
  await until(() => gateway.logLines().filter(({ key_id }) => key_id === key.id).length === round);
  assert.equal(rests().length, before);
});

test('when the second attempt cannot connect either, the next channel serves the request', async () => {
  const { value } = await gateway.createKey();
  const gone = await startFakeUpstream();
  await gateway.createChannel(gone.origin, { name: 'going', priority: 50 });
  let closed = false;
  const close: Behaviour = () => {
    closed = true;
    return gone.close();
  };
  gone.on('', upstreams.onReuse(upstreams.chatAnswer(), close));
  upstream.on('', upstreams.chatAnswer());
  const before = upstream.requests.length;
  for (let round = 0; !closed; round += 1) {
    assert.equal(await statusOf(value), 200);
    assert.ok(round < 50, 'no connection was used again');
  }
  assert.equal(upstream.requests.length, before + 1);
});

test('does not repeat a request after a byte of a response', async () => {
  const { status, sent } = await meet(async ({ socket, wholeBody }) => {
    await wholeBody;
    socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => setTimeout(() => socket.resetAndDestroy(), 50));
  });
  assert.deepEqual({ status, sent }, { status: 502, sent: 1 });
});

test('does not repeat a request on a new connection', async () => {
  const { value } = await gateway.createKey();
  upstream.on('', upstreams.resetAtOnce);
  const before = upstream.requests.length;
  assert.equal(await statusOf(value), 502);
  assert.equal(upstream.requests.length, before + 1);
});

test('does not repeat a request after a timeout', async () => {
  const slow = { name: 'slow', priority: 50, first_byte_ms: 2000 };
  await gateway.createChannel(upstream.origin, slow);
  const { status, sent } = await meet(upstreams.hangBeforeHeaders);
  assert.deepEqual({ status, sent }, { status: 504, sent: 1 });
});

test('never repeats a request with upstreams.retry_stale disabled', async () => {
  const { status, sent } = await meet(upstreams.resetAtOnce, cautious);
  assert.deepEqual({ status, sent }, { status: 502, sent: 1 });
});
