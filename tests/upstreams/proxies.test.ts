/** Upstreams behind a proxy, set by variables, settings or channel, with the same address checks and secrecy. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { chat } from '../relay/chat.ts';
import { type FakeProxy, startFakeProxy } from '../support/fake-proxy.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { testCertificate, testCertificateKey } from '../support/test-certificate.ts';
import { json } from '../support/upstream-behaviours.ts';

const credentials = 'halley:proxy-pass-9d1c';
const encoded = Buffer.from(credentials).toString('base64');

let upstream: FakeUpstream;
let other: FakeUpstream;
/** Reachable by https under the name upstream.example. */
let secure: { readonly port: number; close(): void };
let proxy: FakeProxy;
let own: FakeProxy;
let dir: string;

before(async () => {
  [upstream, other, proxy, own] = await Promise.all([
    startFakeUpstream(),
    startFakeUpstream(),
    startFakeProxy(credentials),
    startFakeProxy(credentials),
  ]);
  dir = await mkdtemp(join(tmpdir(), 'halley-proxies-'));
  await writeFile(join(dir, 'ca.pem'), testCertificate);
  const server = createTlsServer({ cert: testCertificate, key: testCertificateKey }, (socket) => {
    const plain = connect(upstream.port, '127.0.0.1');
    plain.pipe(socket).pipe(plain);
    for (const one of [plain, socket]) one.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  secure = { port: (server.address() as AddressInfo).port, close: () => server.close() };
});

after(async () => {
  secure.close();
  await Promise.all([upstream.close(), other.close(), proxy.close(), own.close()]);
  await rm(dir, { recursive: true });
});

/** Starts a gateway that fails its test when a proxy password leaks. */
async function start(t: TestContext, env: Readonly<Record<string, string>>): Promise<Gateway> {
  const ca = { NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem') };
  const gateway = await startGateway({ env: { ...ca, ...env } });
  for (const secret of [credentials, 'proxy-pass-9d1c', encoded]) gateway.secret(secret);
  t.after(() => gateway.stop());
  return gateway;
}

async function ask(gateway: Gateway, model = 'test-model') {
  const { value } = await gateway.createKey();
  const stream = chat(gateway.url, value, { body: { model, messages: [{ role: 'user', content: 'hi' }] } });
  const { status } = await stream.head();
  await stream.end();
  return { status, text: stream.text() };
}

test('reaches an https upstream through HTTPS_PROXY, without resolving its name here', async (t) => {
  const env = {
    HTTPS_PROXY: `http://${credentials}@${proxy.address}`,
    HALLEY_UPSTREAMS_ALLOW_PRIVATE: 'false',
  };
  const gateway = await start(t, env);
  await gateway.createChannel(`https://upstream.example:${secure.port}/v1`, { keys: ['key-of-upstream'] });
  assert.equal((await ask(gateway)).status, 200);
  assert.equal((await ask(gateway)).status, 200);
  const [request] = proxy.requests;
  assert.equal(request?.authority, `upstream.example:${secure.port}`);
  assert.equal(request?.hostHeader, request?.authority);
  assert.equal(request?.authorization, `Basic ${encoded}`);
  // The proxy sees only TLS (a handshake record).
  assert.equal(request?.sent()[0], 0x16);
  assert.ok(!request?.sent().includes('key-of-upstream'));
  const reached = upstream.requests.at(-1);
  assert.equal(reached?.headers.authorization, 'Bearer key-of-upstream');
  assert.equal(reached?.headers['proxy-authorization'], undefined);
});

test('reaches the proxy itself by https, under a name or an address', async (t) => {
  const server = createTlsServer({ cert: testCertificate, key: testCertificateKey }, (socket) => {
    const plain = connect(Number(proxy.address.split(':')[1]), '127.0.0.1');
    plain.pipe(socket).pipe(plain);
    for (const one of [plain, socket]) one.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  t.after(() => server.close());
  const gateway = await start(t, {});
  for (const host of ['localhost', '127.0.0.1']) {
    const fields = { models: [host], proxy: `https://${credentials}@${host}:${port}` };
    await gateway.createChannel(`https://upstream.example:${secure.port}`, fields);
    const before = proxy.requests.length;
    assert.equal((await ask(gateway, host)).status, 200, host);
    assert.equal(proxy.requests.length, before + 1);
    assert.equal(proxy.requests.at(-1)?.authorization, `Basic ${encoded}`);
  }
});

test('reaches a plain http upstream through http_proxy by a tunnel too, and NO_PROXY exempts one', async (t) => {
  const gateway = await start(t, {
    http_proxy: `${credentials}@${proxy.address}`,
    HTTP_PROXY: 'http://127.0.0.1:1',
    NO_PROXY: `elsewhere.example, 127.0.0.1:${other.port}`,
  });
  await gateway.createChannel(upstream.origin);
  await gateway.createChannel(other.origin, { models: ['exempt'] });
  const before = proxy.requests.length;
  assert.equal((await ask(gateway)).status, 200);
  assert.equal(proxy.requests.length, before + 1);
  assert.equal(proxy.requests.at(-1)?.authority, `127.0.0.1:${upstream.port}`);
  assert.deepEqual(proxy.others, []);
  assert.equal((await ask(gateway, 'exempt')).status, 200);
  assert.equal(proxy.requests.length, before + 1);
});

test('a channel can set its own proxy, or none, and no response shows the password', async (t) => {
  const gateway = await start(t, { HALLEY_UPSTREAMS_HTTP_PROXY: `http://${credentials}@${proxy.address}` });
  const id = await gateway.createChannel(upstream.origin, { proxy: `http://${credentials}@${own.address}` });
  await gateway.createChannel(upstream.origin, { models: ['direct'], proxy: 'direct' });
  const before = [proxy.requests.length, own.requests.length] as const;
  assert.equal((await ask(gateway)).status, 200);
  assert.equal((await ask(gateway, 'direct')).status, 200);
  assert.deepEqual([proxy.requests.length, own.requests.length], [before[0], before[1] + 1]);

  const answer = await gateway.call('GET', `/api/channel/${id}`);
  const record = dataOf(answer);
  assert.deepEqual([record.proxy, record.has_proxy_auth], [`http://${own.address}`, true]);
  const all = (await gateway.call('GET', '/api/channel/')).text + answer.text;
  for (const secret of ['proxy-pass-9d1c', encoded]) assert.ok(!all.includes(secret));
  // Sending back the record as it was read changes nothing.
  dataOf(await gateway.call('PUT', '/api/channel/', { body: { ...record, weight: 2 } }));
  own.refuseWith(undefined);
  assert.equal((await gateway.call('GET', `/api/channel/test/${id}`)).json?.success, true);
  const back = { id, proxy: null };
  assert.equal(dataOf(await gateway.call('PUT', '/api/channel/', { body: back })).has_proxy_auth, false);
  assert.equal((await ask(gateway)).status, 200);
  assert.equal(proxy.requests.length, before[0] + 1);
});

test('a proxy that is down or refuses makes its channel unreachable: the next one serves, or 502', async (t) => {
  const refusing = await startFakeProxy();
  t.after(() => refusing.close());
  const gateway = await start(t, { HALLEY_UPSTREAMS_OPEN_AFTER_FAILURES: '1000' });
  const lost = { priority: 9, models: ['lost', 'test-model'] };
  const down = await gateway.createChannel(upstream.origin, {
    ...lost,
    proxy: `http://${credentials}@127.0.0.1:1`,
  });
  await gateway.createChannel(other.origin);
  assert.equal((await ask(gateway)).status, 200);
  const alone = await ask(gateway, 'lost');
  assert.equal(alone.status, 502);
  assert.match(alone.text, /upstream_unreachable/);
  const told = await gateway.call('GET', `/api/channel/test/${down}`);
  assert.match(told.text, /the proxy http:\/\/127\.0\.0\.1:1 gave no connection: .*ECONNREFUSED/);
  for (const status of [407, 403, 503]) {
    refusing.refuseWith(status);
    const body = { id: down, proxy: `http://${credentials}@${refusing.address}`, keys: ['k'] };
    dataOf(await gateway.call('PUT', '/api/channel/', { body }));
    assert.equal((await ask(gateway)).status, 200);
    assert.equal((await ask(gateway, 'lost')).status, 502);
    assert.match(
      (await gateway.call('GET', `/api/channel/test/${down}`)).text,
      new RegExp(`answered ${status}`),
    );
  }
});

test('refuses private addresses with a proxy too, as base URL and as proxy of a channel', async (t) => {
  const env = {
    HTTPS_PROXY: `http://${credentials}@${proxy.address}`,
    HALLEY_UPSTREAMS_ALLOW_PRIVATE: 'false',
  };
  const gateway = await start(t, env);
  const create = (fields: object) =>
    gateway.call('POST', '/api/channel/', {
      body: {
        name: 'x',
        protocols: ['openai'],
        models: ['m'],
        base_url: 'https://upstream.example',
        ...fields,
      },
    });
  for (const base_url of [
    'https://127.0.0.1',
    'https://localhost',
    'https://[::1]',
    'http://upstream.example',
  ]) {
    assert.equal((await create({ base_url })).status, 400, base_url);
  }
  for (const address of [own.address, '10.0.0.1', 'http://localhost:3128', 'http://[::ffff:10.0.0.1]:1']) {
    const refused = await create({ proxy: address });
    assert.equal(refused.status, 400, address);
    assert.match(refused.text, /The proxy is at .*upstreams\.allow_private/);
  }
  for (const address of [proxy.address, 'proxy.example:3128', 'direct']) {
    dataOf(await create({ proxy: address }));
  }
});

test('does not send stored upstream keys through another proxy in plain http', async (t) => {
  const gateway = await start(t, {});
  const id = await gateway.createChannel(upstream.origin, { proxy: own.address });
  const put = (fields: object) => gateway.call('PUT', '/api/channel/', { body: { id, ...fields } });
  const refused = await put({ proxy: proxy.address });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /"keys\\" must be sent again/);
  dataOf(await put({ proxy: proxy.address, keys: ['k'] }));
  dataOf(await put({ proxy: 'direct' }));
  const safe = await gateway.createChannel('https://upstream.example', { models: ['safe'] });
  dataOf(await gateway.call('PUT', '/api/channel/', { body: { id: safe, proxy: proxy.address } }));
});

test('never sends the stored credentials of one proxy to another', async (t) => {
  const gateway = await start(t, {});
  const id = await gateway.createChannel(upstream.origin, { proxy: `http://${credentials}@${own.address}` });
  const spy = await startFakeProxy();
  t.after(() => spy.close());
  const body = { id, proxy: `http://${spy.address}`, keys: ['k'] };
  assert.equal(dataOf(await gateway.call('PUT', '/api/channel/', { body })).has_proxy_auth, false);
  upstream.on('', json({ choices: [] }));
  assert.equal((await ask(gateway)).status, 200);
  assert.deepEqual(
    spy.requests.map(({ authorization }) => authorization),
    [undefined],
  );
});
