/** Metrics by OTLP: the GenAI metrics of each try, and those of /metrics with the same values. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chat, streamed } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type OtlpCollector, type ReceivedPoint, startOtlpCollector } from '../support/otlp-collector.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { startTraced } from './gateway.ts';

let collector: OtlpCollector;
let first: FakeUpstream;
let second: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

before(async () => {
  [collector, first, second] = await Promise.all([
    startOtlpCollector(),
    startFakeUpstream(),
    startFakeUpstream(),
  ]);
  gateway = await startTraced(collector.origin);
  key = await gateway.createKey();
  const fields = { protocols: ['openai'], models: ['m', 'e'] };
  await gateway.createChannel(first.origin, { name: 'first', kind: 'openai', priority: 10, ...fields });
  await gateway.createChannel(second.origin, { name: 'second', kind: 'groq', priority: 5, ...fields });
});
after(async () => {
  await gateway.stop();
  await Promise.all([collector.close(), first.close(), second.close()]);
});

const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

async function ask(options: Parameters<typeof chat>[2]): Promise<void> {
  const stream = chat(gateway.url, key.value, options);
  await stream.end();
}

const pointsOf = (name: string): readonly ReceivedPoint[] =>
  collector.metrics.find((metric) => metric.name === name)?.points ?? [];

/** The value of the point with these attributes; undefined = there is none. */
const valueAt = (name: string, wanted: Readonly<Record<string, unknown>>) =>
  pointsOf(name).find(({ attributes }) =>
    Object.entries(wanted).every(([attribute, value]) => attributes[attribute] === value),
  )?.value;

const duration = 'gen_ai.client.inference.duration';
const usage = (of: string) => `gen_ai.client.inference.usage.${of}`;

test('each try is counted with its provider and error, and usage for the one that served the request', async () => {
  const details = { prompt_tokens_details: { cached_tokens: 4, audio_tokens: 2 } };
  const answered = {
    ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm' },
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'a' } }],
    usage: { prompt_tokens: 10, completion_tokens: 3, ...details },
  };
  first.on('/v1', upstreams.inTurn(upstreams.json({ error: {} }, 503), upstreams.json(answered)));
  second.on('/v1', upstreams.json(answered));
  await ask({ body });
  await ask({ body });
  first.on('/v1', upstreams.chatStream(2));
  await ask({ body: { ...streamed, ...body } });
  const openai = { 'gen_ai.provider.name': 'openai', 'gen_ai.operation.name': 'chat' };
  const groq = { 'gen_ai.provider.name': 'groq', 'gen_ai.request.model': 'm' };
  await until(() => valueAt(duration, { ...openai, 'error.type': undefined }) === 2);
  assert.equal(valueAt(duration, { ...openai, 'error.type': 'failed' }), 1);
  assert.equal(valueAt(duration, groq), 1);
  assert.equal(pointsOf(duration).length, 3);
  const text = { 'gen_ai.token.modality': 'text' };
  assert.equal(valueAt(usage('input_tokens'), { ...groq, ...text }), 8);
  assert.equal(valueAt(usage('input_tokens'), { ...groq, 'gen_ai.token.modality': 'audio' }), 2);
  assert.equal(valueAt(usage('input_tokens'), { ...openai, ...text }), 8 + 7);
  assert.equal(valueAt(usage('output_tokens'), { ...openai, ...text }), 3 + 2);
  assert.equal(valueAt(usage('cache_read.input_tokens'), groq), 4);
  assert.equal(valueAt('gen_ai.client.inference.time_to_first_chunk', openai), 1);
  const [point] = nonEmpty(pointsOf(duration));
  assert.deepEqual(point?.bounds.slice(0, 3), [0.01, 0.02, 0.04]);
  assert.equal(point?.counts.length, (point?.bounds.length ?? 0) + 1);
  assert.equal(collector.metrics.find(({ name }) => name === duration)?.unit, 's');
});

test('embeddings have a duration of their own name, and a model that no client may choose is a label', async () => {
  first.on(
    '/v1/embeddings',
    upstreams.json({ data: [], model: 'e', usage: { prompt_tokens: 2, total_tokens: 2 } }),
  );
  await ask({ path: '/v1/embeddings', body: { model: 'e', input: 'x' } });
  await ask({ body: { ...body, model: 'invented' } });
  const wanted = {
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.request.model': 'e',
    'server.port': first.port,
  };
  await until(() => valueAt('gen_ai.client.embeddings.duration', wanted) === 1);
  assert.ok(!JSON.stringify(collector.metrics).includes('invented'));
});

test('what /metrics shows is sent too, under the same names and with the same values', async () => {
  const { text } = await gateway.call('GET', '/metrics');
  const [, done = ''] =
    /^halley_requests_total\{.*operation="embeddings".*outcome="done".*\} (\d+)$/m.exec(text) ?? [];
  const wanted = { operation: 'embeddings', outcome: 'done' };
  await until(() => valueAt('halley_requests_total', wanted) === Number(done));
  const sentNames = new Set(collector.metrics.map(({ name }) => name));
  const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
  }));
  // What Node has under way comes and goes between the answer of /metrics and the next export.
  const withValues = shown.filter(
    ({ name }) =>
      !name.startsWith('nodejs_active_') && new RegExp(`^${name}(?:_bucket)?(?:\\{.*\\})? `, 'm').test(text),
  );
  for (const { name, type } of nonEmpty(withValues)) {
    assert.ok(sentNames.has(name), name);
    const sent = collector.metrics.find((metric) => metric.name === name);
    assert.equal(sent?.type, type === 'counter' ? 'sum' : type, name);
  }
  const seconds = { operation: 'embeddings', protocol: 'openai' };
  const [point] = pointsOf('halley_request_seconds').filter(
    ({ attributes }) => attributes.operation === 'embeddings',
  );
  assert.deepEqual(point?.attributes, seconds);
  assert.equal(point?.value, 1);
  assert.equal(
    point?.counts.reduce((sum, count) => sum + count, 0),
    1,
  );
  assert.match(text, /^halley_otel_spans_total\{result="sent"\} [1-9]/m);
});

test('a gateway that sends nothing has no metric of it', async () => {
  const plain = await startGateway();
  const { text } = await plain.call('GET', '/metrics');
  assert.ok(!text.includes('halley_otel'));
  await plain.stop();
});
