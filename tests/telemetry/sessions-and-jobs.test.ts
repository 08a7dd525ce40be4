/** The traces of realtime sessions, of jobs, and of what is asked about a job without its client. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { manual, RealtimeSocket } from '../realtime/socket.ts';
import { dataOf, type Gateway, type TestKey } from '../support/gateway.ts';
import { type JobUpstream, startJobUpstream } from '../support/job-upstream.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type OtlpCollector, startOtlpCollector } from '../support/otlp-collector.ts';
import { until } from '../support/until.ts';
import { startTraced } from './gateway.ts';

let collector: OtlpCollector;
let jobs: JobUpstream;
let gateway: Gateway;
let key: TestKey;

before(async () => {
  [collector, jobs] = await Promise.all([startOtlpCollector(), startJobUpstream({ takesMs: 50 })]);
  gateway = await startTraced(collector.origin, { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '1' });
  key = await gateway.createKey();
  await gateway.createChannel(jobs.origin, { name: 'videos', kind: 'openai', models: ['video-model'] });
  const price = { id: 'video-model', input: '0', output: '0', per_video_second: '0.001' };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
});
after(async () => {
  await gateway.stop();
  await Promise.all([collector.close(), jobs.close()]);
});

test('a session is a span, with the dialling of its upstream and each of its responses below it', async () => {
  const client = await RealtimeSocket.open(gateway.url, key.value);
  client.send(manual);
  client.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
  });
  client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  await client.sees('response.done');
  client.socket.close();
  const session = () =>
    collector.spans.find(({ attributes }) => attributes['halley.operation'] === 'realtime.session');
  const below = () => collector.spans.filter(({ parentSpanId }) => parentSpanId === session()?.spanId);
  await until(() => session() !== undefined && below().length === 2);
  assert.equal(session()?.name, 'GET /v1/realtime');
  const [dialled, response] = [...below()].sort((one, other) => Number(one.start - other.start));
  assert.equal(dialled?.attributes['http.response.status_code'], 101);
  assert.equal(response?.attributes['gen_ai.operation.name'], 'realtime');
  assert.ok(Number(response?.attributes['gen_ai.usage.output_tokens']) > 0);
  assert.equal(response?.attributes['halley.key.id'], key.id);
  assert.match(String(response?.attributes['halley.request.id']), /^.+\.1$/);
});

test('a submit has a try, and each look at its job a trace of its own that names the submit', async () => {
  const body = { model: 'video-model', prompt: 'ok', seconds: '4' };
  const submitted = await gateway.call('POST', '/v1/videos', { token: `Bearer ${key.value}`, body });
  assert.equal(submitted.status, 200, submitted.text);
  const id = String(submitted.headers.get('x-request-id'));
  const { server, tries } = await collector.trace(id, 1);
  assert.equal(server.attributes['halley.operation'], 'jobs.videos.create');
  assert.equal(nonEmpty(tries)[0]?.attributes['http.response.status_code'], 200);
  const looks = () =>
    collector.spans.filter(
      ({ attributes, kind }) => attributes['halley.request.id'] === id && kind === 'client',
    );
  await until(() => looks().length > 0);
  const [look] = nonEmpty(looks());
  assert.equal(look?.parentSpanId, '');
  assert.notEqual(look?.traceId, server.traceId);
  assert.equal(look?.attributes['halley.channel.name'], 'videos');
});
