/** Rate limits and budgets over real HTTP: refusals, the client's error, and alerts. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

const webhookSecret = 'a-webhook-secret-of-enough-characters';

interface Message {
  readonly id: string;
  readonly signed: boolean;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

let gateway: Gateway;
let upstream: FakeUpstream;
const messages: Message[] = [];
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    } = request.headers;
    const expected = createHmac('sha256', webhookSecret)
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
    messages.push({ ...JSON.parse(body), id, signed: signature === `v1,${expected}` });
    response.end();
  });
});

before(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  upstream = await startFakeUpstream();
  gateway = await startGateway({
    env: {
      HALLEY_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
      HALLEY_WEBHOOK_SECRET: webhookSecret,
    },
  });
  gateway.secret(webhookSecret);
  await gateway.createChannel(upstream.origin);
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
  receiver.closeAllConnections();
  receiver.close();
});

const body = { model: 'test-model', max_tokens: 3, messages: [{ role: 'user', content: 'hi' }] };

async function ask(key: string, path = '/v1/chat/completions', sent: object = body) {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(sent),
  });
  const { error } = (await answer.json()) as { error?: Record<string, unknown> };
  return { status: answer.status, headers: answer.headers, error };
}

const update = async (id: number, fields: object) =>
  dataOf(await gateway.call('PUT', '/api/token/', { body: { id, ...fields } }));

test('requests beyond the limit of a minute get 429 in the format and with the headers of their protocol', async () => {
  const key = await gateway.createKey({ rpm_limit: 2, tpm_limit: 1_000_000 });
  for (const remaining of ['1', '0']) {
    const { status, headers } = await ask(key.value);
    assert.equal(status, 200);
    assert.equal(headers.get('x-ratelimit-limit-requests'), '2');
    assert.equal(headers.get('x-ratelimit-remaining-requests'), remaining);
    assert.match(headers.get('x-ratelimit-reset-tokens') ?? '', /^(\dm)?\d+s$/);
  }
  const openai = await ask(key.value);
  assert.deepEqual([openai.status, openai.error?.code], [429, 'rate_limit_exceeded']);
  assert.match(String(openai.error?.message), /2 requests a minute/);
  const wait = Number(openai.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 61);
  const anthropic = await ask(key.value, '/v1/messages');
  assert.deepEqual([anthropic.status, anthropic.error?.type], [429, 'rate_limit_error']);
  assert.equal(anthropic.headers.get('anthropic-ratelimit-requests-remaining'), '0');
  assert.ok(Date.parse(anthropic.headers.get('anthropic-ratelimit-requests-reset') ?? '') > 0);
  const gemini = await ask(key.value, '/v1beta/models/test-model:generateContent', {
    contents: [{ parts: [{ text: 'hi' }] }],
  });
  assert.deepEqual([gemini.status, gemini.error?.status], [429, 'RESOURCE_EXHAUSTED']);
  await update(key.id, { rpm_limit: 0 });
  const freed = await ask(key.value);
  assert.equal(freed.status, 200);
  assert.equal(freed.headers.get('x-ratelimit-limit-requests'), null);
});

test('refuses a request that may use more tokens than a minute allows, without Retry-After', async () => {
  const key = await gateway.createKey({ tpm_limit: 500 });
  const large = await ask(key.value, '/v1/chat/completions', { ...body, max_tokens: 501 });
  assert.deepEqual([large.status, large.error?.code], [429, 'rate_limit_exceeded']);
  assert.equal(large.headers.get('retry-after'), null);
  assert.equal((await ask(key.value)).status, 200);
});

test('a request refused before it was sent does not count for the minute, and its response has the remaining numbers', async () => {
  const limits = { rpm_limit: 2, tpm_limit: 50_000 };
  const account = await gateway.createKey({ ...limits, budget_quota: 1, budget_period: 'daily' });
  const quota = await gateway.createKey({ ...limits, unlimited_quota: false, remain_quota: 1 });
  for (const key of [account, quota]) {
    for (let count = 0; count < 4; count += 1) {
      const { status, headers } = await ask(key.value);
      const left = ['requests', 'tokens'].map((kind) => headers.get(`x-ratelimit-remaining-${kind}`));
      assert.deepEqual([status, ...left], [403, '2', '50000'], `request ${count + 1}`);
    }
    const anthropic = await ask(key.value, '/v1/messages');
    assert.equal(anthropic.status, 403);
    assert.equal(anthropic.headers.get('anthropic-ratelimit-requests-remaining'), '2');
  }
  await update(quota.id, { remain_quota: 1_000_000 });
  assert.equal((await ask(quota.value)).status, 200);
});

test('a request that an upstream refused counts for the minute, and its response has the remaining numbers', async () => {
  const key = await gateway.createKey({ rpm_limit: 2 });
  upstream.on('/v1/chat', upstreams.json({ error: { message: 'broken' } }, 500));
  const failed = await ask(key.value);
  upstream.on('/v1/chat', upstreams.chatAnswer());
  assert.ok(failed.status >= 500, String(failed.status));
  assert.equal(failed.headers.get('x-ratelimit-remaining-requests'), '1');
  assert.equal((await ask(key.value)).headers.get('x-ratelimit-remaining-requests'), '0');
  assert.equal((await ask(key.value)).status, 429);
});

test('bounds the in-flight requests of a key, and admits another when one ends', async () => {
  const key = await gateway.createKey({ concurrency_limit: 1 });
  upstream.on('/v1/chat', upstreams.chatStream(2000, 20));
  const first = chat(gateway.url, key.value, { body: streamed });
  await first.sees('word0');
  const second = await ask(key.value);
  assert.deepEqual([second.status, second.error?.code], [429, 'concurrency_limit_exceeded']);
  assert.equal(second.headers.get('retry-after'), '1');
  first.leave();
  upstream.on('/v1/chat', upstreams.chatAnswer());
  await until(async () => (await ask(key.value)).status === 200);
});

test('a budget refuses requests beyond it, and its thresholds are logged and sent, signed', async () => {
  // A request costs 10 units, and reserves a few more while it runs.
  const key = await gateway.createKey({
    name: 'budgeted',
    budget_quota: 200,
    budget_period: 'daily',
    budget_soft_percent: 10,
  });
  let served = 0;
  let refused = await ask(key.value);
  for (; refused.status === 200; refused = await ask(key.value)) served += 1;
  assert.ok(served >= 2 && served <= 20, String(refused.error?.message));
  assert.deepEqual([refused.status, refused.error?.code], [403, 'budget_exceeded']);
  assert.match(String(refused.error?.message), /budget of this API key/);
  const ours = () => messages.filter(({ data }) => data.key_id === key.id);
  await until(() => ours().length === 2);
  assert.deepEqual(
    ours().map(({ type, signed, data }) => [type, signed, data.name, data.budget]),
    [
      ['budget.soft', true, 'budgeted', 200],
      ['budget.hard', true, 'budgeted', 200],
    ],
  );
  assert.equal(new Set(ours().map(({ id }) => id)).size, 2);
  const told = () =>
    gateway
      .logLines()
      .filter(({ key_id, notice }) => key_id === key.id && notice !== undefined)
      .map(({ notice }) => notice);
  await until(() => told().length === 2);
  assert.deepEqual(told(), ['budget.soft', 'budget.hard']);
  assert.equal(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).budget_used, served * 10);
  await update(key.id, { budget_quota: null });
  assert.equal((await ask(key.value)).status, 200);
});

test('setting a budget below its usage aborts in-flight requests', async () => {
  const key = await gateway.createKey({ budget_quota: 1_000_000 });
  upstream.on('/v1/chat', upstreams.chatStream(2000, 20));
  const running = chat(gateway.url, key.value, { body: streamed });
  await running.sees('word0');
  await update(key.id, { budget_quota: 1 });
  await running.end();
  assert.match(running.text(), /budget/);
  assert.ok(!running.text().includes('[DONE]'));
  upstream.on('/v1/chat', upstreams.chatAnswer());
  assert.equal((await ask(key.value)).error?.code, 'budget_exceeded');
});
