import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { operations, pathFor } from '../operations/registry.ts';
import { channelKinds } from '../upstreams/kinds/kinds.ts';
import { familyOf, operationName, providerName, responseModel, routeOf, serverPlace } from './names.ts';

test('a route has a placeholder for a model and for an id, and keeps the names of operations', () => {
  for (const operation of nonEmpty(Object.values(operations))) {
    const path = pathFor(operation, 'gemini-2.5-flash');
    assert.equal(routeOf(path), path.replace('gemini-2.5-flash', '{model}'));
  }
  const kept = ['/kling/v1/videos/multi-image2video', '/runwayml/v1/image_to_video', '/v1/realtime'];
  for (const path of nonEmpty(kept)) assert.equal(routeOf(path), path);
  assert.equal(routeOf('/v1/responses/resp_0123456789ab/cancel'), '/v1/responses/{id}/cancel');
});

/** The well-known values of the conventions that a kind of channel can have. */
const wellKnown = new Set([
  ...['anthropic', 'aws.bedrock', 'azure.ai.openai', 'cohere', 'deepseek', 'gcp.gemini', 'gcp.vertex_ai'],
  ...['groq', 'mistral_ai', 'moonshot_ai', 'openai', 'x_ai'],
]);

test('each provider that the conventions know has their name for it, whatever protocol it speaks', () => {
  const given = new Set(Object.keys(channelKinds).map((kind) => providerName(kind, 'openai')));
  for (const name of nonEmpty([...wellKnown])) assert.ok(given.has(name), name);
  assert.equal(providerName('custom', 'gemini'), 'gcp.gemini');
  assert.equal(providerName('newapi', 'anthropic'), 'anthropic');
  assert.equal(providerName('ollama', 'openai'), 'ollama');
});

test('operations have the name of the conventions, or their own, and belong to one family of metrics', () => {
  assert.deepEqual(
    ['responses', 'completions', 'streamGenerateContent', 'batchEmbedContents', 'rerank', 'realtime'].map(
      (operation) => [operationName(operation), familyOf(operationName(operation))],
    ),
    [
      ['chat', 'inference'],
      ['text_completion', 'inference'],
      ['generate_content', 'inference'],
      ['embeddings', 'embeddings'],
      ['rerank', 'operation'],
      ['realtime', 'inference'],
    ],
  );
});

test('the model of a response is found near its beginning or its end, and nothing else is', () => {
  assert.equal(responseModel(Buffer.from('data: {"id":"c","model":"m-1","choices":[]}')), 'm-1');
  const gemini = Buffer.from(`{"candidates":["${'x'.repeat(9000)}"],"modelVersion": "g-2"}`);
  assert.equal(responseModel(gemini), 'g-2');
  assert.equal(responseModel(Buffer.from('{"models":"m"}')), undefined);
  assert.equal(responseModel(undefined), undefined);
});

test('the place of a server has the port of its scheme', () => {
  const place = (origin: string) => Object.values(serverPlace(origin));
  assert.deepEqual(place('https://api.example.com'), ['api.example.com', 443]);
  assert.deepEqual(place('http://[::1]:8080'), ['::1', 8080]);
});
