/**
 * Bodies designed to block the gateway. Prints the effect of each on a second client, compared with no attack;
 * asserts the limits and the memory.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawClient } from '../http/raw-client.ts';
import { chat } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { startSecondClient } from './second-client.ts';

let gateway: Gateway;
let upstream: FakeUpstream;
/** A key without any usable model. */
let hostile: TestKey;
let other: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin);
  hostile = await gateway.createKey({ model_limits_enabled: true, model_limits: 'none' });
  other = await gateway.createKey();
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const port = () => Number(new URL(gateway.url).port);

/** Returns the resident memory of the gateway in bytes. */
function memory(): number {
  const status = readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** Returns how long a second client waits for small responses while `work` runs, in milliseconds, longest last. */
async function waitsDuring(work: () => Promise<unknown>): Promise<readonly number[]> {
  const client = await startSecondClient(gateway.url, other.value);
  try {
    await work();
  } finally {
    // Work that `work` started needs time too.
    await sleep(50);
  }
  return client.stop();
}

const figures = (waits: readonly number[]) =>
  `p99 ${waits[Math.floor(waits.length * 0.99)]?.toFixed(0)} ms, longest ${waits.at(-1)?.toFixed(0)} ms of ${waits.length}`;

const body = (rest: string) => `{"model":"ok","messages":[],"x":${rest}}`;
const names = (count: number) =>
  `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')}}`;

const bodies: Readonly<Record<string, [make: () => string, expected: RegExp]>> = {
  'a million names': [() => body(names(1_000_000)), /more than 100000 names/],
  '4.5 million names': [() => body(names(4_500_000)), /more than 100000 names/],
  'thirty million brackets': [() => '['.repeat(30_000_000), /nested deeper than 256/],
  'five million empty arrays': [() => body(`[${'[],'.repeat(5_000_000)}[]]`), /more than 1000000 values/],
  'as many names as there may be': [() => body(names(99_000)), /model_not_allowed/],
  'as many empty arrays as there may be': [() => body(`[${'[],'.repeat(490_000)}[]]`), /model_not_allowed/],
  'as many numbers as there may be, each in an object': [
    () => body(`[${'{"a":1},'.repeat(99_000)}1]`),
    /model_not_allowed/,
  ],
  'one picture of 60 MB': [() => body(`"${'A'.repeat(60_000_000)}"`), /model_not_allowed/],
  '60 MB of escapes': [() => body(`"${'\\n'.repeat(30_000_000)}"`), /model_not_allowed/],
};

test('the second client alone', async (t) => {
  t.diagnostic(figures(await waitsDuring(() => sleep(1000))));
});

for (const [what, [make, expected]] of Object.entries(bodies)) {
  test(`${what} in a body: refused by its structure or its model, without delaying other clients`, async (t) => {
    const rawBody = make();
    const memoryBefore = memory();
    let most = 0;
    const waits = await waitsDuring(async () => {
      const stream = chat(gateway.url, hostile.value, { rawBody });
      const watch = setInterval(() => {
        most = Math.max(most, memory() - memoryBefore);
      }, 20);
      await stream.end();
      clearInterval(watch);
      assert.match(stream.text(), expected);
    });
    t.diagnostic(`${figures(waits)}; memory grew by ${(most / 1e6).toFixed(0)} MB`);
    assert.ok(most < 700_000_000, `memory grew by ${most} bytes`);
  });
}

test('the bodies of one key share a bound, and other keys are served meanwhile', async () => {
  const small = await startGateway({
    env: { HALLEY_HTTP_SENDER_BODIES_BYTES_MAX: '3000000', HALLEY_HTTP_BODIES_BYTES_MAX: '5000000' },
  });
  try {
    await small.createChannel(upstream.origin);
    const [greedy, second, third] = [
      await small.createKey(),
      await small.createKey(),
      await small.createKey(),
    ];
    const upload = async (key: TestKey) => {
      const client = await RawClient.open(Number(new URL(small.url).port));
      const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key.value}\r\nContent-Length: 1500000\r\n\r\n`;
      client.send(head);
      client.send(Buffer.alloc(1_400_000, ' '));
      return client;
    };
    const first = await upload(greedy);
    const refused = await upload(greedy);
    await refused.untilReceived('sender_bodies_full');
    assert.deepEqual(refused.statuses, [429]);
    assert.equal((await chat(small.url, second.value).head()).status, 200);
    const filling = await upload(second);
    const beyond = await upload(third);
    await beyond.untilReceived('bodies_full');
    assert.deepEqual(beyond.statuses, [503]);
    for (const client of [first, filling]) client.socket.destroy();
    // The memory of disconnected clients is free again.
    await until(async () => {
      const again = await upload(greedy);
      again.send(Buffer.alloc(100_000, ' '));
      await until(() => again.statuses.length > 0);
      again.socket.destroy();
      return again.statuses[0] === 400;
    });
  } finally {
    await small.stop();
  }
});

test('aborts a body that arrives too slowly', async () => {
  const slow = await startGateway();
  try {
    const key = await slow.createKey();
    const client = await RawClient.open(Number(new URL(slow.url).port));
    client.send(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key.value}\r\nContent-Length: 100000\r\n\r\n`,
    );
    await until(() => {
      if (!client.ended) client.send(' ');
      return client.statuses.length > 0;
    }, 200);
    assert.deepEqual(client.statuses, [408]);
    assert.match(client.received, /bytes a second/);
  } finally {
    await slow.stop();
  }
});

test('800 connections with unfinished logins take little memory', async (t) => {
  const memoryBefore = memory();
  const clients: RawClient[] = [];
  for (let index = 0; index < 800; index++) {
    const client = await RawClient.open(port());
    client.send(
      `POST /api/user/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${' '.repeat(100_000)}`,
    );
    clients.push(client);
  }
  await sleep(500);
  const grown = memory() - memoryBefore;
  for (const client of clients) client.socket.destroy();
  t.diagnostic(`memory grew by ${(grown / 1e6).toFixed(0)} MB`);
  assert.ok(grown < 200_000_000, `memory grew by ${grown} bytes`);
});
