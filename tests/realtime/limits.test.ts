/** Sockets and the limits of their keys, and the end of the gateway. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { manual, RealtimeSocket, refusal, sound } from './socket.ts';

let gateway: Gateway;
const env = { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '20', HALLEY_SHUTDOWN_DRAIN_MS: '400' };

before(async () => {
  gateway = await startGateway({ env });
});

test('a socket counts as one running request as long as it is open, and responses by the minute', async () => {
  const one = await gateway.createKey({ concurrency_limit: 1 });
  const first = await RealtimeSocket.open(gateway.url, one.value);
  const counted = await gateway.call('GET', `/api/token/${one.id}/running`);
  assert.deepEqual([dataOf(counted).running, dataOf(counted).sockets], [1, 1]);
  const second = await refusal(gateway.url, one.value);
  assert.deepEqual([second.status, second.code], [429, 'concurrency_limit_exceeded']);
  first.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  await first.sees('response.done');
  first.close();
  await first.closed();
  const again = await RealtimeSocket.open(gateway.url, one.value);
  again.close();
  const { value } = await gateway.createKey({ rpm_limit: 3 });
  const client = await RealtimeSocket.open(gateway.url, value);
  for (const number of [1, 2]) {
    client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    await client.sees('response.done', number);
  }
  client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  const { error } = (await client.sees('error')) as unknown as { error: { code: string } };
  assert.equal(error.code, 'rate_limit_exceeded');
  client.close();
});

test('a gateway that shuts down opens no socket, lets those that are open go on, and closes them with 1001', async () => {
  const { value } = await gateway.createKey();
  const client = await RealtimeSocket.open(gateway.url, value);
  client.send(manual);
  client.send({ type: 'input_audio_buffer.append', audio: sound(10_000) });
  client.send({ type: 'input_audio_buffer.commit' });
  client.send({ type: 'response.create' });
  await client.sees('response.output_audio.delta');
  const stopped = gateway.stop();
  const deltas = client.all('response.output_audio.delta').length;
  await client.sees('response.output_audio.delta', deltas + 3);
  assert.equal(await client.closed(), 1001);
  const { error } = client.events.at(-1) as unknown as { error: { code: string } };
  assert.equal(error.code, 'draining');
  await stopped;
});
