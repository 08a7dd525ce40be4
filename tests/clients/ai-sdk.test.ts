/** The published `ai` client with `@ai-sdk/openai-compatible`, unmodified, against a running gateway. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateText, streamText } from 'ai';
import { deleteKey, endless, startDemoGateway } from './demo-gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());

const providerWith = (apiKey: string) =>
  createOpenAICompatible({ name: 'halley', apiKey, baseURL: `${gateway.url}/v1`, includeUsage: true });
const provider = providerWith((await gateway.createKey()).value);
const model = provider('demo-chat');
const prompt = 'Hello there';
const said = /You said: "Hello there"/;

function isCallError(status: number) {
  return (error: unknown) => {
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, status);
    return true;
  };
}

test('generates text, complete and streamed, with its usage', async () => {
  const whole = await generateText({ model, prompt, maxRetries: 0 });
  assert.match(whole.text, said);
  assert.ok((whole.usage.outputTokens ?? 0) > 0);
  const streamed = streamText({ model, prompt, maxRetries: 0 });
  assert.match(await streamed.text, said);
  assert.deepEqual((await streamed.usage).outputTokens, whole.usage.outputTokens);
});

test('embeddings are made', async () => {
  const embedder = provider.embeddingModel('demo-embedding');
  const { embeddings } = await embedMany({ model: embedder, values: ['a', 'b'], maxRetries: 0 });
  assert.equal(embeddings.length, 2);
});

test('a wrong key is 401, an unknown model 404', async () => {
  const wrong = providerWith('sk-wrong')('demo-chat');
  await assert.rejects(generateText({ model: wrong, prompt, maxRetries: 0 }), isCallError(401));
  const unknown = provider('nope');
  await assert.rejects(generateText({ model: unknown, prompt, maxRetries: 0 }), isCallError(404));
});

test('a stream whose key is deleted shows the error, and does not end as if it were complete', async () => {
  const doomed = await gateway.createKey();
  const { fullStream } = streamText({
    model: providerWith(doomed.value)('demo-chat'),
    prompt,
    maxRetries: 0,
    providerOptions: { halley: endless },
    onError: () => {},
  });
  let pieces = 0;
  let error: unknown;
  let reason: string | undefined;
  for await (const part of fullStream) {
    if (part.type === 'text-delta') {
      pieces += 1;
      if (pieces === 5) await deleteKey(gateway, doomed);
    } else if (part.type === 'error') error = part.error;
    else if (part.type === 'finish') reason = part.finishReason;
  }
  assert.match(JSON.stringify(error), /key_revoked/);
  assert.equal(reason, 'error');
});
