/** CometAPI's own published client, unmodified, against a gateway with CometAPI's error format. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CometAPI } from 'cometapi';
import { deleteMidStream, endless, startDemoGateway } from './demo-gateway.ts';

const gateway = await startDemoGateway({ HALLEY_ERRORS_COMPAT: 'cometapi' });
after(() => gateway.stop());

const clientWith = (apiKey: string) => new CometAPI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const client = clientWith((await gateway.createKey()).value);
const model = 'demo-chat';
const messages = [{ role: 'user' as const, content: 'Hello there' }];
const said = /You said: "Hello there"/;

test('serves chat, responses and the list of models', async () => {
  const chat = await client.chat.completions.create({ model, messages });
  assert.match(chat.choices[0]?.message.content ?? '', said);
  const response = await client.responses.create({ model, input: 'Hello there' });
  assert.match(response.output_text, said);
  assert.ok((await client.models.list()).data.some(({ id }) => id === model));
});

test('streams chat and responses', async () => {
  let text = '';
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  assert.match(text, said);
  let streamed = '';
  for await (const event of await client.responses.create({ model, input: 'Hello there', stream: true })) {
    if (event.type === 'response.output_text.delta') streamed += event.delta;
  }
  assert.match(streamed, said);
});

test('a wrong key gets the error of CometAPI', async () => {
  await assert.rejects(clientWith('sk-wrong').chat.completions.create({ model, messages }), (error) => {
    assert.ok(error instanceof CometAPI.AuthenticationError);
    assert.deepEqual([error.type, error.code], ['comet_api_error', '']);
    assert.match(error.message, /^401 Invalid token \(request id: /);
    return true;
  });
});

test('an unknown model is 503 and a body without messages 500, as at CometAPI', async () => {
  await assert.rejects(client.chat.completions.create({ model: 'nope', messages }), (error) => {
    assert.ok(error instanceof CometAPI.InternalServerError);
    assert.deepEqual([error.status, error.code], [503, 'model_not_found']);
    return true;
  });
  await assert.rejects(client.post('/chat/completions', { body: { model } }), (error) => {
    assert.ok(error instanceof CometAPI.InternalServerError);
    assert.deepEqual([error.status, error.code], [500, 'invalid_request']);
    assert.match(error.message, /field messages is required/);
    return true;
  });
});

test('a stream whose key is deleted throws an APIError', async () => {
  const doomed = await gateway.createKey();
  const stream = await clientWith(doomed.value).chat.completions.create({
    model,
    messages,
    stream: true,
    ...endless,
  });
  const error = await deleteMidStream(gateway, doomed, stream);
  assert.ok(error instanceof CometAPI.APIError, String(error));
  assert.match(error.message, /Invalid token/);
});
