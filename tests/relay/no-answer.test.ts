/**
 * An upstream that sends status 200 without a valid response: the gateway tries the next one, and charges nothing
 * for it.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';
import { chat } from './chat.ts';

let gateway: Gateway;
let first: FakeUpstream;
let second: FakeUpstream;
let key: TestKey;

before(async () => {
  [first, second] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
  gateway = await startGateway({ env: { HALLEY_UPSTREAMS_OPEN_AFTER_FAILURES: '100000' } });
  await gateway.createChannel(first.origin, { name: 'first', priority: 10, models: ['m', 'alone'] });
  await gateway.createChannel(second.origin, { name: 'second', priority: 5, models: ['m'] });
});

beforeEach(async () => {
  second.on('', upstreams.chatAnswer());
  key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
});

after(async () => {
  await gateway.stop();
  await Promise.all([first.close(), second.close()]);
});

const messages = [{ role: 'user', content: 'hi' }];
const send = (model: string, stream: boolean, more: object = {}) =>
  chat(gateway.url, key.value, { body: { model, max_tokens: 20, stream, messages, ...more } });

async function ask(model: string, stream: boolean) {
  const answer = send(model, stream);
  const { status, headers } = await answer.head();
  const end = await answer.end();
  return { status, headers, end, text: answer.text() };
}

async function recordOf(requestId: unknown) {
  let items: readonly {
    readonly type: number;
    readonly quota: number;
    readonly completion_tokens: number;
  }[] = [];
  await until(async () => {
    const found = dataOf(await gateway.call('GET', `/api/log/?request_id=${requestId}`));
    items = found.items as typeof items;
    return items.length > 0;
  });
  return items[0];
}

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const html = '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>';
const none: Readonly<Record<string, readonly [stream: boolean, Behaviour]>> = {
  'an error': [false, upstreams.json({ error: { message: 'busy', code: 502 } })],
  'an error in the place of a stream': [true, upstreams.json({ error: { message: 'busy' } })],
  'a page of HTML': [false, upstreams.answer(200, html, { 'content-type': 'text/html' })],
  'a page of HTML in the place of a stream': [
    true,
    upstreams.answer(200, html, { 'content-type': 'text/html' }),
  ],
  'plain text': [false, upstreams.answer(200, 'no healthy upstream', { 'content-type': 'text/plain' })],
  nothing: [false, upstreams.answer(200, '', { 'content-type': 'application/json' })],
  'nothing in a stream': [true, upstreams.pieces([])],
  null: [false, upstreams.json(null)],
  "a vendor's error code": [
    false,
    upstreams.json({ choices: [], base_resp: { status_code: 1000, status_msg: 'x' } }),
  ],
  'a first event that is an error': [
    true,
    upstreams.pieces([data({ error: { message: 'busy' } }), 'data: [DONE]\n\n']),
  ],
  'keep-alives, then an error': [
    true,
    upstreams.pieces([': wait\n\n', ': wait\n\n', data({ error: { message: 'busy' } })], 5),
  ],
  'an error in two pieces': [true, upstreams.pieces(['data: {"error":{"mess', 'age":"busy"}}\n\n'], 20)],
  'only [DONE]': [true, upstreams.pieces(['data: [DONE]\n\n'])],
  'only comments': [true, upstreams.pieces([': wait\n\n'])],
  'a redirect': [false, upstreams.json({}, 302, { location: 'http://127.0.0.1:1/' })],
};

for (const [name, [stream, behaviour]] of Object.entries(none)) {
  test(`${name} with 200 is not a valid response: tries the next channel, or gives 502`, async () => {
    first.on('', behaviour);
    const before = second.requests.length;
    const answered = await ask('m', stream);
    assert.equal(answered.status, 200);
    assert.equal(answered.end, 'whole');
    assert.match(answered.text, /word2/);
    assert.doesNotMatch(answered.text, /busy|wait|html/);
    assert.equal(second.requests.length, before + 1);
    // 7 input and 3 output tokens, of the second channel only.
    assert.equal((await recordOf(answered.headers['x-request-id']))?.quota, 10);
    const alone = await ask('alone', stream);
    assert.equal(alone.status, 502);
    assert.equal(JSON.parse(alone.text).error.code, 'upstream_broken');
    const { type, quota } = (await recordOf(alone.headers['x-request-id'])) ?? {};
    assert.deepEqual([type, quota], [5, 0]);
  });
}

test('a failure with status 200 opens the circuit like one with an error status', async (t) => {
  const resting = await startGateway({ env: { HALLEY_UPSTREAMS_COOLDOWN_MS: '3600000' } });
  t.after(() => resting.stop());
  await resting.createChannel(first.origin, { models: ['m'] });
  first.on('', upstreams.json({ error: { message: 'busy' } }));
  const keys = [await resting.createKey(), await resting.createKey()];
  const statuses: number[] = [];
  for (const each of [0, 1, 0, 1]) {
    const answer = chat(resting.url, keys[each]?.value ?? '', { body: { model: 'm', messages } });
    statuses.push((await answer.head()).status);
    await answer.end();
  }
  assert.deepEqual(statuses, [502, 502, 502, 503]);
});

test('forwards a client error with 200 under its own status, free of charge, without trying another channel', async () => {
  const error = { message: 'max_tokens is too large', type: 'invalid_request_error', code: 'invalid_value' };
  for (const behaviour of [upstreams.json({ error }), upstreams.pieces([data({ error })])]) {
    first.on('', behaviour);
    const before = second.requests.length;
    const { status, headers, text } = await ask('m', true);
    assert.equal(status, 400);
    assert.deepEqual(JSON.parse(text), { error });
    assert.equal(second.requests.length, before);
    assert.equal((await recordOf(headers['x-request-id']))?.quota, 0);
  }
});

test('converts an error in a foreign format to the format of the protocol', async () => {
  const refusal = { choices: null, base_resp: { status_code: 1026, status_msg: 'input new_sensitive' } };
  first.on('', upstreams.json(refusal));
  const { status, text } = await ask('m', false);
  assert.equal(status, 400);
  const { error } = JSON.parse(text) as { error: unknown };
  assert.deepEqual(error, { message: 'input new_sensitive', type: 'base_resp', param: null, code: '1026' });
});

test('an error about refused credentials becomes upstream_rejected', async () => {
  // A separate channel, since the cooldown of its key starts here.
  await gateway.createChannel(first.origin, { name: 'refused', models: ['refused'] });
  first.on('', upstreams.pieces([data({ error: { message: 'no', code: 'invalid_api_key' } })]));
  const { status, text } = await ask('refused', true);
  assert.equal(status, 502);
  assert.equal(JSON.parse(text).error.code, 'upstream_rejected');
});

test('a client that received only keep-alives pays nothing', async () => {
  const comments = Array.from({ length: 40 }, () => ': keep-alive\n\n');
  first.on('', async (exchange) => {
    await upstreams.hangAfterHeaders(comments.slice(0, 20).join(''))(exchange);
    for (const comment of comments) {
      exchange.response.write(comment);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  const answer = send('m', true);
  // After several keep-alives the gateway forwards them to the client.
  await answer.sees(': keep-alive');
  const { status, headers } = await answer.head();
  assert.equal(status, 200);
  answer.leave();
  const { quota, completion_tokens } = (await recordOf(headers['x-request-id'])) ?? {};
  assert.deepEqual([quota, completion_tokens], [0, 0]);
});

test('after keep-alives, a stream without any output ends with an error, free of charge', async () => {
  const comments = Array.from({ length: 40 }, () => ': keep-alive\n\n');
  for (const end of [[], ['data: [DONE]\n\n']]) {
    first.on('', upstreams.pieces([...comments, ...end], 2));
    const before = second.requests.length;
    const { status, headers, text } = await ask('m', true);
    assert.equal(status, 200);
    assert.match(text, /upstream_broken/);
    assert.equal(second.requests.length, before);
    assert.equal((await recordOf(headers['x-request-id']))?.quota, 0);
  }
});

test('a valid response after keep-alives is charged as reported', async () => {
  const comments = Array.from({ length: 40 }, () => ': keep-alive\n\n');
  const report = data({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 5 } });
  first.on(
    '',
    upstreams.pieces([...comments, upstreams.chatChunk('hello', 'stop'), report, 'data: [DONE]\n\n'], 2),
  );
  const { status, headers, text } = await ask('m', true);
  assert.equal(status, 200);
  assert.match(text, /hello/);
  assert.equal((await recordOf(headers['x-request-id']))?.quota, 12);
});

test('recognizes events without their content type as a stream', async () => {
  const report = data({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 5 } });
  const stream = `${upstreams.chatChunk('hello', 'stop')}${report}data: [DONE]\n\n`;
  first.on('', upstreams.answer(200, stream, { 'content-type': 'text/plain' }));
  const { status, headers, text } = await ask('m', true);
  assert.equal(status, 200);
  assert.match(text, /hello[\s\S]*\[DONE\]/);
  assert.equal((await recordOf(headers['x-request-id']))?.quota, 12);
});

test('accepts other kinds of responses: token counts, embeddings, images', async () => {
  const kinds = [
    ['/v1/messages/count_tokens', { input_tokens: 5 }],
    ['/v1beta/models/m:countTokens', { totalTokens: 5 }],
    ['/v1beta/models/m:embedContent', { embedding: { values: [0.1] } }],
    ['/v1/embeddings', { data: [{ embedding: [0.1] }], usage: { prompt_tokens: 2, total_tokens: 2 } }],
    ['/v1/images/generations', { created: 1, data: [{ b64_json: 'x' }] }],
  ] as const;
  for (const [path, value] of kinds) {
    first.on('', upstreams.json(value));
    const isGemini = path.startsWith('/v1beta');
    const parts = { parts: [{ text: 'hi' }] };
    const body = isGemini
      ? { contents: [parts], content: parts }
      : { model: 'm', messages, input: 'hi', prompt: 'hi' };
    const answer = chat(gateway.url, key.value, { path, body });
    assert.equal((await answer.head()).status, 200, path);
    await answer.end();
    assert.equal(answer.text(), JSON.stringify(value));
  }
});
