/** The published `openai` client, unmodified, against a running gateway. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import OpenAI from 'openai';
import { until } from '../support/until.ts';
import { deleteKey, deleteMidStream, endless, startDemoGateway, usedQuota } from './demo-gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());

const clientWith = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const key = await gateway.createKey();
const client = clientWith(key.value);
const model = 'demo-chat';
const messages = [{ role: 'user' as const, content: 'Hello there' }];
const said = /You said: "Hello there"/;

test('serves a chat request and charges its usage to the key', async () => {
  const spender = await gateway.createKey();
  const { choices, usage } = await clientWith(spender.value).chat.completions.create({ model, messages });
  assert.match(choices[0]?.message.content ?? '', said);
  assert.ok(usage && usage.completion_tokens > 0);
  await until(async () => (await usedQuota(gateway, spender)) > 0);
});

test('streams a chat in several chunks, with its usage at the end', async () => {
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let chunks = 0;
  let tokens = 0;
  for await (const chunk of stream) {
    chunks += 1;
    text += chunk.choices[0]?.delta.content ?? '';
    tokens = chunk.usage?.completion_tokens ?? tokens;
  }
  assert.match(text, said);
  assert.ok(chunks > 5 && tokens > 5);
});

test('a chat stream without requested usage shows none, and is charged', async () => {
  const spender = await gateway.createKey();
  const stream = await clientWith(spender.value).chat.completions.create({ model, messages, stream: true });
  for await (const chunk of stream) {
    assert.ok(chunk.choices.length > 0 && !chunk.usage, JSON.stringify(chunk));
  }
  assert.ok((await usedQuota(gateway, spender)) > 0);
});

test('serves completions, responses and embeddings', async () => {
  const completion = await client.completions.create({ model, prompt: 'Hello there' });
  assert.match(completion.choices[0]?.text ?? '', said);
  const response = await client.responses.create({ model, input: 'Hello there' });
  assert.match(response.output_text, said);
  const embedding = await client.embeddings.create({ model: 'demo-embedding', input: ['a', 'b'] });
  assert.equal(embedding.data.length, 2);
});

test('a response streams its events up to the completed one', async () => {
  const stream = await client.responses.create({ model, input: 'Hello there', stream: true });
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  assert.equal(types[0], 'response.created');
  assert.equal(types.at(-1), 'response.completed');
});

test('lists models and finds one', async () => {
  const ids: string[] = [];
  for await (const one of client.models.list()) ids.push(one.id);
  assert.ok(ids.includes(model), ids.join());
  assert.equal((await client.models.retrieve(model)).id, model);
  await assert.rejects(client.models.retrieve('no/such model'), OpenAI.NotFoundError);
});

test('a wrong key is an AuthenticationError', async () => {
  const refused = clientWith(`sk-${'x'.repeat(48)}`).chat.completions.create({ model, messages });
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.code, 'invalid_api_key');
    assert.match(error.message, /request id: \S+\)$/);
    return true;
  });
  await assert.rejects(
    clientWith('x').responses.create({ model, input: 'x', stream: true }),
    OpenAI.AuthenticationError,
  );
});

test('an unknown model is a NotFoundError, a bad body a BadRequestError', async () => {
  const unknown = client.chat.completions.create({ model: 'no-such-model', messages });
  await assert.rejects(unknown, (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.deepEqual([error.code, error.param], ['model_not_found', 'model']);
    return true;
  });
  const bad = client.post('/chat/completions', { body: { model } });
  await assert.rejects(bad, (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.deepEqual([error.code, error.param], ['field_missing', 'messages']);
    return true;
  });
  await assert.rejects(client.post('/chat/completions', { body: { messages } }), OpenAI.BadRequestError);
});

test('a key that may not use the model is refused with 403', async () => {
  const limited = await gateway.createKey({ model_limits_enabled: true, model_limits: 'demo-embedding' });
  const limitedClient = clientWith(limited.value);
  await assert.rejects(
    limitedClient.chat.completions.create({ model, messages }),
    OpenAI.PermissionDeniedError,
  );
  const ids = (await limitedClient.models.list()).data.map(({ id }) => id);
  assert.deepEqual(ids, ['demo-embedding']);
});

test('a deleted key is an AuthenticationError from then on', async () => {
  const doomed = await gateway.createKey();
  const doomedClient = clientWith(doomed.value);
  await doomedClient.chat.completions.create({ model, messages });
  await deleteKey(gateway, doomed);
  await assert.rejects(doomedClient.chat.completions.create({ model, messages }), OpenAI.AuthenticationError);
  await assert.rejects(doomedClient.models.list(), OpenAI.AuthenticationError);
});

test('a chat stream whose key is deleted throws an APIError', async () => {
  const doomed = await gateway.createKey();
  const stream = await clientWith(doomed.value).chat.completions.create({
    model,
    messages,
    stream: true,
    ...endless,
  });
  const error = await deleteMidStream(gateway, doomed, stream);
  assert.ok(error instanceof OpenAI.APIError, String(error));
  assert.equal(error.code, 'key_revoked');
});

test('a response stream whose key is deleted throws an APIError', async () => {
  const doomed = await gateway.createKey();
  const stream = await clientWith(doomed.value).responses.create({
    model,
    input: 'Hello there',
    stream: true,
    ...endless,
  });
  const error = await deleteMidStream(gateway, doomed, stream);
  assert.ok(error instanceof OpenAI.APIError, String(error));
  assert.equal(error.code, 'key_revoked');
});
