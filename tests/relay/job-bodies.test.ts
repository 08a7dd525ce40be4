/** Submits of many megabytes in JSON: pictures in Base64 reach the upstream as they came. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';

const perSecond = 500;
const bodies: Buffer[] = [];
const upstream = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.method !== 'POST') return void response.writeHead(404).end();
  bodies.push(Buffer.concat(chunks));
  assert.equal(Number(request.headers['content-length']), bodies.at(-1)?.length);
  response.setHeader('content-type', 'application/json');
  // The first submit of each body finds a channel that is busy: the next attempt sends the same bytes.
  response.writeHead(bodies.length % 2 === 1 ? 503 : 200);
  response.end(JSON.stringify(bodies.length % 2 === 1 ? { error: { message: 'Busy.' } } : { id: 'up_1' }));
});
let gateway: Gateway;

before(async () => {
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  gateway = await startGateway({ env: { HALLEY_HTTP_BODY_BYTES_MAX: '20000000' } });
  const options = { models: ['m'], model_mapping: { m: 'mapped' } };
  await gateway.createChannel(origin, { ...options, name: 'one' });
  await gateway.createChannel(origin, { ...options, name: 'two' });
  const price = { id: 'm', input: '0', output: '0', per_video_second: '0.001' };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
});

after(async () => {
  await gateway.stop();
  upstream.closeAllConnections();
  await new Promise((resolve) => void upstream.close(resolve));
});

const picture = Buffer.alloc(11_250_000, 'picture').toString('base64');
const post = async (rawBody: string, units = 8 * perSecond) => {
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: units });
  const token = `Bearer ${key.value}`;
  const headers = { 'content-type': 'application/json' };
  return gateway.call('POST', '/v1/videos', { token, rawBody, headers });
};

test('15 MB in JSON are relayed byte for byte but for the model, on each attempt', async () => {
  const before = '{ "big": 12345678901234567890,\n "input_reference": {"image_url" : "data:image/png;base64,';
  const after = (model: string) =>
    `"}, "prompt":"\\u0061 \u00e9", "mod\\u0065l" :  "${model}" , "seconds":"8"}`;
  const text = (model: string) => before + picture + after(model);
  assert.ok(text('m').length > 15_000_000);
  const answer = await post(text('m'));
  assert.equal(answer.status, 200, answer.text);
  assert.equal(bodies.length, 2);
  for (const body of nonEmpty(bodies)) assert.ok(body.equals(Buffer.from(text('mapped'))));
});

test('what decides about the price is read behind the pictures, and errors name the limit', async () => {
  const around = (rest: string) => `{"model":"m","input_reference":{"image_url":"${picture}"},${rest}}`;
  const sent = bodies.length;
  const answers = [
    await post(around('"prompt":"a","seconds":"8"'), 8 * perSecond - 1),
    await post(around('"prompt":"a","seconds":"4","seconds":"8"')),
    await post(around(`"prompt":"${'a b'.repeat(400_000)}"`)),
    await post(around('"seconds":"8"')),
    await post(around(`"prompt":"a","x":"${picture}"`)),
    await post(`${around('"prompt":"a"')}}`),
  ];
  const code = (answer: (typeof answers)[number]) => Reflect.get(Object(answer.json?.error), 'code');
  assert.deepEqual(
    answers.map((answer) => [answer.status, code(answer)]),
    [
      [403, 'pre_consume_token_quota_failed'],
      [400, 'invalid_body'],
      [400, 'invalid_body'],
      [400, 'field_missing'],
      [413, 'body_too_large'],
      [400, 'invalid_body'],
    ],
  );
  assert.match(answers[2]?.text ?? '', /1048576 characters besides data in Base64/);
  assert.equal(bodies.length, sent);
});
