/** The fake upstream itself: its faults must be real, since other tests rely on them. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import * as behave from '../support/upstream-behaviours.ts';

async function withFake(run: (fake: FakeUpstream) => Promise<void>): Promise<void> {
  const fake = await startFakeUpstream();
  try {
    await run(fake);
  } finally {
    await fake.close();
  }
}

const post = (fake: FakeUpstream, path: string, body: unknown = {}) =>
  request(fake.origin + path, { method: 'POST', body: JSON.stringify(body) });

test('records requests and selects the response by the longest prefix', () =>
  withFake(async (fake) => {
    fake.on('/v1', behave.json({ short: true }));
    fake.on('/v1/limited', behave.json({}, 429, { 'retry-after': '7' }));
    const limited = await post(fake, '/v1/limited/x', { a: 1 });
    assert.equal(limited.statusCode, 429);
    assert.equal(limited.headers['retry-after'], '7');
    await limited.body.dump();
    assert.deepEqual(await (await post(fake, '/v1/other')).body.json(), { short: true });
    assert.equal(fake.requests[0]?.body().toString(), '{"a":1}');
    assert.equal(fake.requests[0]?.bodyComplete, true);
    await until(() => fake.requests.every(({ state }) => state === 'answered'));
  }));

test('streams a chat response on request, and sends a complete one otherwise', () =>
  withFake(async (fake) => {
    const whole = (await (await post(fake, '/')).body.json()) as { usage: { total_tokens: number } };
    assert.equal(whole.usage.total_tokens, 10);
    const stream = await (await post(fake, '/', { stream: true })).body.text();
    assert.ok(stream.endsWith('data: [DONE]\n\n'));
    assert.equal(stream.match(/"content"/g)?.length, 3);
  }));

test('uses the behaviours in turn and stays with the last one', () =>
  withFake(async (fake) => {
    fake.on('', behave.inTurn(behave.json({}, 500), behave.json({}, 200)));
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { statusCode, body } = await post(fake, '/');
      await body.dump();
      statuses.push(statusCode);
    }
    assert.deepEqual(statuses, [500, 200, 200]);
  }));

test('every broken response is an error for a strict client', () =>
  withFake(async (fake) => {
    fake.on('/reset-at-once', behave.resetAtOnce);
    fake.on('/reset-after', behave.resetAfter(['data: 1\n\n']));
    fake.on('/garbage', behave.garbage);
    fake.on('/short', behave.wrongLength(100, 10));
    fake.on('/endless-header', behave.endlessHeader);
    for (const path of ['/reset-at-once', '/reset-after', '/garbage', '/short', '/endless-header']) {
      await assert.rejects(async () => (await post(fake, path)).body.text(), `${path} was no error`);
    }
    await until(() => fake.requests.every(({ state }) => state === 'aborted'));
  }));

test('a hanging request stays open until its client disconnects, and is then recorded as aborted', () =>
  withFake(async (fake) => {
    fake.on('/before', behave.hangBeforeHeaders);
    fake.on('/after', behave.hangAfterHeaders('data: first\n\n'));
    const stop = new AbortController();
    const hanging = request(`${fake.origin}/before`, { signal: stop.signal });
    const { statusCode, body } = await post(fake, '/after');
    assert.equal(statusCode, 200);
    await until(() => fake.requests.length === 2);
    assert.ok(nonEmpty(fake.requests).every(({ state }) => state === 'running'));
    stop.abort();
    await assert.rejects(hanging);
    body.on('error', () => {}).destroy();
    await until(() => fake.requests.every(({ state }) => state === 'aborted'));
  }));

test('a huge body fills only the kernel buffers when the client does not read', () =>
  withFake(async (fake) => {
    fake.on('', behave.hugeBody(1_000_000_000));
    const socket = connect(fake.port, '127.0.0.1');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => (fake.requests[0]?.bytesTaken() ?? 0) > 0);
    let last = -1;
    await until(() => {
      const taken = fake.requests[0]?.bytesTaken() ?? 0;
      const still = taken === last;
      last = taken;
      return still;
    }, 300);
    assert.ok(last < 100_000_000, `${last} bytes went to a client that reads nothing`);
    socket.destroy();
    await until(() => fake.requests[0]?.state === 'aborted');
  }));

test('a huge body arrives completely when it is read', () =>
  withFake(async (fake) => {
    fake.on('', behave.hugeBody(3_000_001));
    const { body } = await post(fake, '/');
    assert.equal((await body.arrayBuffer()).byteLength, 3_000_001);
    await until(() => fake.requests[0]?.state === 'answered');
  }));

test('compresses without request, and refuses during the upload', () =>
  withFake(async (fake) => {
    fake.on('/gzip', behave.gzipped({ ok: 1 }));
    fake.on('/early', behave.earlyRefusal(413));
    const { headers, body } = await post(fake, '/gzip');
    assert.equal(headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(await body.arrayBuffer()).toString(), '{"ok":1}');

    const socket = connect(fake.port, '127.0.0.1');
    socket.write('POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nonly a part');
    const [first] = (await new Promise<unknown[]>((resolve) => {
      socket.once('data', (chunk) => resolve([chunk]));
    })) as [Buffer];
    assert.match(first.toString(), /^HTTP\/1\.1 413 /);
    assert.equal(fake.requests[1]?.bodyComplete, false);
    socket.destroy();
  }));
