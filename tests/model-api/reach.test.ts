/** Lists show the models that a key can use, and a request elsewhere gets the paths that work. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { json } from '../support/upstream-behaviours.ts';

const embedding = 'text-embedding-3-small';
const picture = 'gpt-image-1';
const claude = 'claude-sonnet-4-5';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  const models = ['gpt-4o', embedding, picture, 'without-price'];
  await gateway.createChannel(upstream.origin, { protocols: ['openai'], models });
  await gateway.createChannel(upstream.origin, { protocols: ['anthropic'], models: [claude] });
  dataOf(await gateway.call('DELETE', '/api/price?model=without-price'));
  key = await gateway.createKey();
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

async function listed(path: string, headers: Record<string, string> = {}): Promise<readonly string[]> {
  const { json: found } = await gateway.call('GET', path, { token: key.value, headers });
  const { data, models } = found as unknown as {
    data?: { id: string }[];
    models?: { displayName: string }[];
  };
  return (data?.map(({ id }) => id) ?? models?.map(({ displayName }) => displayName) ?? []).toSorted();
}

const post = async (path: string, body: object) => {
  const options = { body, token: undefined, headers: { authorization: `Bearer ${key.value}` } };
  const { status, text } = await gateway.call('POST', path, options);
  return { status, error: JSON.parse(text).error };
};

test('each list has what its clients can use, and a price', async () => {
  assert.deepEqual(await listed('/v1/models'), [claude, picture, 'gpt-4o', embedding].toSorted());
  assert.deepEqual(await listed('/v1beta/openai/models'), await listed('/v1/models'));
  const anthropic = { 'anthropic-version': '2023-06-01' };
  assert.deepEqual(await listed('/v1/models', anthropic), [claude, 'gpt-4o']);
  assert.deepEqual(await listed('/v1beta/models'), [claude, 'gpt-4o']);
  const { status } = await gateway.call('GET', `/v1/models/${embedding}`, {
    token: key.value,
    headers: anthropic,
  });
  assert.equal(status, 404);
});

test('a model that this path does not serve has another message than one that does not exist', async () => {
  const wrong = await post('/v1/embeddings', { model: claude, input: 'Hello' });
  assert.deepEqual([wrong.status, wrong.error.code], [404, 'model_not_found']);
  assert.match(
    wrong.error.message,
    /not served at this path\..* \/v1\/chat\/completions or .*\/v1\/messages/,
  );
  const embedded = await post(`/v1beta/models/${embedding}:embedContent`, { content: { parts: [] } });
  assert.match(embedded.error.message, /Send the request to \/v1\/embeddings\./);
  const unknown = await post('/v1/embeddings', { model: 'nothing', input: 'Hello' });
  assert.match(unknown.error.message, /"nothing" is not offered here/);
});

test("Google's paths of OpenAI's protocol respond in its shape", async () => {
  const messages = [{ role: 'user', content: 'Hello' }];
  const served = await post('/v1beta/openai/chat/completions', { model: 'gpt-4o', messages });
  assert.equal(served.status, 200);
  assert.equal(upstream.requests.at(-1)?.url, '/v1/chat/completions');
  upstream.on(
    '/v1/embeddings',
    json({ object: 'list', data: [], usage: { prompt_tokens: 1, total_tokens: 1 } }),
  );
  assert.equal((await post('/v1beta/openai/embeddings', { model: embedding, input: 'Hello' })).status, 200);
  const unknown = await post('/v1beta/openai/chat/completions', { model: 'nothing', messages });
  assert.deepEqual([unknown.status, unknown.error.type], [404, 'invalid_request_error']);
  const inQuery = await fetch(`${gateway.url}/v1beta/openai/models?key=${key.value}`);
  assert.equal(inQuery.status, 401);
});

test('a path without its version, or with a second one, is refused in the shape of its client', async () => {
  const shape = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(gateway.url + path, { method: 'POST', body: '{}', headers });
    assert.equal(response.status, 404);
    assert.equal(response.headers.get('x-should-retry'), 'false');
    const { type, error } = (await response.json()) as { type?: string; error: Record<string, unknown> };
    assert.match(String(error.message), /base URL/);
    return type === 'error'
      ? 'anthropic'
      : 'code' in error && typeof error.code === 'number'
        ? 'gemini'
        : 'openai';
  };
  assert.equal(await shape('/chat/completions'), 'openai');
  assert.equal(await shape('/v1/v1/messages'), 'anthropic');
  assert.equal(await shape('/messages'), 'anthropic');
  assert.equal(await shape('/models/m:generateContent', { 'x-goog-api-key': 'k' }), 'gemini');
});
