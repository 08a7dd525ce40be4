/** The published `openai` client, unmodified: speech, transcriptions and translations. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { spoken } from '../../src/demo/sound.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { startDemoGateway, usedQuota } from './demo-gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());

const clientWith = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const key = await gateway.createKey();
const client = clientWith(key.value);
const text = 'Hello there, world';
/** 18 characters of 50 ms each. */
const sound = spoken(text);

test('a text is spoken, and charged by its characters', async () => {
  const spender = await gateway.createKey();
  const response = await clientWith(spender.value).audio.speech.create({
    model: 'demo-speech',
    voice: 'alloy',
    input: `${text} 🗝`,
    response_format: 'wav',
  });
  assert.equal(response.headers.get('content-type'), 'audio/wav');
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.deepEqual(bytes, spoken(`${text} 🗝`));
  // 20 characters at 15 USD for a million are 150 units.
  assert.equal(await usedQuota(gateway, spender), 150);
});

test('speech as events carries its usage', async () => {
  const response = await client.audio.speech.create({
    model: 'demo-speech',
    voice: 'alloy',
    input: text,
    response_format: 'wav',
    stream_format: 'sse',
  });
  const events = await response.text();
  assert.match(events, /speech\.audio\.delta/);
  assert.match(events, /"type":"speech\.audio\.done","usage":\{"input_tokens":\d+/);
});

test('what was spoken is transcribed, in each format', async () => {
  const spender = await gateway.createKey();
  const audio = clientWith(spender.value).audio.transcriptions;
  const file = () => toFile(sound, 'speech.wav', { type: 'audio/wav' });
  const model = 'demo-transcribe';
  const json = await audio.create({ file: await file(), model });
  assert.equal(json.text, text);
  const verbose = await audio.create({ file: await file(), model, response_format: 'verbose_json' });
  assert.equal(verbose.segments?.[0]?.text, text);
  const formats = ['text', 'srt', 'vtt'] as const;
  for (const response_format of nonEmpty(formats)) {
    const plain: string = await audio.create({ file: await file(), model, response_format });
    assert.ok(plain.includes(text), plain);
  }
  // One second each, at 0.0001 USD.
  assert.equal(await usedQuota(gateway, spender), 5 * 50);
});

test('a transcription streams, and a translation passes', async () => {
  const stream = await client.audio.transcriptions.create({
    file: await toFile(sound, 'speech.wav'),
    model: 'demo-transcribe',
    stream: true,
  });
  let written = '';
  for await (const event of stream) if (event.type === 'transcript.text.delta') written += event.delta;
  assert.equal(written, text);
  const translated = await client.audio.translations.create({
    file: await toFile(sound, 'speech.wav'),
    model: 'demo-transcribe',
  });
  assert.equal(translated.text, text);
});

test('errors are those of the API, never sound', async () => {
  const speak = client.audio.speech.create({
    model: 'demo-speech',
    voice: 'alloy',
    input: '',
    response_format: 'wav',
  });
  await assert.rejects(speak, OpenAI.BadRequestError);
  const mute = client.audio.transcriptions.create({
    file: await toFile(Buffer.from('no sound'), 'a.mp3'),
    model: 'demo-transcribe',
  });
  await assert.rejects(mute, OpenAI.BadRequestError);
  const wrong = client.audio.speech.create({ model: 'demo-transcribe', voice: 'alloy', input: 'x' });
  await assert.rejects(wrong, /has no rate for this operation/);
});
