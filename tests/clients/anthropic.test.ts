/** The published `@anthropic-ai/sdk` client, unmodified, against a running gateway. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { demoModels } from '../../src/demo/models.ts';
import { cardOf } from '../../src/ledger/price-list.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { deleteKey, deleteMidStream, endless, startDemoGateway, usedQuota } from './demo-gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());

const clientWith = (apiKey: string) => new Anthropic({ apiKey, baseURL: gateway.url, maxRetries: 0 });
const client = clientWith((await gateway.createKey()).value);
const ask = {
  model: 'demo-chat',
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content: 'Hello there' }],
};
const said = /You said: "Hello there"/;

test('creates a message and charges its usage to the key', async () => {
  const spender = await gateway.createKey();
  const { content, usage } = await clientWith(spender.value).messages.create(ask);
  assert.match(content[0]?.type === 'text' ? content[0].text : '', said);
  assert.ok(usage.output_tokens > 0);
  await until(async () => (await usedQuota(gateway, spender)) > 0);
});

test('streams the events of a message, with both methods of the client', async () => {
  const types = new Set<string>();
  for await (const event of await client.messages.create({ ...ask, stream: true })) types.add(event.type);
  for (const type of ['message_start', 'content_block_delta', 'message_delta', 'message_stop']) {
    assert.ok(types.has(type), type);
  }
  assert.match(await client.messages.stream(ask).finalText(), said);
});

test('accepts the key in x-api-key too, which earlier clients use', async () => {
  const defaultHeaders = { 'x-api-key': (await gateway.createKey()).value };
  const earlier = new Anthropic({ apiKey: null, defaultHeaders, baseURL: gateway.url, maxRetries: 0 });
  assert.equal((await earlier.messages.create(ask)).role, 'assistant');
  assert.equal((await earlier.models.retrieve('demo-chat')).type, 'model');
});

test('tokens are counted, and counting is free', async () => {
  const counter = await gateway.createKey();
  const { input_tokens } = await clientWith(counter.value).messages.countTokens({
    model: ask.model,
    messages: ask.messages,
  });
  assert.ok(input_tokens > 0);
  assert.equal(await usedQuota(gateway, counter), 0);
});

test('lists models page by page, and finds one', async () => {
  const first = await client.models.list({ limit: 1 });
  assert.equal(first.has_more, true);
  const ids: string[] = [];
  for await (const one of first) ids.push(one.id);
  // Not those that this protocol cannot use.
  const usable = demoModels.filter((id) => (cardOf(id)?.modelType ?? 'chat') === 'chat');
  assert.deepEqual(ids.sort(), nonEmpty(usable).toSorted());
  assert.equal((await client.models.retrieve('demo-chat')).type, 'model');
});

test('a wrong key is an AuthenticationError', async () => {
  await assert.rejects(clientWith('sk-wrong').messages.create(ask), (error) => {
    assert.ok(error instanceof Anthropic.AuthenticationError);
    assert.equal(error.type, 'authentication_error');
    assert.match(error.message, /request id: /);
    return true;
  });
});

test('an unknown model is a NotFoundError, a bad body a BadRequestError', async () => {
  await assert.rejects(client.messages.create({ ...ask, model: 'nope' }), (error) => {
    assert.ok(error instanceof Anthropic.NotFoundError);
    assert.equal(error.type, 'not_found_error');
    return true;
  });
  const bad = client.post('/v1/messages', { body: { model: ask.model } });
  await assert.rejects(bad, Anthropic.BadRequestError);
});

test('a deleted key is an AuthenticationError from then on', async () => {
  const doomed = await gateway.createKey();
  const doomedClient = clientWith(doomed.value);
  await doomedClient.messages.create(ask);
  await deleteKey(gateway, doomed);
  await assert.rejects(doomedClient.messages.create(ask), Anthropic.AuthenticationError);
});

test('a stream whose key is deleted throws an APIError, and its usage is charged', async () => {
  const doomed = await gateway.createKey();
  const stream = await clientWith(doomed.value).messages.create({
    ...ask,
    max_tokens: 100_000,
    stream: true,
    ...endless,
  });
  const error = await deleteMidStream(gateway, doomed, stream);
  assert.ok(error instanceof Anthropic.APIError, String(error));
  assert.equal(error.type, 'authentication_error');
  const cut = () => gateway.logLines().find(({ outcome }) => outcome === 'cut');
  await until(() => cut() !== undefined);
  assert.ok(Number(cut()?.output_tokens) > 0 && Number(cut()?.units) > 0, JSON.stringify(cut()));
});
