/** What a collector gets of each request: a span tree, with the attributes of the GenAI conventions. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chat, streamed } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import type { Gateway, TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type OtlpCollector, type ReceivedSpan, startOtlpCollector } from '../support/otlp-collector.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { collectorKey, startTraced } from './gateway.ts';

let collector: OtlpCollector;
let first: FakeUpstream;
let second: FakeUpstream;
let gateway: Gateway;
let key: TestKey;
let channel: number;

const prompt = 'a prompt for nobody else';
const text = 'an answer for nobody else';
const usage = {
  prompt_tokens: 30,
  completion_tokens: 7,
  prompt_tokens_details: { cached_tokens: 20 },
  completion_tokens_details: { reasoning_tokens: 3 },
};
const answer = {
  ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'real-model-2026' },
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }],
  usage,
};
const body = { model: 'm', messages: [{ role: 'user', content: prompt }] };

before(async () => {
  [collector, first, second] = await Promise.all([
    startOtlpCollector(),
    startFakeUpstream(),
    startFakeUpstream(),
  ]);
  gateway = await startTraced(collector.origin);
  key = await gateway.createKey();
  channel = await gateway.createChannel(first.origin, {
    ...{ name: 'first', kind: 'openai', protocols: ['openai'], models: ['m'], priority: 10 },
    model_mapping: { m: 'real-model' },
  });
  await gateway.createChannel(second.origin, {
    ...{ name: 'second', kind: 'mistral', protocols: ['openai'], models: ['m'], priority: 5 },
  });
  await gateway.createChannel(second.origin, {
    ...{ name: 'claude', kind: 'anthropic', protocols: ['anthropic'], models: ['c'] },
  });
});

after(async () => {
  // Content is off: neither text may be in any span.
  const seen = JSON.stringify(collector.spans, (_, value) => (typeof value === 'bigint' ? '' : value));
  assert.ok(!seen.includes(prompt) && !seen.includes(text));
  assert.ok(!seen.includes(key.value) && !seen.includes(key.value.slice('sk-'.length)));
  await gateway.stop();
  await Promise.all([collector.close(), first.close(), second.close()]);
});

/** Sends a request and waits for its spans. */
async function traced(options: Parameters<typeof chat>[2], tries: number) {
  const stream = chat(gateway.url, key.value, options);
  const { headers, status } = await stream.head();
  await stream.end();
  const id = String(headers['x-request-id']);
  return { id, status, ...(await collector.trace(id, tries)) };
}

/** Names of attributes that are neither the conventions' nor Halley's own. */
const foreignNames = ({ attributes }: ReceivedSpan) =>
  Object.keys(attributes).filter((name) => !/^(?:gen_ai|halley|http|server|url)\.|^error\.type$/.test(name));

test('a chat is a server span with one client span below it, named and labelled by the conventions', async () => {
  first.on('/v1', upstreams.json(answer));
  const { id, server, tries } = await traced({ body }, 1);
  const [made] = nonEmpty(tries);
  assert.deepEqual(
    { name: server.name, kind: server.kind, parent: server.parentSpanId, isError: server.isError },
    { name: 'POST /v1/chat/completions', kind: 'server', parent: '', isError: false },
  );
  assert.deepEqual(server.attributes, {
    'http.request.method': 'POST',
    'http.route': '/v1/chat/completions',
    'url.path': '/v1/chat/completions',
    'url.scheme': 'http',
    'http.response.status_code': 200,
    'halley.request.id': id,
    'halley.operation': 'chat.completions',
    'halley.protocol': 'openai',
    'halley.outcome': 'done',
    'halley.model': 'm',
    'halley.key.id': key.id,
    'halley.account.id': 1,
    'halley.group': 'default',
    'halley.channel.name': 'first',
    'halley.attempts': 1,
    'halley.quota.charged': 37,
  });
  assert.deepEqual(server.events, [
    'halley.authorized',
    'halley.body_read',
    'halley.admitted',
    'halley.first_byte',
  ]);
  assert.equal(made?.kind, 'client');
  assert.equal(made?.name, 'chat real-model');
  assert.deepEqual(made?.attributes, {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'real-model',
    'gen_ai.response.id': 'chatcmpl-1',
    'gen_ai.response.model': 'real-model-2026',
    'gen_ai.usage.input_tokens': 30,
    'gen_ai.usage.output_tokens': 7,
    'gen_ai.usage.cache_read.input_tokens': 20,
    'gen_ai.usage.reasoning.output_tokens': 3,
    'server.address': '127.0.0.1',
    'server.port': first.port,
    'http.response.status_code': 200,
    'halley.channel.id': channel,
    'halley.channel.name': 'first',
    'halley.channel.key': 1,
    'halley.try.result': 'ok',
  });
  assert.ok(server.start <= (made?.start ?? 0n) && (made?.end ?? 0n) <= server.end);
  assert.equal(made?.traceId, server.traceId);
});

