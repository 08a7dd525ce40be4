/** Charges under settings and prices other than those of charging.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differencesIn, lockDatabase, reservationsIn } from '../support/database.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

async function withGateway(
  env: Readonly<Record<string, string>>,
  run: (gateway: Gateway, upstream: FakeUpstream) => Promise<void>,
): Promise<void> {
  const upstream = await startFakeUpstream();
  const gateway = await startGateway({ env });
  try {
    await gateway.createChannel(upstream.origin);
    await run(gateway, upstream);
    await until(async () => (await reservationsIn(gateway.dataDir)) === 0);
    assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
}

const limits = { unlimited_quota: false, remain_quota: 10_000 };
const body = { model: 'test-model', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };

/**
 * Makes a request with 7 input and 3 output tokens.
 * @returns the charge in its record
 */
async function costOf(gateway: Gateway, key: TestKey): Promise<unknown> {
  const answer = chat(gateway.url, key.value, { body });
  const { status, headers } = await answer.head();
  assert.equal(status, 200);
  assert.equal(await answer.end(), 'whole');
  const find = async () => {
    const found = await gateway.call('GET', `/api/log/?request_id=${headers['x-request-id']}`);
    return (dataOf(found).items as { quota: number }[])[0];
  };
  await until(async () => (await find()) !== undefined);
  return (await find())?.quota;
}

const setPrice = async (gateway: Gateway, price: object) =>
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'test-model', ...price }] } }));

test('with `ledger.unpriced = free` a model without a price is served, recorded and free', () =>
  withGateway({ HALLEY_LEDGER_UNPRICED: 'free' }, async (gateway) => {
    const key = await gateway.createKey(limits);
    assert.equal(await costOf(gateway, key), 10);
    dataOf(await gateway.call('DELETE', '/api/price?model=test-model'));
    assert.equal(await costOf(gateway, key), 0);
    assert.equal(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).remain_quota, 9990);
  }));

test('with `ledger.durability = async` each request is charged as well', () =>
  withGateway({ HALLEY_LEDGER_DURABILITY: 'async' }, async (gateway) => {
    const key = await gateway.createKey(limits);
    for (let request = 0; request < 5; request++) assert.equal(await costOf(gateway, key), 10);
    assert.equal(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).remain_quota, 9950);
  }));

test('a price applies from its date on, and not to requests that were admitted before', () =>
  withGateway({}, async (gateway, upstream) => {
    const key = await gateway.createKey(limits);
    upstream.on('/v1', upstreams.chatAnswer());
    const soon = Math.floor(Date.now() / 1000) + 4;
    await setPrice(gateway, { input: '20', output: '20', effective_from: soon + 3600 });
    assert.equal(await costOf(gateway, key), 10);
    await setPrice(gateway, { input: '4', output: '4', effective_from: soon });
    upstream.on('/v1', async (exchange) => {
      await until(() => Date.now() / 1000 > soon + 1);
      await upstreams.chatAnswer()(exchange);
    });
    assert.equal(await costOf(gateway, key), 10);
    upstream.on('/v1', upstreams.chatAnswer());
    assert.equal(await costOf(gateway, key), 20);
  }));

test('a key revoked during its reservation is refused: nothing is sent, nothing stays reserved', () =>
  withGateway({}, async (gateway, upstream) => {
    const end = Math.floor(Date.now() / 1000) + 2;
    const key = await gateway.createKey({ ...limits, expired_time: end });
    const unlock = await lockDatabase(gateway.dataDir);
    const waiting = chat(gateway.url, key.value, { body });
    await until(() => Date.now() / 1000 > end + 1);
    assert.equal(upstream.requests.length, 0);
    await unlock();
    const { status, headers } = await waiting.head();
    assert.equal(status, 401);
    assert.equal(upstream.requests.length, 0);
    const find = () => gateway.call('GET', `/api/log/?request_id=${headers['x-request-id']}`);
    await until(async () => dataOf(await find()).total === 1);
    const [record] = dataOf(await find()).items as object[];
    assert.partialDeepStrictEqual(record, { type: 5, quota: 0 });
    await until(async () => (await reservationsIn(gateway.dataDir)) === 0);
  }));
