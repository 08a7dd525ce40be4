/** What the settings of OpenTelemetry change: content, trust in clients, propagation, sampling. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chat, streamed } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import type { Gateway, TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type OtlpCollector, startOtlpCollector } from '../support/otlp-collector.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { startTraced } from './gateway.ts';

let collector: OtlpCollector;
let upstream: FakeUpstream;

before(async () => {
  [collector, upstream] = await Promise.all([startOtlpCollector(), startFakeUpstream()]);
});
after(() => Promise.all([collector.close(), upstream.close()]));

interface Setup {
  readonly gateway: Gateway;
  readonly key: TestKey;
}

async function start(env: Readonly<Record<string, string>>): Promise<Setup> {
  const gateway = await startTraced(collector.origin, { HALLEY_OTEL_METRICS: 'false', ...env });
  const fields = { name: 'u', kind: 'custom', models: ['m'] };
  await gateway.createChannel(upstream.origin, fields);
  return { gateway, key: await gateway.createKey() };
}

async function ask({ gateway, key }: Setup, options: Parameters<typeof chat>[2]): Promise<string> {
  const stream = chat(gateway.url, key.value, options);
  const { headers } = await stream.head();
  await stream.end();
  return String(headers['x-request-id']);
}

const messages = [
  { role: 'system', content: 'Be short.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    ],
  },
];
const traceId = '0af7651916cd43dd8448eb211c80319c';
const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'vendor=abc' };

test('with content, spans carry the texts of prompt and response in the form of the conventions', async () => {
  const setup = await start({ HALLEY_OTEL_CONTENT: 'true', HALLEY_OTEL_CONTENT_CHARS_MAX: '64' });
  const contentOf = async (options: Parameters<typeof chat>[2]) => {
    const { tries } = await collector.trace(await ask(setup, options), 1);
    const [made] = nonEmpty(tries);
    const of = (name: string) => made?.attributes[`gen_ai.${name}`];
    return { input: of('input.messages'), output: of('output.messages'), system: of('system_instructions') };
  };
  upstream.on('/v1', upstreams.chatAnswer());
  const parts = [{ type: 'text', content: 'What is this?' }, { type: 'image_url' }];
  const input = [
    { role: 'system', parts: [{ type: 'text', content: 'Be short.' }] },
    { role: 'user', parts },
  ];
  const said = (content: string) => [{ role: 'assistant', parts: [{ type: 'text', content }] }];
  const output = said('word0 word1 word2 ');
  const body = { model: 'm', messages };
  assert.deepEqual(await contentOf({ body }), { input, output, system: undefined });
  assert.deepEqual(await contentOf({ body: { ...streamed, ...body } }), { input, output, system: undefined });

  upstream.on(
    '/v1/messages',
    upstreams.json({
      ...{ id: 'msg', type: 'message', role: 'assistant', model: 'c', stop_reason: 'end_turn' },
      content: [{ type: 'text', text: 'x'.repeat(100) }],
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
  );
  const long = {
    model: 'm',
    max_tokens: 9,
    system: 'Be long.',
    messages: [{ role: 'user', content: 'y'.repeat(90) }],
  };
  assert.deepEqual(await contentOf({ path: '/v1/messages', body: long }), {
    input: [{ role: 'user', parts: [{ type: 'text', content: 'y'.repeat(64 - 'Be long.'.length) }] }],
    output: said('x'.repeat(64)),
    system: [{ type: 'text', content: 'Be long.' }],
  });
  await setup.gateway.stop();
});

test('a prompt of lists in lists is read to a depth, and the request goes on', async (t) => {
  const { gateway, key } = await start({ HALLEY_OTEL_CONTENT: 'true' });
  t.after(() => gateway.stop());
  upstream.on('/v1', upstreams.chatAnswer());
  const lists = (depth: number) => `${'['.repeat(depth)}"text"${']'.repeat(depth)}`;
  const parts = (depth: number) => `${'{"parts":'.repeat(depth)}1${'}'.repeat(depth)}`;
  // Objects of that depth are no request to a model, which must be the error that the client gets.
  for (const [system, status] of [
    [lists(200), 200],
    [parts(200), 200],
    [lists(2000), 200],
    [parts(2000), 400],
  ] as const) {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key.value}` },
      body: `{"model":"m","system":${system},"messages":[{"role":"user","content":"Hello"}]}`,
    });
    assert.equal(response.status, status, await response.text());
  }
});

test('a client that is not trusted is linked to, and its state goes no further', async () => {
  const setup = await start({
    HALLEY_OTEL_TRUST_TRACEPARENT: 'false',
    HALLEY_OTEL_RESOURCE_ATTRIBUTES: 'a=b%2Cc',
  });
  upstream.on('/v1', upstreams.chatAnswer());
  const unsampled = { ...headers, traceparent: headers.traceparent.replace(/01$/, '00') };
  const { server } = await collector.trace(
    await ask(setup, { body: { model: 'm', messages }, headers: unsampled }),
    1,
  );
  assert.notEqual(server.traceId, traceId);
  assert.equal(server.parentSpanId, '');
  assert.deepEqual(server.links, [`${traceId}-b7ad6b7169203331`]);
  const sent = upstream.requests.at(-1)?.headers;
  assert.ok(String(sent?.traceparent).startsWith(`00-${server.traceId}-`));
  assert.equal(sent?.tracestate, undefined);
  assert.equal(collector.resource.a, 'b,c');
  await setup.gateway.stop();
});

test('without propagation upstreams get no trace headers, while the spans are as before', async () => {
  const setup = await start({ HALLEY_OTEL_PROPAGATE: 'false' });
  const { server } = await collector.trace(await ask(setup, { body: { model: 'm', messages }, headers }), 1);
  assert.equal(server.traceId, traceId);
  const sent = upstream.requests.at(-1)?.headers;
  assert.equal(sent?.traceparent, undefined);
  assert.equal(sent?.tracestate, undefined);
  await setup.gateway.stop();
});

test('a sampler of the gateway decides whatever the client says, and metrics alone leave its headers as they are', async () => {
  const setup = await start({ HALLEY_OTEL_SAMPLER: 'traceidratio', HALLEY_OTEL_SAMPLER_ARG: '0' });
  const before = collector.spans.length;
  await ask(setup, { body: { model: 'm', messages }, headers });
  assert.match(String(upstream.requests.at(-1)?.headers.traceparent), new RegExp(`^00-${traceId}-.*-00$`));
  await setup.gateway.stop();
  assert.equal(collector.spans.length, before);

  const untraced = await start({ HALLEY_OTEL_TRACES: 'false', HALLEY_OTEL_METRICS: 'true' });
  await ask(untraced, { body: { model: 'm', messages }, headers });
  assert.equal(upstream.requests.at(-1)?.headers.traceparent, headers.traceparent);
  await until(() => collector.metrics.some(({ name }) => name === 'gen_ai.client.inference.duration'));
  await untraced.gateway.stop();
  assert.equal(collector.spans.length, before);
});