test('the log line of a request names its trace, and the resource the gateway', async () => {
  first.on('/v1', upstreams.json(answer));
  const { id, server } = await traced({ body }, 1);
  const line = () => gateway.logLines().find((each) => each.id === id);
  await until(() => line() !== undefined);
  assert.equal(line()?.trace_id, server.traceId);
  assert.equal(collector.resource['service.name'], 'halley');
  assert.equal(typeof collector.resource['service.version'], 'string');
  assert.equal(typeof collector.resource['service.instance.id'], 'string');
});

test('a stream says so, and when its first chunk came', async () => {
  first.on('/v1', upstreams.chatStream(3));
  const { tries } = await traced({ body: { ...streamed, ...body } }, 1);
  const { attributes } = nonEmpty(tries)[0] as ReceivedSpan;
  assert.equal(attributes['gen_ai.request.stream'], true);
  assert.ok(Number(attributes['gen_ai.response.time_to_first_chunk']) > 0);
});

test('a request that is translated has the provider and the upstream protocol of its channel', async () => {
  second.on(
    '/v1/messages',
    upstreams.json({
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-real', stop_reason: 'end_turn' },
      content: [{ type: 'text', text }],
      usage: { input_tokens: 11, output_tokens: 5 },
    }),
  );
  const { server, tries } = await traced({ body: { ...body, model: 'c', max_tokens: 50 } }, 1);
  const { attributes } = nonEmpty(tries)[0] as ReceivedSpan;
  assert.equal(server.attributes['halley.protocol'], 'openai');
  assert.equal(attributes['gen_ai.provider.name'], 'anthropic');
  assert.equal(attributes['gen_ai.response.id'], 'msg_1');
  assert.equal(attributes['gen_ai.response.model'], 'claude-real');
  assert.equal(attributes['gen_ai.usage.input_tokens'], 11);
});

test('a try that failed is an error of its own beside the one that served the request', async () => {
  first.on('/v1', upstreams.json({ error: { message: text } }, 503));
  second.on('/v1/chat', upstreams.json(answer));
  const { server, tries } = await traced({ body }, 2);
  first.on('/v1', upstreams.json(answer));
  const [failed, served] = [...tries].sort((one, other) => Number(one.start - other.start));
  assert.equal(server.isError, false);
  assert.equal(failed?.isError, true);
  assert.equal(failed?.attributes['error.type'], 'failed');
  assert.equal(failed?.attributes['http.response.status_code'], 503);
  assert.equal(failed?.attributes['gen_ai.usage.input_tokens'], undefined);
  assert.equal(served?.isError, false);
  assert.equal(served?.attributes['gen_ai.provider.name'], 'mistral_ai');
  assert.equal(served?.attributes['gen_ai.usage.input_tokens'], 30);
  assert.notEqual(failed?.spanId, served?.spanId);
  for (const [upstream, made] of nonEmpty([[first, failed] as const, [second, served] as const])) {
    const sent = upstream.requests.at(-1)?.headers.traceparent;
    assert.equal(sent, `00-${server.traceId}-${made?.spanId}-01`);
  }
});

test('a request that is refused is a span without tries, and no error of the server', async () => {
  const { status, server } = await traced({ body: { ...body, model: 'nothing' } }, 0);
  assert.equal(server.attributes['http.response.status_code'], status);
  assert.equal(server.attributes['error.type'], 'model_not_found');
  assert.equal(server.isError, false);
});

