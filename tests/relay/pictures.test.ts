/** Pictures: what is reserved for them, what passes while they are made, and what is charged for what came. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';
import { chat } from './chat.ts';

let upstream: FakeUpstream;
let gateway: Gateway;

/** One unit a token, and 10 to 60 for a picture. */
const prices = [
  { id: 'by-token', input: '2', output: '0', image_output: '2' },
  {
    id: 'by-picture',
    input: '0',
    output: '0',
    per_image: '0.00002',
    variants: {
      hd: { per_image: '0.00004' },
      '1792x1024': { per_image: '0.00008' },
      'hd/1792x1024': { per_image: '0.00012' },
    },
  },
];

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  const models = prices.map(({ id }) => id);
  await gateway.createChannel(upstream.origin, { models });
  await gateway.call('PUT', '/api/price', { body: { models: prices } });
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

const generations = '/v1/images/generations';
const picture = { b64_json: 'QUJD' };
const usage = (output_tokens: number) => ({
  input_tokens: 10,
  output_tokens,
  total_tokens: 10 + output_tokens,
});
const event = (type: string, fields: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const partial = event('image_generation.partial_image', { ...picture, partial_image_index: 0 });
const completed = (fields: object) => event('image_generation.completed', { ...picture, ...fields });

async function recordOf(key: TestKey): Promise<Readonly<Record<string, unknown>>> {
  let found: Readonly<Record<string, unknown>> | undefined;
  await until(async () => {
    const { items } = dataOf(await gateway.call('GET', '/api/log/')) as { items: Record<string, unknown>[] };
    found = items.find((item) => item.token_id === key.id);
    return found !== undefined;
  });
  return { ...JSON.parse(String(found?.other)), ...found };
}

/** Sends one request with a key of its own. */
async function ask(model: string, behaviour: Behaviour, fields: object = {}, path = generations) {
  upstream.on('/v1/images', behaviour);
  const key = await gateway.createKey();
  const request = chat(gateway.url, key.value, { path, body: { model, prompt: 'a cat', ...fields } });
  return { key, request };
}

const stream = { stream: true };
const zipped = (value: unknown) =>
  upstreams.answer(200, gzipSync(JSON.stringify(value)), {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  });

const charges: Readonly<
  Record<string, readonly [model: string, behaviour: Behaviour, fields: object, expected: object]>
> = {
  'fewer pictures than asked for are charged as they came': [
    'by-picture',
    upstreams.json({ data: [picture, { url: 'https://x/y' }, { error: { code: 'no' } }, { b64_json: '' }] }),
    { n: 4 },
    { type: 2, quota: 20 },
  ],
  'no picture costs nothing': ['by-picture', upstreams.json({ created: 1, data: [] }), {}, { quota: 0 }],
  'size and quality of the response are charged': [
    'by-picture',
    upstreams.json({ data: [picture], quality: 'hd', size: '1792x1024' }),
    { quality: 'standard', size: '1024x1024' },
    { quota: 60 },
  ],
  'what the response does not say is as the request has it': [
    'by-picture',
    upstreams.json({ data: [{ url: 'https://x/y', size: '1792x1024' }] }),
    { quality: 'hd', size: 'auto' },
    { quota: 60 },
  ],
  'size and quality of the request are charged where the response has none': [
    'by-picture',
    upstreams.json({ data: [picture, picture] }),
    { quality: ' HD', size: '1792 * 1024' },
    { quota: 120 },
  ],
  'tokens of pictures and of an SVG are added': [
    'by-token',
    upstreams.json({ data: [picture], usage: usage(100), svg_usage: { ...usage(7), model: 'm' } }),
    {},
    // Text output has no price here.
    { quota: 10 + 10 + 100, completion_tokens: 107 },
  ],
  'pictures without a report are counted where tokens alone have a price': [
    'by-token',
    upstreams.json({ data: [{ url: 'https://x/1' }, { url: 'https://x/2' }] }),
    { n: 2 },
    { completion_tokens: 2 * 1290, estimated: true },
  ],
  'a response encoded unasked is charged as it came': [
    'by-picture',
    zipped({ data: [picture, picture], quality: 'hd' }),
    { n: 3 },
    { quota: 40 },
  ],
  'one that is too long to decode is charged as it was asked for': [
    'by-picture',
    zipped({ data: [{ b64_json: randomBytes(6_000_000).toString('base64') }] }),
    { n: 3 },
    { quota: 30, estimated: true },
  ],
  'each completed picture of a stream is charged': [
    'by-token',
    upstreams.pieces([partial, completed({ usage: usage(200) }), completed({ usage: usage(300) })]),
    { ...stream, n: 2 },
    { quota: 520, prompt_tokens: 20, completion_tokens: 500 },
  ],
  'size and quality of a streamed picture are charged': [
    'by-picture',
    upstreams.pieces([partial, completed({ quality: 'hd', size: '1024x1024' })]),
    stream,
    { quota: 20 },
  ],
  'streams with another name for a whole picture are charged for each': [
    'by-picture',
    upstreams.pieces([
      event('image_generation.partial_succeeded', { url: 'https://x/1', image_index: 0 }),
      event('image_generation.partial_failed', { image_index: 1, error: { code: 'no' } }),
      event('image_generation.partial_succeeded', { url: 'https://x/3', image_index: 2 }),
      event('image_generation.completed', {
        usage: { generated_images: 2, output_tokens: 9, total_tokens: 9 },
      }),
      'data: [DONE]\n\n',
    ]),
    { ...stream, sequential_image_generation: 'auto' },
    { type: 2, quota: 20 },
  ],
  'an upstream that ignores the stream is charged for its whole response': [
    'by-picture',
    upstreams.json({ data: [picture] }),
    stream,
    { quota: 10 },
  ],
  'a stream that breaks off pays for the stages that came, and for no picture': [
    'by-token',
    upstreams.resetAfter([partial, partial]),
    stream,
    { type: 2, completion_tokens: 200, estimated: true },
  ],
  'by the picture, stages alone cost nothing': [
    'by-picture',
    upstreams.resetAfter([partial, partial]),
    stream,
    { quota: 0 },
  ],
  'an error in place of a streamed picture is free': [
    'by-token',
    upstreams.pieces([event('error', { error: { message: 'moderated', code: 'moderation_blocked' } })]),
    stream,
    { type: 5, quota: 0 },
  ],
  'an error after a stage pays for the stage': [
    'by-token',
    upstreams.pieces([partial, event('error', { error: { message: 'moderated', code: 'no' } })]),
    stream,
    { completion_tokens: 100, estimated: true },
  ],
};

for (const [name, [model, behaviour, fields, expected]] of nonEmpty(Object.entries(charges))) {
  test(name, async () => {
    const { key, request } = await ask(model, behaviour, fields);
    await request.end();
    const record = await recordOf(key);
    const seen = Object.fromEntries(Object.keys(expected).map((field) => [field, record[field]]));
    assert.deepEqual(seen, expected);
  });
}

/** Base64 of 3 MB, which no compression or limit for text lets through. */
const large = randomBytes(2_250_000).toString('base64');

test('a large stage reaches the client before the picture is complete', async () => {
  let finish = () => {};
  const isSeen = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const stage = event('image_generation.partial_image', { b64_json: large, partial_image_index: 0 });
  const { key, request } = await ask(
    'by-token',
    async ({ response, wholeBody }) => {
      await wholeBody;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(stage);
      await isSeen;
      response.end(event('image_generation.completed', { b64_json: large, usage: usage(4160) }));
    },
    { ...stream, partial_images: 1 },
  );
  await request.sees(large);
  assert.ok(request.text().includes(stage));
  finish();
  assert.equal(await request.end(), 'whole');
  assert.equal((await recordOf(key)).quota, 4170);
});

test('a response of ten large pictures passes whole, and is charged by the report at its end', async () => {
  const answer = {
    created: 1,
    data: Array(10).fill({ b64_json: large }),
    quality: 'high',
    usage: usage(41_600),
  };
  const { key, request } = await ask('by-token', upstreams.json(answer), { n: 10 });
  assert.equal(await request.end(), 'whole');
  assert.ok(request.text() === JSON.stringify(answer));
  assert.equal((await recordOf(key)).quota, 41_610);
});

test('a client that leaves after a stage pays for the picture that its upstream makes', async () => {
  const { key, request } = await ask('by-picture', upstreams.hangAfterHeaders(partial), stream);
  await request.sees('partial_image');
  request.leave();
  const { type, quota } = await recordOf(key);
  assert.deepEqual([type, quota], [2, 10]);
});

/** The cost at which a request is refused, by the message. */
async function boundOf(model: string, fields: object, form = false): Promise<number> {
  const { value } = await gateway.createKey({ unlimited_quota: false, remain_quota: 1 });
  const body = new FormData();
  for (const [name, text] of Object.entries({ model, prompt: 'a cat', ...fields }))
    body.append(name, String(text));
  const answer = await fetch(gateway.url + (form ? '/v1/images/edits' : generations), {
    method: 'POST',
    headers: { authorization: `Bearer ${value}`, ...(!form && { 'content-type': 'application/json' }) },
    body: form ? body : JSON.stringify({ model, prompt: 'a cat', ...fields }),
  });
  const text = await answer.text();
  assert.equal(answer.status, 403, text);
  const [, units] = /(\d+) units/.exec(text.replaceAll(',', '')) ?? [];
  assert.ok(units, text);
  return Number(units);
}

test('a reservation covers every picture at the most expensive size and quality', async () => {
  const sent = upstream.requests.length;
  assert.equal(await boundOf('by-picture', {}), 60);
  assert.equal(await boundOf('by-picture', { n: '3' }), 180);
  assert.equal(await boundOf('by-picture', { N: 2 }), 120);
  assert.equal(await boundOf('by-picture', { n: '3' }, true), 180);
  assert.equal(await boundOf('by-picture', { 'n[]': '3' }, true), 180);
  assert.equal(await boundOf('by-picture', { n: 1_000_000_000 }), 60 * 2 ** 21);
  assert.equal(await boundOf('by-picture', { sequential_image_generation: 'auto' }), 15 * 60);
  assert.equal(upstream.requests.length, sent);
});

test('a form that names its model as a list is refused', async () => {
  const { value } = await gateway.createKey();
  const body = new FormData();
  for (const [name, text] of [
    ['model', 'by-picture'],
    ['model[]', 'by-token'],
    ['prompt', 'a cat'],
  ] as const) {
    body.append(name, text);
  }
  const answer = await fetch(`${gateway.url}/v1/images/edits`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}` },
    body,
  });
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /more than once/);
});
