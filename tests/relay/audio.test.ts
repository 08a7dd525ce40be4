/** How sounds are charged where their responses do not say. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { spoken } from '../../src/demo/sound.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

let gateway: Gateway;
let upstream: FakeUpstream;
let key: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  key = await gateway.createKey();
  await gateway.createChannel(upstream.origin, {
    models: ['by-second', 'by-token', 'speaker', 'by-character'],
  });
  const models = [
    { id: 'by-second', input: '0', output: '0', per_audio_second: '0.01' },
    { id: 'by-token', input: '1', audio_input: '3', output: '5' },
    { id: 'by-character', input: '0', output: '0', characters: '20' },
    { id: 'speaker', input: '1', output: '2', audio_output: '12' },
  ];
  dataOf(await gateway.call('PUT', '/api/price', { body: { models } }));
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

async function transcribe(file: Buffer, fields: Readonly<Record<string, string>>): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(file)], { type: 'audio/wav' }), 'a.wav');
  const response = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${key.value}` },
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

async function lastRecord(): Promise<Record<string, unknown>> {
  const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=1')) as {
    items: Record<string, unknown>[];
  };
  const [record] = nonEmpty(items);
  assert.ok(record);
  return { ...record, other: JSON.parse(String(record.other)) as Record<string, unknown> };
}

/** 10 s, however its header is changed. */
const sound = spoken('x'.repeat(200));

/** @param bytes that its header says it has */
function withLength(bytes: number): Buffer {
  const forged = Buffer.from(sound);
  forged.writeUInt32LE(bytes, 40);
  forged.writeUInt32LE(bytes + 36, 4);
  return forged;
}

const subtitles = '1\n00:00:00,000 --> 00:00:01,000\nHello\n';

test('subtitles are charged by the measured length, and a header that lies about it is not believed', async () => {
  upstream.on('/v1', upstreams.answer(200, subtitles, { 'content-type': 'text/plain' }));
  for (const file of nonEmpty([sound, withLength(1000), withLength(0), withLength(0xffffffda)])) {
    assert.equal(await transcribe(file, { model: 'by-second', response_format: 'srt' }), subtitles);
    const { quota, other } = await lastRecord();
    const { audio_seconds, estimated } = other as Record<string, unknown>;
    assert.equal(audio_seconds, 10);
    assert.deepEqual([quota, estimated], [Number(audio_seconds) * 5000, true]);
  }
});

test('a reported length or count is charged as it is', async () => {
  upstream.on('/v1', upstreams.json({ text: 'Hello', usage: { type: 'duration', seconds: 7.2 } }));
  await transcribe(sound, { model: 'by-second' });
  const first = await lastRecord();
  assert.deepEqual([first.quota, (first.other as Record<string, unknown>).estimated], [8 * 5000, false]);
  const usage = {
    type: 'tokens',
    input_tokens: 100,
    input_token_details: { audio_tokens: 90, text_tokens: 10 },
    output_tokens: 20,
    total_tokens: 120,
  };
  upstream.on('/v1', upstreams.json({ text: 'Hello', usage }));
  await transcribe(sound, { model: 'by-token' });
  // (10 * 1 + 90 * 3 + 20 * 5) millionths of a USD.
  assert.equal((await lastRecord()).quota, 190);
});

test('a report of what is not priced makes nothing free', async () => {
  const tokens = { type: 'tokens', input_tokens: 100, output_tokens: 20, total_tokens: 120 };
  upstream.on('/v1', upstreams.json({ text: 'Hello', usage: tokens }));
  await transcribe(sound, { model: 'by-second' });
  assert.equal((await lastRecord()).quota, 10 * 5000);
  upstream.on('/v1', upstreams.json({ text: 'Hello', usage: { type: 'duration', seconds: 8 } }));
  await transcribe(sound, { model: 'by-token' });
  const { quota, other } = await lastRecord();
  assert.ok(Number(quota) > 0 && (other as Record<string, unknown>).estimated === true);
});

