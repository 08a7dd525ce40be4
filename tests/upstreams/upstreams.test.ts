/** Channels over real sockets: timeouts, broken responses, reload under load, the operator's channel test. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { startDemoUpstream } from '../../src/demo/demo-upstream.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import type { ChannelRow } from '../../src/store/store.ts';
import { testTarget } from '../../src/upstreams/channel-test.ts';
import { createPool } from '../../src/upstreams/pools.ts';
import { createUpstreams } from '../../src/upstreams/registry.ts';
import type { UpstreamTarget } from '../../src/upstreams/upstreams.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import * as behave from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';

async function start(t: TestContext, channel: Partial<ChannelRow> = {}) {
  const fake = await startFakeUpstream();
  const demo = startDemoUpstream({ chunkMs: 0 });
  const row: ChannelRow = {
    id: 1,
    name: 'one',
    state: 'enabled',
    protocols: ['openai'],
    baseUrl: fake.origin,
    sealedKeys: Buffer.from('sk-of-upstream'),
    models: ['m'],
    modelMapping: {},
    groups: ['default'],
    priority: 0,
    weight: 1,
    extraHeaders: {},
    connectMs: 500,
    firstByteMs: 500,
    idleChunkMs: 500,
    proxy: null,
    sealedProxyAuth: null,
    streamUsage: true,
    kind: 'custom',
    options: {},
    createdAt: 1,
    ...channel,
  };
  const rows = [row];
  const upstreams = await createUpstreams({
    store: { listChannels: async () => rows },
    settings: settingsSchema.parse({ upstreams: { allow_private: true } }).upstreams,
    openKeys: ({ sealedKeys }) => (sealedKeys ? [Buffer.from(sealedKeys).toString()] : []),
    openProxyAuth: () => undefined,
    clock: systemClock,
    random: systemRandom,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    demoOrigin: () => demo.origin(),
  });
  t.after(async () => {
    await upstreams.close();
    await fake.close();
    await demo.close();
  });
  return { fake, upstreams, rows, row };
}

function picked(upstreams: Awaited<ReturnType<typeof start>>['upstreams']): UpstreamTarget {
  const target = upstreams.pick({
    api: 'openai',
    operation: 'chat.completions',
    model: 'm',
    groups: ['default'],
    kind: 'generate',
    keyId: 1,
    conversation: () => undefined,
    tried: [],
  });
  assert.ok(typeof target !== 'string');
  return target;
}

/** Sends a request to the target and reads the complete response. */
async function send(target: UpstreamTarget, path: string): Promise<string> {
  const { origin, connections } = target;
  return (await connections.dispatcher.request({ origin, path, method: 'POST', body: '{}' })).body.text();
}

test('an upstream that hangs, sends a wrong length, garbage or an endless header ends in an error', async (t) => {
  const { fake, upstreams } = await start(t);
  const faults: [string, Behaviour, RegExp][] = [
    ['/before', behave.hangBeforeHeaders, /UND_ERR_HEADERS_TIMEOUT/],
    ['/after', behave.hangAfterHeaders('data: 1\n\n'), /UND_ERR_BODY_TIMEOUT/],
    ['/endless', behave.endlessHeader, /UND_ERR_HEADERS_OVERFLOW/],
    ['/garbage', behave.garbage, /HTTPParserError/],
    ['/short', behave.wrongLength(100, 10), /UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH/],
    ['/reset', behave.resetAtOnce, /ECONNRESET|UND_ERR_SOCKET/],
  ];
  await Promise.all(
    faults.map(async ([path, fault, code]) => {
      fake.on(path, fault);
      await assert.rejects(send(picked(upstreams), path), (error: Error & { code?: string }) => {
        assert.match(`${error.name} ${error.code}`, code, path);
        return true;
      });
    }),
  );
  assert.match(await send(picked(upstreams), '/'), /chat.completion/);
});

