/** Upstreams that may finish after their client has left (`upstreams.finish_alone_ms`). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { differencesIn, reservationsIn } from '../support/database.ts';
import { bytesTakenWhenPaused, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import type { Behaviour, Exchange } from '../support/upstream-exchange.ts';
import { type ChatOptions, type ChatStream, chat, streamed } from './chat.ts';

let upstream: FakeUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({
    env: { HALLEY_UPSTREAMS_FINISH_ALONE_MS: '60000', HALLEY_UPSTREAMS_FINISH_ALONE_BYTES: '100000' },
  });
  await gateway.createChannel(upstream.origin, { protocols: ['openai'] });
});

after(async () => {
  await until(async () => (await reservationsIn(gateway.dataDir)) === 0);
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  await gateway.stop();
  await upstream.close();
});

const usage = { prompt_tokens: 7, completion_tokens: 900, total_tokens: 907 };
const messages = [{ role: 'user', content: 'hi' }];
const whole = { model: 'test-model', max_tokens: 1000, messages };
const lastEvents = `${upstreams.chatChunk('', 'stop')}data: ${JSON.stringify({ id: 'c', choices: [], usage })}\n\ndata: [DONE]\n\n`;

/** An upstream that sends its beginning, and how it goes on when the test says so. */
function stepwise(first: string) {
  const begun = Promise.withResolvers<Exchange>();
  const behaviour: Behaviour = async (exchange) => {
    await exchange.wholeBody;
    if (first !== '') {
      exchange.response.writeHead(200, { 'content-type': 'text/event-stream' });
      exchange.response.write(first);
    }
    begun.resolve(exchange);
  };
  upstream.on('/v1', behaviour);
  return begun.promise;
}

interface LogRow {
  readonly type: number;
  readonly quota: number;
}

async function recordsOf(key: TestKey): Promise<readonly LogRow[]> {
  return dataOf(await gateway.call('GET', `/api/log/?token_id=${key.id}`)).items as LogRow[];
}

const lineOf = (key: TestKey) =>
  gateway.logLines().findLast((line) => line.key_id === key.id && line.outcome);

/** @returns the outcome and charge of the key's only request, once there is a record */
async function outcomeOf(key: TestKey) {
  await until(async () => (await recordsOf(key)).length > 0);
  await until(() => lineOf(key) !== undefined);
  const [record] = await recordsOf(key);
  return [lineOf(key)?.outcome, record?.type, record?.quota];
}

/** A client that leaves once the upstream has the request, or has begun. */
async function leaveDuring(
  first: string,
  options: ChatOptions,
  fields: Readonly<Record<string, unknown>> = {},
) {
  const begun = stepwise(first);
  const key = await gateway.createKey(fields);
  const client = chat(gateway.url, key.value, options);
  const exchange = await begun;
  if (first !== '') await client.sees('hello');
  await leave(client);
  return { key, exchange };
}

/** Closes the client's side, and waits until the gateway has noticed and closes its own. */
async function leave({ request }: ChatStream): Promise<void> {
  const { socket } = request;
  assert.ok(socket);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.end();
  await closed;
}

const hello = upstreams.chatChunk('hello');

test('a stream is read to its end without its client, and charged as reported', async () => {
  const { key, exchange } = await leaveDuring(hello, { body: streamed });
  exchange.response.end(lastEvents);
  assert.deepEqual(await outcomeOf(key), ['finished_alone', 2, 907]);
  assert.equal(exchange.recorded.state, 'answered');
});

test('so is a whole response whose client left before it came, and a translated one', async () => {
  const message = { role: 'assistant', content: 'hello' };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  const body = JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage });
  for (const path of ['/v1/chat/completions', '/v1/messages']) {
    const { key, exchange } = await leaveDuring('', { path, body: whole });
    exchange.response.writeHead(200, { 'content-type': 'application/json' });
    exchange.response.end(body);
    assert.deepEqual(await outcomeOf(key), ['finished_alone', 2, 907]);
    assert.equal(lineOf(key)?.status, 499);
  }
});

