/** Concurrent requests are served exactly as far as the quota allows. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAccount } from '../support/accounts.ts';
import { differencesIn, leastFreeIn, openDatabase } from '../support/database.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { choose, json, pieces } from '../support/upstream-behaviours.ts';

const asked = 1000;
const fitting = 137;
const maxTokens = 20;

let upstream: FakeUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({ env: { HALLEY_LOG_REQUESTS: 'false' } });
  await gateway.createChannel(upstream.origin, { models: ['by-token', 'by-request'] });
  const models = [{ id: 'by-request', input: '0', output: '0', per_request: '0.0002' }];
  dataOf(await gateway.call('PUT', '/api/price', { body: { models } }));
  // The upstream reports exactly what was reserved: all bytes as tokens, and all allowed output tokens.
  const usageOf = (body: Buffer) => ({ prompt_tokens: body.length, completion_tokens: maxTokens });
  upstream.on(
    '/v1',
    choose((_, body) => {
      const { stream } = JSON.parse(body.toString('utf8')) as { stream?: boolean };
      if (stream !== true) return json({ choices: [], usage: usageOf(body) }, 200, {}, 5);
      const usage = { choices: [], usage: usageOf(body) };
      return pieces([`data: {"choices":[]}\n\n`, `data: ${JSON.stringify(usage)}\n\ndata: [DONE]\n\n`], 5);
    }),
  );
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const bodyOf = (model: string) =>
  JSON.stringify({ model, max_tokens: maxTokens, messages: [{ role: 'user', content: 'hi' }] });
const streamBody = JSON.stringify({
  model: 'by-token',
  max_tokens: maxTokens,
  stream: true,
  stream_options: { include_usage: true },
  messages: [],
});

interface Outcome {
  readonly status: number;
  readonly text: string;
}

/** Sends all requests at once, using the keys in turn. No balance may become negative at any time. */
async function sendAll(keys: readonly TestKey[], body: string): Promise<readonly Outcome[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 250 });
  const send = (key: TestKey) =>
    new Promise<Outcome>((resolve, reject) => {
      const headers = { authorization: `Bearer ${key.value}`, 'content-length': Buffer.byteLength(body) };
      const outgoing = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', agent, headers });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (piece: string) => {
          text += piece;
        });
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }));
      });
      outgoing.end(body);
    });
  const database = await openDatabase(gateway.dataDir);
  let least = Number.POSITIVE_INFINITY;
  let looks = 0;
  let isOver = false;
  const watch = async () => {
    for (; !isOver; looks += 1) {
      least = Math.min(least, await leastFreeIn(database));
      await sleep(5);
    }
  };
  const watching = watch();
  const outcomes = await Promise.all(
    Array.from({ length: asked }, (_, index) => send(keys[index % keys.length] as TestKey)),
  );
  isOver = true;
  await watching;
  await database.close();
  agent.destroy();
  assert.ok(looks > 0 && least >= 0, `seen: ${least}`);
  return outcomes;
}

function assertServed(outcomes: readonly Outcome[], code: string): void {
  const served = outcomes.filter(({ status }) => status === 200);
  const refused = outcomes.filter(({ status, text }) => status === 403 && text.includes(code));
  assert.equal(served.length, fitting);
  assert.equal(refused.length, asked - fitting);
  assert.match(refused[0]?.text ?? '', /has \d+ units? \(.*\) left.*may cost up to \d+ units/);
}

const cases = [
  {
    name: 'by the token',
    body: bodyOf('by-token'),
    price: Buffer.byteLength(bodyOf('by-token')) + maxTokens,
  },
  { name: 'by the token, streamed', body: streamBody, price: Buffer.byteLength(streamBody) + maxTokens },
  { name: 'by the request', body: bodyOf('by-request'), price: 100 },
] as const;

for (const { name, body, price } of cases) {
  for (const more of [0, price - 1]) {
    test(`priced ${name}, a quota for ${fitting} requests and ${more} units serves exactly these`, async () => {
      const quota = fitting * price + more;
      const key = await gateway.createKey({ unlimited_quota: false, remain_quota: quota });
      const outcomes = await sendAll([key], body);
      assertServed(outcomes, 'pre_consume_token_quota_failed');
      const { remain_quota, used_quota } = dataOf(await gateway.call('GET', `/api/token/${key.id}`));
      assert.deepEqual([remain_quota, used_quota], [more, fitting * price]);
      assert.deepEqual(await differencesIn(gateway.dataDir, 10), []);
    });
  }
}

test('keys of one account share its smaller balance exactly', async () => {
  const price = 100;
  const account = await createAccount(gateway, 'balance', { quota: fitting * price + 99 });
  const keys = await Promise.all(Array.from({ length: 10 }, () => account.createKey()));
  const outcomes = await sendAll(keys, bodyOf('by-request'));
  assertServed(outcomes, 'insufficient_user_quota');
  const { quota, used_quota, request_count } = dataOf(await gateway.call('GET', `/api/user/${account.id}`));
  assert.deepEqual([quota, used_quota, request_count], [99, fitting * price, fitting]);
  assert.deepEqual(await differencesIn(gateway.dataDir, 10), []);
});

test('unlimited keys of an unlimited account keep its budget exactly', async () => {
  const price = 100;
  const budget = { budget_quota: fitting * price, budget_period: 'monthly' };
  const account = await createAccount(gateway, 'budget', { unlimited_quota: true, ...budget });
  const keys = await Promise.all(Array.from({ length: 10 }, () => account.createKey()));
  const outcomes = await sendAll(keys, bodyOf('by-request'));
  assertServed(outcomes, 'budget_exceeded');
  const { used_quota, budget_used } = dataOf(await gateway.call('GET', `/api/user/${account.id}`));
  assert.deepEqual([used_quota, budget_used], [fitting * price, fitting * price]);
});
