/** The lists of models that upstreams have themselves, through the management API and the command line. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freshChannel } from '../../src/management/channels/fields.ts';
import { ManualClock } from '../../src/platform/clock.ts';
import { limits } from '../../src/platform/limits.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { createUpstreams } from '../../src/upstreams/registry.ts';
import { inPipe } from '../cli/screen.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { answer, choose, hangAfterHeaders, inTurn, json } from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';

const secret = 'upstream-secret-0123456789';

let upstream: FakeUpstream;
let gateway: Gateway;
let made = 0;

before(async () => {
  [upstream, gateway] = await Promise.all([startFakeUpstream(), startGateway()]);
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** Creates a channel whose upstream behaves so. */
async function channelOf(behaviour: Behaviour, fields: object = {}) {
  made += 1;
  const path = `/of-${made}-`;
  upstream.on(path, behaviour);
  const id = await gateway.createChannel(upstream.origin + path, {
    keys: [secret],
    models: ['own'],
    ...fields,
  });
  const fetched = () => gateway.call('GET', `/api/channel/fetch_models/${id}`);
  const seen = () => upstream.requests.filter(({ url }) => url.startsWith(path));
  const paths = () => seen().map(({ url }) => url.slice(path.length));
  return { id, fetched, seen, paths };
}

const page = (value: unknown, at: string, otherwise: Behaviour): Behaviour =>
  choose(({ request }) => (request.url?.includes(at) ? json(value) : otherwise));

test("reads the list of OpenAI's protocol, each name once and in order, without those that no channel may offer", async () => {
  const data = ['m-b', 'm-a', 'm-b', '', ' m', 'a\nb', 'x'.repeat(limits.model_id_chars_max + 1)];
  const { fetched, seen, paths } = await channelOf(
    json({ object: 'list', data: data.map((id) => ({ id })) }),
  );
  assert.deepEqual((await fetched()).json, { success: true, message: '', data: ['m-a', 'm-b'] });
  assert.deepEqual(paths(), ['/v1/models']);
  assert.equal(seen()[0]?.method, 'GET');
  assert.equal(seen()[0]?.headers.authorization, `Bearer ${secret}`);
  assert.equal(seen()[0]?.headers['content-length'], undefined);
});

test('reads a list without its frame, and an empty one of Ollama', async () => {
  const bare = await channelOf(json([{ id: 'together/m' }]));
  assert.deepEqual((await bare.fetched()).json?.data, ['together/m']);
  const empty = await channelOf(json({ object: 'list', data: null }));
  assert.deepEqual((await empty.fetched()).json?.data, []);
});

test("reads every page of Anthropic's list and of Gemini's", async () => {
  const first = { data: [{ id: 'claude-b' }], has_more: true, last_id: 'claude-b' };
  const last = { data: [{ id: 'claude-a' }], has_more: false, last_id: 'claude-a' };
  const claude = await channelOf(page(last, 'after_id=claude-b', json(first)), { protocols: ['anthropic'] });
  assert.deepEqual((await claude.fetched()).json?.data, ['claude-a', 'claude-b']);
  assert.deepEqual(claude.paths(), ['/v1/models?limit=1000', '/v1/models?limit=1000&after_id=claude-b']);
  for (const { headers } of nonEmpty(claude.seen())) {
    assert.equal(headers['x-api-key'], secret);
    assert.equal(headers['anthropic-version'], '2023-06-01');
  }
  const begin = { models: [{ name: 'models/gemini-b' }], nextPageToken: 'a&b' };
  const end = { models: [{ name: 'models/gemini-a' }] };
  const gemini = await channelOf(page(end, 'pageToken=a%26b', json(begin)), { protocols: ['gemini'] });
  assert.deepEqual((await gemini.fetched()).json?.data, ['gemini-a', 'gemini-b']);
  assert.deepEqual(gemini.paths(), [
    '/v1beta/models?pageSize=1000',
    '/v1beta/models?pageSize=1000&pageToken=a%26b',
  ]);
});