test('a request that a deletion ends is an error, and so is its try', async () => {
  const own = await gateway.createKey();
  first.on('/v1', upstreams.chatStream(1000, 20));
  const stream = chat(gateway.url, own.value, { body: { ...streamed, ...body } });
  const { headers } = await stream.head();
  await stream.sees('data:');
  await gateway.call('DELETE', `/api/token/${own.id}`);
  await stream.end();
  const { server, tries } = await collector.trace(String(headers['x-request-id']), 1);
  assert.equal(server.attributes['halley.outcome'], 'cut');
  assert.equal(server.isError, true);
  const [made] = nonEmpty(tries);
  assert.equal(made?.isError, true);
  assert.equal(made?.attributes['error.type'], server.attributes['error.type']);
});

test('a client that leaves is the outcome of its request, and no error of the server', async () => {
  first.on('/v1', upstreams.chatStream(1000, 20));
  const stream = chat(gateway.url, key.value, { body: { ...streamed, ...body } });
  const { headers } = await stream.head();
  await stream.sees('data:');
  stream.leave();
  const { server, tries } = await collector.trace(String(headers['x-request-id']), 1);
  assert.equal(server.attributes['halley.outcome'], 'client_gone');
  assert.equal(server.isError, false);
  assert.equal(nonEmpty(tries)[0]?.attributes['error.type'], 'client_gone');
});

const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const fromClient = (flags: string) => ({
  traceparent: `00-${parent.traceId}-${parent.spanId}-${flags}`,
  tracestate: 'vendor=abc,other=1',
});

test("the client's span is the parent, and the upstream gets the span of its try", async () => {
  first.on('/v1', upstreams.json(answer));
  const { server, tries } = await traced({ body, headers: fromClient('01') }, 1);
  const [made] = nonEmpty(tries);
  assert.equal(server.traceId, parent.traceId);
  assert.equal(server.parentSpanId, parent.spanId);
  assert.equal(server.traceState, 'vendor=abc,other=1');
  const { headers } = first.requests.at(-1) ?? {};
  assert.equal(headers?.traceparent, `00-${parent.traceId}-${made?.spanId}-01`);
  assert.equal(headers?.tracestate, 'vendor=abc,other=1');
});

test('a client that samples nothing gets no spans, and its decision reaches the upstream', async () => {
  first.on('/v1', upstreams.json(answer));
  const stream = chat(gateway.url, key.value, { body, headers: fromClient('00') });
  const id = String((await stream.head()).headers['x-request-id']);
  await stream.end();
  const sent = String(first.requests.at(-1)?.headers.traceparent);
  assert.match(sent, new RegExp(`^00-${parent.traceId}-[0-9a-f]{16}-00$`));
  // A later request's spans are sent in order: those of this one would have come before.
  await traced({ body }, 1);
  assert.ok(!collector.spans.some((span) => span.attributes['halley.request.id'] === id));
});

test('a malformed traceparent begins a new trace', async () => {
  first.on('/v1', upstreams.json(answer));
  const headers = { traceparent: `00-${'0'.repeat(32)}-${parent.spanId}-01`, tracestate: 'a=1' };
  const { server } = await traced({ body, headers }, 1);
  assert.notEqual(server.traceId, '0'.repeat(32));
  assert.equal(server.parentSpanId, '');
  assert.equal(server.traceState, '');
});

test('spans carry attributes of the conventions and of Halley alone, and the API key of the collector goes with them', async () => {
  await until(() => collector.metrics.length > 0);
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/opentelemetry.md'), 'utf8');
  for (const span of nonEmpty(collector.spans)) {
    assert.deepEqual(foreignNames(span), [], span.name);
    const names = Object.keys(span.attributes).filter((name) => !name.startsWith('gen_ai.usage.'));
    for (const name of nonEmpty(names)) assert.ok(guide.includes(`\`${name}\``), `the guide lacks ${name}`);
  }
  const paths = new Set(collector.requests.map(({ path }) => path));
  assert.deepEqual([...paths].sort(), ['/v1/metrics', '/v1/traces']);
  for (const { headers } of nonEmpty(collector.requests)) {
    assert.equal(headers['x-collector-key'], collectorKey);
    assert.equal(headers['content-type'], 'application/x-protobuf');
  }
  const settings = await gateway.call('GET', '/api/settings');
  assert.ok(!settings.text.includes(collectorKey));
});