test('an upstream that takes connections but never finishes the TLS handshake is a connect timeout', async (t) => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const { upstreams } = await start(t, { baseUrl: `https://127.0.0.1:${port}` });
  t.after(() => silent.close());
  await assert.rejects(send(picked(upstreams), '/'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
});

test('does not follow a redirect', async (t) => {
  const { fake, upstreams } = await start(t);
  fake.on('/moved', behave.answer(302, 'elsewhere', { location: '/target' }));
  assert.equal(await send(picked(upstreams), '/moved'), 'elsewhere');
  assert.equal(fake.requests.length, 1);
});

test('connections are kept and used again', async (t) => {
  const { fake, upstreams } = await start(t);
  for (let i = 0; i < 9; i += 1) await send(picked(upstreams), '/');
  // The pool opens a second connection when a request comes just before the first counts as free.
  assert.ok(fake.totalConnections() <= 2, `${fake.totalConnections()} connections`);
});

test('when a channel is deleted, its in-flight request finishes and its connections close', async (t) => {
  const { fake, upstreams, rows } = await start(t, { idleChunkMs: 60_000 });
  fake.on('', behave.chatStream(30, 100));
  const running = send(picked(upstreams), '/');
  await until(() => fake.requests.length === 1);
  rows.length = 0;
  await upstreams.reload();
  const gone = upstreams.pick({
    api: 'openai',
    operation: 'chat.completions',
    model: 'm',
    groups: ['default'],
    kind: 'generate',
    keyId: 1,
    conversation: () => undefined,
    tried: [],
  });
  assert.equal(gone, 'unknown_model');
  assert.match(await running, /\[DONE\]/);
  await until(() => fake.openConnections() === 0);
});

test('refuses a name that resolves to a private address when connecting, and reports it to the operator', async (t) => {
  const { fake, upstreams } = await start(t);
  const inside = { address: '127.0.0.1', family: 4 };
  const options = {
    origin: `http://upstream.example:${fake.port}`,
    connectMs: 1000,
    firstByteMs: 1000,
    idleChunkMs: 1000,
    connectionsMax: 1,
    lookup: (_: string, __: unknown, callback: (error: null, found: (typeof inside)[]) => void) =>
      callback(null, [inside]),
  };
  const strict = createPool({ ...options, allowPrivate: false });
  const open = createPool({ ...options, allowPrivate: true });
  t.after(async () => {
    await Promise.all([strict.destroy(), open.destroy()]);
  });
  const request = { path: '/', method: 'POST' as const, body: '{}' };
  await assert.rejects(strict.dispatcher.request(request), { code: 'upstream_unreachable' });
  const target = picked(upstreams);
  const { secrets, asksForUsage } = target;
  const told = await testTarget({ ...target, secrets, asksForUsage, connections: strict }, 'openai', {
    monotonic: () => 0,
    random: systemRandom,
  });
  assert.match(told.message, /upstream\.example resolves to 127\.0\.0\.1.*upstreams\.allow_private/);
  assert.equal(fake.totalConnections(), 0);
  assert.equal((await open.dispatcher.request(request)).statusCode, 200);
});

test("refuses a channel's proxy whose name resolves to a private address when connecting", async (t) => {
  const { fake } = await start(t);
  const inside = { address: '127.0.0.1', family: 4 };
  const pool = createPool({
    origin: 'https://upstream.example',
    ...{ connectMs: 1000, firstByteMs: 1000, idleChunkMs: 1000, connectionsMax: 1, allowPrivate: false },
    proxy: { origin: `http://proxy.example:${fake.port}`, credentials: undefined, allowPrivate: false },
    lookup: (_: string, __: unknown, callback: (error: null, found: (typeof inside)[]) => void) =>
      callback(null, [inside]),
  });
  t.after(() => pool.destroy());
  const request = pool.dispatcher.request({ path: '/', method: 'POST', body: '{}' });
  await assert.rejects(request, { code: 'upstream_unreachable' });
  assert.equal(fake.totalConnections(), 0);
});

test('the demo channel works with any address rules', async (t) => {
  const demo = startDemoUpstream({ chunkMs: 0 });
  const upstreams = await createUpstreams({
    store: { listChannels: async () => [{ ...(await start(t)).row, baseUrl: 'demo:', connectMs: 20_000 }] },
    settings: settingsSchema.parse({}).upstreams,
    openKeys: () => [],
    openProxyAuth: () => undefined,
    clock: systemClock,
    random: systemRandom,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    demoOrigin: () => demo.origin(),
  });
  t.after(async () => {
    await upstreams.close();
    await demo.close();
  });
  const { ok, message } = await upstreams.test(1);
  assert.deepEqual({ ok, message }, { ok: true, message: 'The model "m" answered.' });
});

test('the channel test describes the result in plain words, without the key', async (t) => {
  const { fake, upstreams } = await start(t, { modelMapping: { m: 'real-m' }, extraHeaders: { 'x-a': 'b' } });
  assert.deepEqual(
    { ...(await upstreams.test(1)), ms: 0 },
    { ok: true, ms: 0, message: 'The model "real-m" answered.' },
  );
  const [request] = fake.requests;
  assert.equal(request?.url, '/v1/chat/completions');
  assert.equal(request?.headers.authorization, 'Bearer sk-of-upstream');
  assert.equal(request?.headers['x-a'], 'b');
  assert.equal(JSON.parse(request?.body().toString() ?? '').model, 'real-m');

  fake.on('', behave.json({ error: { message: 'bad key sk-of-upstream' } }, 401));
  const refused = await upstreams.test(1);
  assert.equal(refused.message, 'The upstream refused the key (401). It says: bad key [redacted]');
  fake.on('', behave.hangBeforeHeaders);
  assert.match((await upstreams.test(1, 'm')).message, /^There was no response: .*Check the base URL/);
  assert.equal((await upstreams.test(77)).ok, false);
});

test("the channel test uses the channel's protocol", async (t) => {
  const anthropic = await start(t, { protocols: ['anthropic'] });
  await anthropic.upstreams.test(1);
  assert.equal(anthropic.fake.requests[0]?.url, '/v1/messages');
  assert.equal(anthropic.fake.requests[0]?.headers['x-api-key'], 'sk-of-upstream');
  assert.equal(anthropic.fake.requests[0]?.headers['anthropic-version'], '2023-06-01');
  const gemini = await start(t, { protocols: ['gemini'], models: ['x/text-embed'] });
  await gemini.upstreams.test(1);
  assert.equal(gemini.fake.requests[0]?.url, '/v1beta/models/x%2Ftext-embed:embedContent');
  assert.equal(gemini.fake.requests[0]?.headers['x-goog-api-key'], 'sk-of-upstream');
});

test('the channel test sends what a model of its kind takes, in the form of its upstream', async (t) => {
  const cases = [
    ['bge-reranker-v2', {}, '/v1/rerank', /"documents"/],
    ['rerank-v3.5', { rerank_api: 'cohere' }, '/v2/rerank', /"documents"/],
    ['rerank-2', { rerank_api: 'voyage' }, '/v1/rerank', /"documents"/],
    ['gpt-4o-mini-tts', {}, '/v1/audio/speech', /"voice":"alloy"/],
    [
      'whisper-1',
      {},
      '/v1/audio/transcriptions',
      /name="model"\r\n\r\nwhisper-1[\s\S]*name="file"[\s\S]*RIFF/,
    ],
    ['omni-moderation-latest', {}, '/v1/moderations', /"input"/],
    ['text-embedding-3-small', {}, '/v1/embeddings', /"input"/],
  ] as const;
  for (const [model, options, path, body] of nonEmpty(cases)) {
    const { fake, upstreams } = await start(t, { models: [model], options });
    assert.equal((await upstreams.test(1)).ok, true, model);
    const [request] = fake.requests;
    assert.equal(request?.url, path);
    assert.match(request?.body().toString('latin1') ?? '', body);
  }
});