test('says in plain words why there is no list, without the key', async () => {
  const endless = json({ data: [], has_more: true, last_id: 'again' });
  const huge = answer(200, `{"data":[{"id":"${'x'.repeat(limits.model_list_bytes_max)}"}]}`);
  const cases: readonly [Behaviour, RegExp, object?][] = [
    [json({ error: { message: `no ${secret}` } }, 401), /refused the key \(401\)\. It says: no \[redacted\]/],
    [json({}, 404), /does not know the model or the path \(404\)/],
    [json({}, 302, { location: upstream.origin }), /redirect \(302\), which is not followed/],
    [json({ message: 'hello' }), /did not return a list of models/],
    [answer(200, '<html>'), /did not return a list of models/],
    [huge, /too long to be read/],
    [endless, /too many pages/, { protocols: ['anthropic'] }],
    [hangAfterHeaders('{'), /There was no response/, { idle_chunk_ms: 100 }],
  ];
  for (const [behaviour, about, fields] of cases) {
    const { fetched } = await channelOf(behaviour, fields);
    const { status, json: told, text } = await fetched();
    assert.deepEqual([status, told?.success], [200, false], text);
    assert.match(String(told?.message), about);
    assert.ok(!text.includes(secret));
  }
  const { seen, fetched } = await channelOf(endless, { protocols: ['anthropic'] });
  await fetched();
  assert.equal(seen().length, limits.model_list_pages_max);
});

test('a list that never ends to come is given up', async (t) => {
  const clock = new ManualClock();
  const row = { ...freshChannel, id: 1, name: 'slow', models: ['m'], createdAt: 1 };
  const upstreams = await createUpstreams({
    store: {
      listChannels: async () => [{ ...row, protocols: ['openai'], baseUrl: `${upstream.origin}/slow` }],
    },
    settings: settingsSchema.parse({ upstreams: { allow_private: true } }).upstreams,
    openKeys: () => [],
    openProxyAuth: () => undefined,
    clock,
    random: systemRandom,
    log: { info() {}, warn() {}, error() {} },
    demoOrigin: () => '',
  });
  t.after(() => upstreams.close());
  upstream.on('/slow', hangAfterHeaders('{'));
  const fetched = upstreams.listModels(1).catch((error: Error) => error.message);
  await until(() => upstream.requests.some(({ url }) => url.startsWith('/slow')));
  clock.advance(limits.model_list_ms);
  assert.match(String(await fetched), /There was no response: the list took too long/);
});

test('a kind whose list cannot be read is refused without a request', async () => {
  const channels = [
    ['azure', 'https://resource.openai.azure.com/openai/v1', 'openai'],
    ['bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com', 'anthropic'],
  ] as const;
  for (const [kind, base_url, protocol] of channels) {
    const id = await gateway.createChannel(base_url, { kind, protocols: [protocol], keys: ['ABSKb'] });
    const { json: told } = await gateway.call('GET', `/api/channel/fetch_models/${id}`);
    assert.equal(told?.success, false);
    assert.match(String(told?.message), /no list of models that Halley reads/);
  }
});

test('is for administrators, needs a channel, and does not rest it', async () => {
  const { id, fetched } = await channelOf(json({}, 500));
  const unknown = await gateway.call('GET', '/api/channel/fetch_models/99999');
  assert.equal(unknown.json?.success, false);
  const stranger = await fetch(`${gateway.url}/api/channel/fetch_models/${id}`);
  assert.equal(stranger.status, 401);
  for (let times = 0; times < 5; times += 1) await fetched();
  assert.doesNotMatch(gateway.output(), /rested after failures/);
});

test('the command line shows the list, and adds it to what the channel offers', async () => {
  const list = json({ data: [{ id: 'own' }, { id: 'new' }] });
  const { id } = await channelOf(inTurn(list));
  const env = { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token };
  const run = (...args: string[]) => inPipe(['channels', 'models', String(id), ...args], env);
  const models = async () => dataOf(await gateway.call('GET', `/api/channel/${id}`)).models;
  assert.equal((await run()).stdout, 'new\nown  (offered)\n');
  assert.deepEqual(await models(), ['own']);
  assert.equal((await run('--add')).stdout, 'new  (offered)\nown  (offered)\n');
  assert.deepEqual(await models(), ['own', 'new']);
  assert.deepEqual(JSON.parse((await run('--json')).stdout), [
    { model: 'new', offered: true },
    { model: 'own', offered: true },
  ]);
});
