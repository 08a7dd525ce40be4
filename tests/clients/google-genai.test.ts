/** The published `@google/genai` client, unmodified, against a running gateway. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ApiError, GoogleGenAI } from '@google/genai';
import { demoModels } from '../../src/demo/models.ts';
import { until } from '../support/until.ts';
import { deleteKey, deleteMidStream, endless, startDemoGateway, usedQuota } from './demo-gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());
const slashed = 'google/gemini-test';
await gateway.createChannel('demo:', { models: [slashed], model_mapping: { [slashed]: 'demo-chat' } });

const clientWith = (apiKey: string) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.url } });
const client = clientWith((await gateway.createKey()).value);
const ask = { model: 'demo-chat', contents: 'Hello there' };
const said = /You said: "Hello there"/;

function isApiError(status: number) {
  return (error: unknown) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.status, status);
    return true;
  };
}

test('generates content and charges its usage to the key', async () => {
  const spender = await gateway.createKey();
  const answer = await clientWith(spender.value).models.generateContent(ask);
  assert.match(answer.text ?? '', said);
  assert.ok((answer.usageMetadata?.candidatesTokenCount ?? 0) > 0);
  await until(async () => (await usedQuota(gateway, spender)) > 0);
});

test('streams content in several chunks', async () => {
  let text = '';
  let pieces = 0;
  for await (const piece of await client.models.generateContentStream(ask)) {
    pieces += 1;
    text += piece.text ?? '';
  }
  assert.match(text, said);
  assert.ok(pieces > 5);
});

test('finds a model with a slash in its name, and maps it to the upstream name', async () => {
  const answer = await client.models.generateContent({ ...ask, model: slashed });
  assert.match(answer.text ?? '', said);
  assert.equal(answer.modelVersion, 'demo-chat');
});

test('embeddings are made and tokens counted', async () => {
  const embedded = await client.models.embedContent({ model: 'demo-embedding', contents: ['a', 'b'] });
  assert.equal(embedded.embeddings?.length, 2);
  const counted = await client.models.countTokens(ask);
  assert.ok((counted.totalTokens ?? 0) > 0);
});

test('lists models page by page, and finds one', async () => {
  const names: (string | undefined)[] = [];
  for await (const one of await client.models.list({ config: { pageSize: 1 } })) names.push(one.name);
  // Those that an operation of Gemini's serves.
  const usable = demoModels.filter((id) => /^demo-(?:chat|tools|thinking|image|embedding)$/.test(id));
  assert.deepEqual(names.sort(), [...usable, slashed].map((name) => `models/${name}`).sort());
  assert.equal((await client.models.get({ model: 'demo-chat' })).displayName, 'demo-chat');
  assert.equal((await client.models.get({ model: slashed })).displayName, slashed);
});

test('a wrong key is 401, an unknown model 404, a bad body 400', async () => {
  await assert.rejects(clientWith('sk-wrong').models.generateContent(ask), isApiError(401));
  await assert.rejects(clientWith('sk-wrong').models.generateContentStream(ask), isApiError(401));
  await assert.rejects(client.models.generateContent({ ...ask, model: 'nope' }), isApiError(404));
  await assert.rejects(client.models.get({ model: 'nope' }), isApiError(404));
  const config = { httpOptions: { extraBody: { contents: null } } };
  await assert.rejects(client.models.generateContent({ ...ask, config }), isApiError(400));
});

test('a deleted key is refused from then on', async () => {
  const doomed = await gateway.createKey();
  const doomedClient = clientWith(doomed.value);
  await doomedClient.models.generateContent(ask);
  await deleteKey(gateway, doomed);
  await assert.rejects(doomedClient.models.generateContent(ask), isApiError(401));
});

test('a stream whose key is deleted throws an ApiError', async () => {
  const doomed = await gateway.createKey();
  const stream = await clientWith(doomed.value).models.generateContentStream({
    ...ask,
    config: { httpOptions: { extraBody: endless } },
  });
  isApiError(401)(await deleteMidStream(gateway, doomed, stream));
});
