/** What a realtime session is charged: each response and each transcription once, whatever ends it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { differencesIn, reservationsIn } from '../support/database.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { manual, RealtimeSocket, refusal, says, sound } from './socket.ts';

let gateway: Gateway;

before(async () => {
  gateway = await startGateway({ env: { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '5' } });
  const models = [{ id: 'test-transcribe', input: '2', output: '4', audio_input: '6' }];
  dataOf(await gateway.call('PUT', '/api/price', { body: { models } }));
});
after(() => gateway.stop());

interface Row {
  readonly model_name: string;
  readonly type: number;
  readonly quota: number;
  readonly request_id: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly other: string;
}

/** The records of a key once there are so many, the oldest first. */
async function recordsOf({ id }: TestKey, count: number): Promise<readonly Row[]> {
  let rows: Row[] = [];
  await until(async () => {
    const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=100'));
    rows = (items as (Row & { token_id: number })[]).filter((row) => row.token_id === id);
    return rows.length >= count;
  });
  await until(async () => (await reservationsIn(gateway.dataDir)) === 0);
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  assert.equal(rows.length, count, JSON.stringify(rows));
  return rows.reverse();
}

const limitedKey = (remain_quota: number) => gateway.createKey({ unlimited_quota: false, remain_quota });

test('two responses, a cancelled one with cached sound and a transcription are exactly four charges', async () => {
  const key = await limitedKey(1_000_000);
  const client = await RealtimeSocket.open(gateway.url, key.value);
  client.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: { input: { turn_detection: null, transcription: { model: 'test-transcribe' } } },
    },
  });
  await client.sees('session.updated');
  client.send({ type: 'input_audio_buffer.append', audio: sound(2000) });
  client.send({ type: 'input_audio_buffer.commit' });
  const transcription = await client.sees('conversation.item.input_audio_transcription.completed');
  client.send({ type: 'response.create' });
  await client.sees('response.done');
  client.send(says('hello'));
  client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  await client.sees('response.done', 2);
  client.send({ type: 'response.create' });
  await client.sees('response.output_audio.delta', 11);
  client.send({ type: 'response.cancel' });
  const { response } = (await client.sees('response.done', 3)) as unknown as { response: Reported };
  assert.equal(response.status, 'cancelled');
  client.close();
  await client.closed();

  const rows = await recordsOf(key, 4);
  const done = client.all('response.done') as unknown as readonly { response: Reported }[];
  const [written, ...answers] = rows;
  assert.equal(written?.model_name, 'test-transcribe');
  const { usage } = transcription as unknown as { usage: { input_tokens: number; output_tokens: number } };
  // Units for a token: 3 for sound that came in, 2 for text.
  assert.equal(written.quota, usage.input_tokens * 3 + usage.output_tokens * 2);
  for (const [at, row] of nonEmpty([...answers.entries()])) {
    assert.equal(row.quota, unitsOf(done[at]?.response), row.other);
    assert.equal(row.type, 2);
    assert.equal(JSON.parse(row.other).estimated, false);
  }
  const cachedSound = response.usage.input_token_details.cached_tokens_details.audio_tokens;
  assert.ok(cachedSound > 0);
  const [session, ...others] = new Set(rows.map(({ request_id }) => request_id.split('.')[0]));
  assert.ok(session && others.length === 0);
});

interface Reported {
  readonly status: string;
  readonly usage: {
    readonly input_token_details: {
      readonly text_tokens: number;
      readonly audio_tokens: number;
      readonly cached_tokens: number;
      readonly cached_tokens_details: { readonly text_tokens: number; readonly audio_tokens: number };
    };
    readonly output_token_details: { readonly text_tokens: number; readonly audio_tokens: number };
  };
}

/** By the price of the demo model: 2 units for a token of text, 4 of sound, 1 from the cache. */
function unitsOf(response: Reported | undefined): number {
  assert.ok(response);
  const { input_token_details: input, output_token_details: output } = response.usage;
  const cached = input.cached_tokens_details;
  const text = input.text_tokens - cached.text_tokens;
  const audio = input.audio_tokens - cached.audio_tokens;
  return text * 2 + audio * 4 + input.cached_tokens + output.text_tokens * 2 + output.audio_tokens * 4;
}