test('deletion of the key ends it at once, and what came until then is charged before the deletion is confirmed', async () => {
  const { key, exchange } = await leaveDuring(hello, { body: streamed });
  dataOf(await gateway.call('DELETE', `/api/token/${key.id}`));
  const [record] = await recordsOf(key);
  assert.equal(record?.type, 2);
  await until(() => lineOf(key) !== undefined);
  assert.equal(lineOf(key)?.outcome, 'cut');
  await until(() => exchange.recorded.state === 'aborted');
});

test('it is aborted when more comes than is read, and charged for what came', async () => {
  const { key, exchange } = await leaveDuring(hello, { body: streamed });
  exchange.response.write(upstreams.chatChunk('x '.repeat(60_000)));
  const [outcome, type] = await outcomeOf(key);
  assert.deepEqual([outcome, type], ['client_gone', 2]);
  await until(() => exchange.recorded.state === 'aborted');
});

test('an upstream that fails then is not tried again, nor is another one', async () => {
  for (const name of ['one', 'two'])
    await gateway.createChannel(upstream.origin, { name, models: ['twice'] });
  dataOf(
    await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'twice', input: '2', output: '2' }] } }),
  );
  const seen = upstream.requests.length;
  const { key, exchange } = await leaveDuring(
    '',
    { body: { ...whole, model: 'twice' } },
    { unlimited_quota: false, remain_quota: 5000 },
  );
  exchange.response.writeHead(500).end('{}');
  assert.deepEqual(await outcomeOf(key), ['client_gone', 5, 0]);
  assert.equal(upstream.requests.length, seen + 1);
});

test('its slot of the concurrency limit stays in use until it has ended', async () => {
  const { key, exchange } = await leaveDuring(hello, { body: streamed }, { concurrency_limit: 1 });
  const next = async () => {
    const client = chat(gateway.url, key.value, { body: whole });
    const { status } = await client.head();
    client.leave();
    return status;
  };
  assert.equal(await next(), 429);
  exchange.response.end(lastEvents);
  await outcomeOf(key);
  upstream.on('/v1', upstreams.chatAnswer());
  await until(async () => (await next()) === 200);
});

test('an upstream that a client held back goes on when that client has left', async () => {
  upstream.on('/v1', upstreams.hugeBody(1_073_741_824));
  const key = await gateway.createKey();
  const client = chat(gateway.url, key.value, { body: streamed, paused: true });
  await client.head();
  await bytesTakenWhenPaused(upstream);
  client.leave();
  await until(() => upstream.requests.at(-1)?.state === 'aborted');
  assert.equal((await outcomeOf(key))[0], 'client_gone');
});

/** A client leaves during a stream of a gateway of its own. @returns what the test may still ask */
async function leaveAlone(env: Readonly<Record<string, string>>) {
  const own = await startGateway({ env });
  await own.createChannel(upstream.origin);
  const begun = stepwise(hello);
  const key = await own.createKey();
  const client = chat(own.url, key.value, { body: streamed });
  await client.sees('hello');
  await leave(client);
  const { recorded } = await begun;
  const outcome = () => own.logLines().findLast((each) => each.key_id === key.id && each.outcome)?.outcome;
  return { own, recorded, outcome };
}

test('the time is bounded', async () => {
  const { own, recorded, outcome } = await leaveAlone({ HALLEY_UPSTREAMS_FINISH_ALONE_MS: '300' });
  await until(() => recorded.state === 'aborted');
  await own.stop();
  assert.equal(outcome(), 'client_gone');
});

test('a shutdown does not wait for it', async () => {
  const { own, recorded, outcome } = await leaveAlone({ HALLEY_UPSTREAMS_FINISH_ALONE_MS: '3600000' });
  assert.equal(recorded.state, 'running');
  await own.stop();
  assert.equal(outcome(), 'cut');
  await until(() => recorded.state === 'aborted');
});

test('by default the upstream is aborted when its client leaves', async () => {
  const { own, recorded, outcome } = await leaveAlone({});
  await until(() => recorded.state === 'aborted');
  await own.stop();
  assert.equal(outcome(), 'client_gone');
});
