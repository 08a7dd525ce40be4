/** The demo upstream with the unmodified published clients of the three protocols. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { startDemoUpstream } from '../../src/demo/demo-upstream.ts';
import { nonEmpty } from '../support/non-empty.ts';

const demo = startDemoUpstream({ chunkMs: 0 });
const origin = await demo.origin();
after(() => demo.close());

const openai = new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1`, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: 'none', baseURL: origin, maxRetries: 0 });
const google = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: origin } });

const said = /This is Halley's demo model.*You said: "Hello there"/;
const ask = [{ role: 'user' as const, content: 'Hello there' }];

test('openai: a chat response and its stream have the same text and usage', async () => {
  const whole = await openai.chat.completions.create({ model: 'demo-chat', messages: ask });
  assert.match(whole.choices[0]?.message.content ?? '', said);
  assert.equal(whole.choices[0]?.finish_reason, 'stop');
  assert.equal(whole.model, 'demo-chat');
  assert.ok((whole.usage?.completion_tokens ?? 0) > 10);

  const stream = await openai.chat.completions.create({
    model: 'demo-chat',
    messages: ask,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let chunks = 0;
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    chunks += 1;
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, whole.choices[0]?.message.content);
  assert.deepEqual(usage, whole.usage);
  assert.ok(chunks > 10);
});

test('openai: respects max_tokens, stop and n', async () => {
  const short = await openai.chat.completions.create({
    model: 'demo-chat',
    messages: ask,
    max_completion_tokens: 3,
    n: 2,
  });
  assert.deepEqual(
    short.choices.map(({ finish_reason }) => finish_reason),
    ['length', 'length'],
  );
  assert.equal(short.usage?.completion_tokens, 6);
  const stopped = await openai.chat.completions.create({
    model: 'demo-chat',
    messages: ask,
    stop: ['never', 'demo'],
  });
  assert.equal(stopped.choices[0]?.message.content, "This is Halley's ");
  assert.equal(stopped.choices[0]?.finish_reason, 'stop');
});

test('openai: legacy completions, complete and streamed', async () => {
  const whole = await openai.completions.create({ model: 'demo-chat', prompt: 'Hello there' });
  assert.match(whole.choices[0]?.text ?? '', said);
  const stream = await openai.completions.create({ model: 'demo-chat', prompt: 'Hello there', stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
  assert.equal(text, whole.choices[0]?.text);
});

test('openai: a response and its stream, which has every event in order', async () => {
  const whole = await openai.responses.create({
    model: 'demo-chat',
    input: 'Hello there',
    instructions: 'Be kind',
  });
  assert.match(whole.output_text, said);
  assert.equal(whole.status, 'completed');

  const stream = openai.responses.stream({ model: 'demo-chat', input: ask, instructions: 'Be kind' });
  const types: string[] = [];
  const numbers: number[] = [];
  for await (const event of stream) {
    if (types.at(-1) !== event.type) types.push(event.type);
    numbers.push(event.sequence_number);
  }
  assert.deepEqual(types, [
    ...[
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
    ],
    ...['response.output_text.delta', 'response.output_text.done', 'response.content_part.done'],
    ...['response.output_item.done', 'response.completed'],
  ]);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index),
  );
  const final = await stream.finalResponse();
  assert.equal(final.output_text, whole.output_text);
  assert.deepEqual(final.usage, whole.usage);

  const cut = await openai.responses.create({
    model: 'demo-chat',
    input: 'Hello there',
    max_output_tokens: 4,
  });
  assert.equal(cut.status, 'incomplete');
  assert.equal(cut.usage?.output_tokens, 4);
});

test('openai: embeddings have length one, in both encodings and any dimension', async () => {
  const input = ['the cat sat', 'the cat sat', 'quantum chromodynamics'];
  const floats = await openai.embeddings.create({ model: 'demo-embedding', input, encoding_format: 'float' });
  const base64 = await openai.embeddings.create({ model: 'demo-embedding', input, dimensions: 8 });
  assert.deepEqual(floats.data[0]?.embedding, floats.data[1]?.embedding);
  assert.notDeepEqual(floats.data[0]?.embedding, floats.data[2]?.embedding);
  assert.equal(floats.data[0]?.embedding.length, 256);
  assert.equal(base64.data[0]?.embedding.length, 8);
  for (const { embedding } of nonEmpty([...floats.data, ...base64.data])) {
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-6);
  }
  assert.ok(floats.usage.prompt_tokens > 5);
});

test('openai: a wrong request is a 400 of that protocol, an unknown path a 404', async () => {
  await assert.rejects(openai.chat.completions.create({ model: 'demo-chat', messages: [] }), {
    status: 400,
    type: 'invalid_request_error',
  });
  await assert.rejects(openai.get('/nothing'), { status: 404 });
});

test('anthropic: a message and its stream have the same text and usage', async () => {
  const request = { model: 'demo-chat', max_tokens: 500, messages: ask, system: 'Be kind' };
  const whole = await anthropic.messages.create(request);
  const [block] = whole.content;
  assert.match(block?.type === 'text' ? block.text : '', said);
  assert.equal(whole.stop_reason, 'end_turn');

  const stream = anthropic.messages.stream(request);
  const types: string[] = [];
  stream.on('streamEvent', ({ type }) => {
    if (types.at(-1) !== type) types.push(type);
  });
  const final = await stream.finalMessage();
  assert.deepEqual(final.content, whole.content);
  assert.equal(final.usage.output_tokens, whole.usage.output_tokens);
  assert.equal(final.usage.input_tokens, whole.usage.input_tokens);
  assert.deepEqual(types, [
    ...['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop'],
    ...['message_delta', 'message_stop'],
  ]);
  const counted = await anthropic.messages.countTokens({
    model: 'demo-chat',
    messages: ask,
    system: 'Be kind',
  });
  assert.equal(counted.input_tokens, whole.usage.input_tokens);
});

test('anthropic: respects max_tokens and stop sequences, and requires max_tokens', async () => {
  const cut = await anthropic.messages.create({ model: 'demo-chat', max_tokens: 2, messages: ask });
  assert.equal(cut.stop_reason, 'max_tokens');
  assert.equal(cut.usage.output_tokens, 2);
  const stopped = await anthropic.messages.create({
    model: 'demo-chat',
    max_tokens: 99,
    messages: ask,
    stop_sequences: ['demo'],
  });
  assert.equal(stopped.stop_reason, 'stop_sequence');
  assert.equal(stopped.stop_sequence, 'demo');
  const wrong = { model: 'demo-chat', messages: ask } as unknown as Anthropic.MessageCreateParamsNonStreaming;
  await assert.rejects(anthropic.messages.create(wrong, { timeout: 1000 }), { status: 400 });
});

test('gemini: content and its stream have the same text and usage', async () => {
  const request = { model: 'demo-chat', contents: 'Hello there' };
  const whole = await google.models.generateContent(request);
  assert.match(whole.text ?? '', said);
  assert.equal(whole.candidates?.[0]?.finishReason, 'STOP');
  let text = '';
  let last: typeof whole | undefined;
  for await (const chunk of await google.models.generateContentStream(request)) {
    text += chunk.text ?? '';
    last = chunk;
  }
  assert.equal(text, whole.text);
  assert.deepEqual(last?.usageMetadata, whole.usageMetadata);

  const cut = await google.models.generateContent({ ...request, config: { maxOutputTokens: 2 } });
  assert.equal(cut.candidates?.[0]?.finishReason, 'MAX_TOKENS');
  const counted = await google.models.countTokens(request);
  assert.equal(counted.totalTokens, whole.usageMetadata?.promptTokenCount);
});

test('gemini: embeddings, one and several', async () => {
  const config = { outputDimensionality: 16 };
  const one = await google.models.embedContent({ model: 'demo-embedding', contents: 'cat', config });
  const two = await google.models.embedContent({ model: 'demo-embedding', contents: ['cat', 'dog'], config });
  assert.equal(one.embeddings?.[0]?.values?.length, 16);
  assert.equal(two.embeddings?.length, 2);
  assert.deepEqual(one.embeddings?.[0]?.values, two.embeddings?.[0]?.values);
});

test('gemini: without alt=sse the stream is one JSON array; a percent-encoded model name is read', async () => {
  const response = await fetch(`${origin}/v1beta/models/google%2Fdemo:streamGenerateContent`, {
    method: 'POST',
    body: JSON.stringify({ contents: [{ parts: [{ text: 'Hello there' }] }] }),
  });
  const chunks = (await response.json()) as { modelVersion: string }[];
  assert.ok(chunks.length > 10);
  assert.equal(chunks[0]?.modelVersion, 'google/demo');
});

test('a request can set its number of chunks and pace', async () => {
  const began = performance.now();
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages: ask, stream: true, halley_demo: { chunks: 120, chunk_ms: 2 } }),
  });
  const text = await response.text();
  assert.equal(text.match(/"delta":\{"content":".+?"\}/g)?.length, 120);
  assert.ok(performance.now() - began > 100);
});

test('responds quickly and without error to text that is expensive to tokenize or special to the tokenizer', async () => {
  const texts = ['a'.repeat(3_000_000), '<|endoftext|>', '\u{1f468}\u200d\u{1f469}'.repeat(60), '\ud800', ''];
  for (const content of texts) {
    const answer = await openai.chat.completions.create({
      model: 'demo-chat',
      messages: [{ role: 'user', content }],
    });
    assert.ok((answer.usage?.completion_tokens ?? 0) < 500);
    assert.match(answer.choices[0]?.message.content ?? '', /real answers\.$/);
  }
});