test('a response of voice detection is reserved like any other, and the client sees what it asked for', async () => {
  const key = await limitedKey(1_000_000);
  const client = await RealtimeSocket.open(gateway.url, key.value);
  const { session } = (await client.sees('session.created')) as unknown as { session: Session };
  assert.equal(session.audio.input.turn_detection.create_response, true);
  client.send({ type: 'input_audio_buffer.append', audio: sound(500) });
  client.send({ type: 'input_audio_buffer.append', audio: sound(800, false) });
  await client.sees('response.done');
  assert.deepEqual(client.all('session.updated'), []);
  client.close();
  const [row] = await recordsOf(key, 1);
  assert.ok(row && row.quota > 0);
});

interface Session {
  readonly audio: { readonly input: { readonly turn_detection: { readonly create_response: boolean } } };
}

test('a response that does not fit is refused before it runs, spoken to or asked for, and the session goes on', async () => {
  const key = await limitedKey(400);
  const client = await RealtimeSocket.open(gateway.url, key.value);
  client.send({ type: 'response.create', event_id: 'first' });
  const refused = (await client.sees('error')) as unknown as { error: { code: string; event_id: unknown } };
  assert.equal(refused.error.code, 'pre_consume_token_quota_failed');
  assert.equal(refused.error.event_id, 'first');
  client.send({ type: 'input_audio_buffer.append', audio: sound(500) });
  client.send({ type: 'input_audio_buffer.append', audio: sound(800, false) });
  await client.sees('error', 2);
  assert.deepEqual(client.all('response.created'), []);
  client.send(manual);
  await client.sees('session.updated');
  client.send({ type: 'response.create', response: { output_modalities: ['text'], max_output_tokens: 20 } });
  await client.sees('response.done');
  client.close();
  await recordsOf(key, 1);
});

test('a budget cuts inside a session: what is left decides about each response', async () => {
  const key = await limitedKey(400);
  const client = await RealtimeSocket.open(gateway.url, key.value);
  const ask = { type: 'response.create', response: { output_modalities: ['text'], max_output_tokens: 40 } };
  let done = 0;
  while (client.all('error').length === 0) {
    client.send(ask);
    done += 1;
    await until(() => client.all('response.done').length + client.all('error').length >= done);
  }
  client.close();
  const rows = await recordsOf(key, done - 1);
  const spent = nonEmpty(rows).reduce((sum, { quota }) => sum + quota, 0);
  assert.ok(spent <= 400, String(spent));
});

test('a session whose client leaves settles what ran by what the upstream still reports', async () => {
  const key = await limitedKey(1_000_000);
  const client = await RealtimeSocket.open(gateway.url, key.value);
  client.send(manual);
  client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  await client.sees('response.done');
  client.send({ type: 'input_audio_buffer.append', audio: sound(5000) });
  client.send({ type: 'input_audio_buffer.commit' });
  client.send({ type: 'response.create' });
  await client.sees('response.output_audio.delta');
  client.socket.terminate();
  const [, row] = await recordsOf(key, 2);
  assert.ok(row && row.quota > 0);
  assert.equal(JSON.parse(row.other).estimated, false);
});

test('a model without a price for sound, and a transcription without a price or right, are refused', async () => {
  await gateway.createChannel('http://127.0.0.1:1', { models: ['text-model'] });
  const { value } = await gateway.createKey();
  assert.deepEqual(await codeOf(value, 'model=text-model'), [400, 'model_not_priced']);
  assert.deepEqual(await codeOf(value, 'model=no-model'), [400, 'model_not_priced']);
  assert.deepEqual(await codeOf(value, ''), [400, 'model_missing']);
  assert.deepEqual(await codeOf(value, 'call_id=rtc_1'), [400, 'invalid_value']);
  assert.deepEqual(await codeOf(value, 'intent=transcription'), [400, 'invalid_value']);
  const limited = await gateway.createKey({ model_limits_enabled: true, model_limits: 'demo-realtime' });
  const client = await RealtimeSocket.open(gateway.url, limited.value);
  const transcribe = (model?: string) =>
    client.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: { input: { transcription: model === undefined ? {} : { model } } },
      },
    });
  transcribe('test-transcribe');
  transcribe();
  await client.sees('error', 2);
  client.close();
  const other = await RealtimeSocket.open(gateway.url, value);
  other.send({
    type: 'session.update',
    session: { type: 'realtime', audio: { input: { transcription: { model: 'x' } } } },
  });
  await other.sees('error');
  other.close();
  const codes = [...client.all('error'), ...other.all('error')].map(
    ({ error }) => (error as { code: string }).code,
  );
  assert.deepEqual(codes, ['model_not_allowed', 'field_missing', 'model_not_priced']);
});

async function codeOf(key: string, query: string): Promise<readonly [number, string]> {
  const { status, code } = await refusal(gateway.url, key, { query });
  return [status, code];
}
