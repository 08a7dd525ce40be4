import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openChannelKeys } from '../../src/management/channels/sealed-keys.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { json } from '../support/upstream-behaviours.ts';
import { createAccount, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig({ settings: { upstreams: { allow_private: true } } });
let upstream: FakeUpstream;
before(async () => {
  upstream = await startFakeUpstream();
});
after(() => upstream.close());

const fields = () => ({
  name: 'main',
  protocols: ['openai'],
  base_url: `${upstream.origin}/base/`,
  keys: ['upstream-secret-1', 'upstream-secret-2'],
  models: ['m-1'],
});
const create = async (more: object = {}) =>
  dataOf(await rig.call('POST', '/api/channel/', { body: { ...fields(), ...more } }));

test('creates a channel with sensible defaults, and never returns its keys', async () => {
  const made = await create();
  assert.deepEqual(made, {
    id: made.id,
    name: 'main',
    status: 1,
    protocols: ['openai'],
    base_url: `${upstream.origin}/base`,
    has_keys: true,
    models: ['m-1'],
    model_mapping: {},
    groups: ['default'],
    priority: 0,
    weight: 1,
    extra_headers: {},
    connect_ms: null,
    first_byte_ms: null,
    idle_chunk_ms: null,
    proxy: null,
    has_proxy_auth: false,
    stream_usage: true,
    kind: 'custom',
    options: {},
    created_time: Math.floor(rig.clock.now() / 1000),
  });
  assert.deepEqual(dataOf(await rig.call('GET', `/api/channel/${made.id}`)), made);
  const list = await rig.call('GET', '/api/channel/');
  assert.ok(!list.text.includes('upstream-secret'));
  const row = await rig.store.getChannel(Number(made.id));
  assert.ok(row?.sealedKeys && !Buffer.from(row.sealedKeys).includes('upstream-secret'));
});

test('a change applies at once: models are offered, renamed and removed', async () => {
  const { token } = await createAccount(rig);
  const models = async () => dataOf(await rig.call('GET', '/api/user/models', { token }));
  const made = await create({ models: ['m-2'] });
  assert.ok(JSON.stringify(await models()).includes('"m-2"'));
  dataOf(await rig.call('PUT', '/api/channel/', { body: { ...made, models: ['m-3'] } }));
  assert.ok(
    JSON.stringify(await models()).includes('"m-3"') && !JSON.stringify(await models()).includes('"m-2"'),
  );
  dataOf(await rig.call('PUT', '/api/channel/', { body: { id: made.id, status: 2 } }));
  assert.ok(!JSON.stringify(await models()).includes('"m-3"'));
  assert.equal((await rig.call('DELETE', `/api/channel/${made.id}`)).json.success, true);
  refusalOf(await rig.call('GET', `/api/channel/${made.id}`), 200);
  refusalOf(await rig.call('DELETE', `/api/channel/${made.id}`), 200);
});

test('keeps keys when they are not sent, and removes them for an empty list', async () => {
  const { id } = await create();
  const put = async (body: object) =>
    dataOf(await rig.call('PUT', '/api/channel/', { body: { id, ...body } }));
  assert.equal((await put({ weight: 3 })).has_keys, true);
  assert.equal((await put({ keys: [] })).has_keys, false);
});

test('a test sends one real request and describes the result', async () => {
  upstream.on('/good', json({ choices: [] }));
  upstream.on('/bad', json({ error: { message: 'no such thing' } }, 401));
  const good = await create({ base_url: `${upstream.origin}/good` });
  const bad = await create({ base_url: `${upstream.origin}/bad` });
  const worked = await rig.call('GET', `/api/channel/test/${good.id}`);
  assert.deepEqual(Object.keys(worked.json), ['success', 'message', 'time']);
  assert.equal(worked.json.success, true, worked.text);
  const sent = upstream.requests.find(({ url }) => url.startsWith('/good'));
  assert.equal(sent?.headers.authorization?.startsWith('Bearer upstream-secret-'), true);
  const failed = await rig.call('GET', `/api/channel/test/${bad.id}`);
  refusalOf(failed, 200);
  assert.ok(!failed.text.includes('upstream-secret'));
  refusalOf(await rig.call('GET', '/api/channel/test/999'), 200, /no such record/);
});

test('refuses invalid fields by name', async () => {
  for (const [more, about] of [
    [{ name: '' }, /"name"/],
    [{ protocols: ['soap'] }, /protocols\[0\]/],
    [{ protocols: [] }, /"protocols"/],
    [{ protocols: ['openai', 'openai'] }, /"protocols" must not name anything twice/],
    [{ base_url: 'ftp://example.org' }, /base URL/],
    [{ base_url: 'https://user:pw@example.org' }, /base URL/],
    [{ models: ['a', 'a'] }, /"models" must not name anything twice/],
    [{ models: 'a' }, /"models" must be a list/],
    [{ keys: ['a b'] }, /keys\[0\]/],
    [{ keys: ['a\r\nX: y'] }, /keys\[0\]/],
    [{ extra_headers: { Host: 'x' } }, /"extra_headers"/],
    [{ extra_headers: { 'x y': 'x' } }, /"extra_headers"/],
    [{ extra_headers: { 'x-a': 'x\r\ny: z' } }, /"extra_headers"/],
    [{ extra_headers: { 'transfer-encoding': 'chunked' } }, /"extra_headers"/],
    [{ weight: -1 }, /"weight" must be at least 0/],
    [{ connect_ms: 0 }, /"connect_ms" must be at least 1/],
    [{ status: 3 }, /"status" must be 1 or 2/],
    [{ key: 'x' }, /"key" is unknown/],
  ] as const) {
    refusalOf(await rig.call('POST', '/api/channel/', { body: { ...fields(), ...more } }), 400, about);
  }
});

test('changing only the address cannot send stored keys to another host', async () => {
  const made = await create();
  const elsewhere = { id: made.id, base_url: 'http://192.0.2.9:8080' };
  const refusal = await rig.call('PUT', '/api/channel/', { body: elsewhere });
  assert.equal(refusal.status, 400);
  assert.match(refusal.text, /"keys\\" must be sent again/);
  const kept = dataOf(await rig.call('GET', `/api/channel/${made.id}`));
  assert.equal(kept.base_url, `${upstream.origin}/base`);
  dataOf(
    await rig.call('PUT', '/api/channel/', { body: { id: made.id, base_url: `${upstream.origin}/v2` } }),
  );
  dataOf(await rig.call('PUT', '/api/channel/', { body: { ...elsewhere, keys: ['another'] } }));
});

test('keys are added to those that are stored, and none is shown', async () => {
  const made = await create({ base_url: `${upstream.origin}/added/v1` });
  upstream.on('/added', json({ data: [{ id: 'm-9' }] }));
  const add = (keys: readonly string[], more: object = {}) =>
    rig.call('PUT', '/api/channel/', { body: { id: made.id, add_keys: keys, ...more } });
  const reply = await add(['upstream-secret-3', 'upstream-secret-1']);
  assert.equal(dataOf(reply).has_keys, true);
  assert.ok(!reply.text.includes('upstream-secret'));
  const row = await rig.store.getChannel(Number(made.id));
  assert.deepEqual(openChannelKeys(rig.secretRing, row?.sealedKeys ?? null), [
    'upstream-secret-1',
    'upstream-secret-2',
    'upstream-secret-3',
  ]);
  refusalOf(await add(['other'], { keys: ['new'] }), 400, /add_keys/);
  refusalOf(await add(['other'], { base_url: 'https://elsewhere.example/v1' }), 400, /keys/);
});

test('lists the models of an upstream before there is a channel, and stores nothing', async () => {
  upstream.on('/draft', json({ data: [{ id: 'm-7' }, { id: 'm-8' }] }));
  const before = await rig.store.listChannels();
  const draft = {
    kind: 'custom',
    protocols: ['openai'],
    base_url: `${upstream.origin}/draft/v1`,
    keys: ['draft-secret'],
  };
  const fetchModels = (body: object) => rig.call('POST', '/api/channel/fetch_models', { body });
  assert.deepEqual(dataOf(await fetchModels(draft)), ['m-7', 'm-8']);
  const asked = upstream.requests.find(({ url }) => url.startsWith('/draft'));
  assert.equal(asked?.headers.authorization, 'Bearer draft-secret');
  assert.deepEqual(await rig.store.listChannels(), before);
  upstream.on('/draft', json({ error: { message: 'wrong key draft-secret' } }, 401));
  const refused = await fetchModels(draft);
  refusalOf(refused, 200, /401/);
  assert.ok(!refused.text.includes('draft-secret'));
  refusalOf(await fetchModels({ kind: 'custom', protocols: ['openai'] }), 400, /base_url/);
  const { token } = await createAccount(rig);
  refusalOf(await rig.call('POST', '/api/channel/fetch_models', { token, body: draft }), 403);
});

test('channels are found by any of their texts and by status, and listed as they are tried', async () => {
  await create({ name: 'Orders A', priority: 9, models: ['needle-model'] });
  await create({ name: 'orders b', priority: 7, weight: 2, status: 2 });
  const names = async (query: string) => {
    const { items } = dataOf(await rig.call('GET', `/api/channel?${query}`)) as { items: { name: string }[] };
    return items.map(({ name }) => name);
  };
  assert.deepEqual(await names('keyword=ORDERS'), ['orders b', 'Orders A']);
  assert.deepEqual(await names('keyword=orders&order=priority'), ['Orders A', 'orders b']);
  assert.deepEqual(await names('keyword=needle'), ['Orders A']);
  assert.deepEqual(await names('keyword=orders&status=2'), ['orders b']);
  assert.deepEqual(await names('keyword=orders&status=1'), ['Orders A']);
  refusalOf(await rig.call('GET', '/api/channel?order=name'), 400, /order/);
});

test('the health of channels is that of each, for administrators', async () => {
  const ready = await create({ name: 'healthy' });
  const off = await create({ name: 'off', status: 2 });
  const reply = dataOf(await rig.call('GET', '/api/channel/health')) as unknown as {
    id: number;
    state: string;
  }[];
  const stateOf = (id: unknown) => reply.find((each) => each.id === id)?.state;
  assert.deepEqual([stateOf(ready.id), stateOf(off.id)], ['ready', 'disabled']);
  const { token } = await createAccount(rig);
  refusalOf(await rig.call('GET', '/api/channel/health', { token }), 403);
});