test('a form with two files or none is refused, as is a text to be spoken that is none', async () => {
  const headers = { authorization: `Bearer ${key.value}` };
  const post = (path: string, body: FormData | string, more = {}) =>
    fetch(`${gateway.url}/v1/audio/${path}`, { method: 'POST', body, headers: { ...headers, ...more } });
  for (const parts of nonEmpty([['a', 'b'], []])) {
    const form = new FormData();
    form.append('model', 'by-second');
    for (const name of parts) form.append('file', new Blob([name]), `${name}.wav`);
    if (parts.length === 0) form.append('file', 'a text');
    assert.equal((await post('transcriptions', form)).status, 400);
  }
  for (const input of nonEmpty([7, ['a', 'b'], {}])) {
    const body = JSON.stringify({ model: 'speaker', input, voice: 'a' });
    assert.equal((await post('speech', body, { 'content-type': 'application/json' })).status, 400);
  }
});

test('tokens that no report counts are estimated by the length', async () => {
  upstream.on('/v1', upstreams.answer(200, 'Hello\n', { 'content-type': 'text/plain' }));
  await transcribe(sound, { model: 'by-token', response_format: 'text' });
  const { other, quota, completion_tokens } = await lastRecord();
  const { audio_input_tokens, estimated } = other as Record<string, unknown>;
  assert.equal(estimated, true);
  assert.ok(Number(audio_input_tokens) >= 170 && Number(completion_tokens) >= 40 && Number(quota) > 0);
});

test('tokens that only estimate what is charged by characters or seconds are in no record', async () => {
  upstream.on('/v1', upstreams.answer(200, Buffer.from([0xff, 0xfb]), { 'content-type': 'audio/mpeg' }));
  const response = await fetch(`${gateway.url}/v1/audio/speech`, {
    method: 'POST',
    body: JSON.stringify({ model: 'by-character', input: 'Hello there', voice: 'a' }),
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
  });
  await response.arrayBuffer();
  const spokenRecord = await lastRecord();
  assert.deepEqual(measuresOf(spokenRecord), [110, 11, 0, 0, false]);
  upstream.on('/v1', upstreams.answer(200, subtitles, { 'content-type': 'text/plain' }));
  await transcribe(sound, { model: 'by-second', response_format: 'srt' });
  const heard = await lastRecord();
  assert.deepEqual(measuresOf(heard), [50_000, 0, 10, 0, true]);
});

/** Units, characters, seconds, tokens, and whether they are estimated. */
function measuresOf({ quota, pieces, prompt_tokens, completion_tokens, estimated }: Record<string, unknown>) {
  const { characters, audio_seconds } = pieces as Record<string, number>;
  return [quota, characters, audio_seconds, Number(prompt_tokens) + Number(completion_tokens), estimated];
}

test('spoken sound without a report is estimated where tokens are priced; an error stays JSON', async () => {
  const speak = () =>
    fetch(`${gateway.url}/v1/audio/speech`, {
      method: 'POST',
      body: JSON.stringify({ model: 'speaker', input: 'Hello there', voice: 'a' }),
      headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    });
  upstream.on(
    '/v1',
    upstreams.answer(200, Buffer.from([0xff, 0xfb, 0, 0]), { 'content-type': 'audio/mpeg' }),
  );
  const response = await speak();
  assert.equal(response.headers.get('content-type'), 'audio/mpeg');
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), Buffer.from([0xff, 0xfb, 0, 0]));
  const { other } = await lastRecord();
  const { estimated, audio_output_tokens, characters } = other as Record<string, unknown>;
  assert.deepEqual([estimated, audio_output_tokens, characters], [true, 17, 11]);
  upstream.on('/v1', upstreams.json({ error: { message: 'no voice', type: 'invalid_request_error' } }, 400));
  const refused = await speak();
  assert.equal(refused.status, 400);
  assert.match(refused.headers.get('content-type') ?? '', /^application\/json/);
});

test('a key that cannot afford the length is refused before the upload goes on', async () => {
  const before = upstream.requests.length;
  const poor = await gateway.createKey({ unlimited_quota: false, remain_quota: 20_000 });
  const form = new FormData();
  form.append('model', 'by-second');
  form.append('file', new Blob([new Uint8Array(sound)]), 'a.wav');
  const response = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${poor.value}` },
  });
  assert.equal(response.status, 403, await response.text());
  assert.equal(upstream.requests.length, before);
});
