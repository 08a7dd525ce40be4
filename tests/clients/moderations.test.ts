/** The published `openai` client, unmodified: moderations; and rerank requests to the demo, as plain HTTP. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import OpenAI from 'openai';
import { dataOf } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { startDemoGateway, usedQuota } from './demo-gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());

const key = await gateway.createKey();
const clientWith = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const client = clientWith(key.value);
const model = 'demo-moderation';

test('a text, texts and parts are moderated, and cost nothing', async () => {
  const one = await client.moderations.create({ model, input: 'I will kill you' });
  assert.equal(one.results[0]?.flagged, true);
  assert.equal(one.results[0]?.categories.violence, true);
  const two = await client.moderations.create({ model, input: ['hello', 'I hate you'] });
  assert.deepEqual(
    two.results.map(({ flagged }) => flagged),
    [false, true],
  );
  const parts = await client.moderations.create({
    model,
    input: [
      { type: 'text', text: 'hello' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    ],
  });
  assert.deepEqual(parts.results[0]?.category_applied_input_types.violence, ['text', 'image']);
  assert.equal(await usedQuota(gateway, key), 0);
  const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=1')) as {
    items: readonly { model_name: string }[];
  };
  assert.equal(nonEmpty(items)[0]?.model_name, model);
});

test('a request without a model is for the default one, which the key must be allowed', async () => {
  await gateway.createChannel('demo://', {
    kind: 'demo',
    models: ['omni-moderation-latest'],
    model_mapping: { 'omni-moderation-latest': 'demo-moderation' },
  });
  const { model: served } = await client.moderations.create({ input: 'hello' });
  assert.equal(served, 'demo-moderation');
  const narrow = await gateway.createKey({ model_limits_enabled: true, model_limits: model });
  await assert.rejects(
    clientWith(narrow.value).moderations.create({ input: 'hello' }),
    OpenAI.PermissionDeniedError,
  );
});

test('a model without a price moderates for nothing, and is refused elsewhere', async () => {
  const channel = { name: 'guard', kind: 'demo', base_url: 'demo://', models: ['unpriced-guard'] };
  dataOf(await gateway.call('POST', '/api/channel/', { body: channel }));
  await client.moderations.create({ model: 'unpriced-guard', input: 'hello' });
  const chat = client.chat.completions.create({
    model: 'unpriced-guard',
    messages: [{ role: 'user', content: 'x' }],
  });
  await assert.rejects(chat, /has no price/);
});

test('a priced model is charged by the text, as counted', async () => {
  const spender = await gateway.createKey();
  await clientWith(spender.value).moderations.create({ model: 'demo-chat', input: 'one two three' });
  const used = await usedQuota(gateway, spender);
  assert.ok(used > 0 && used < 20, String(used));
});

test('errors are those of the API', async () => {
  const empty = client.moderations.create({ model, input: [] });
  await assert.rejects(empty, OpenAI.BadRequestError);
  const none = client.post('/moderations', { body: { model } });
  await assert.rejects(none, /lacks "input"/);
  await assert.rejects(client.moderations.create({ model: 'nothing', input: 'x' }), OpenAI.NotFoundError);
});

test('the demo ranks by words in common, in both forms', async () => {
  const documents = ['the sky is blue', 'a red rose is red', 'green grass'];
  const call = (path: string) =>
    client.post<{ results: { index: number; document?: { text: string } }[] }>(`${gateway.url}${path}`, {
      body: { model: 'demo-rerank', query: 'red rose', documents, top_n: 2, return_documents: true },
    });
  for (const path of nonEmpty(['/v1/rerank', '/rerank', '/v2/rerank'])) {
    const { results } = await call(path);
    assert.equal(results.length, 2, path);
    assert.deepEqual([results[0]?.index, results[0]?.document], [1, { text: documents[1] }], path);
  }
});
