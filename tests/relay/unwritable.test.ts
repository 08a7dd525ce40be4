/** While the database cannot be written, the gateway serves nothing that it cannot account for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differencesIn, lockDatabase, reservationsIn } from '../support/database.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { type ChatStream, chat, streamed } from './chat.ts';

const bounded = { ...streamed, max_tokens: 20 };

test('does not send a request without a reservation; breaks off a response without a record, and records it later', async () => {
  const upstream = await startFakeUpstream();
  const gateway = await startGateway({ env: { HALLEY_LEDGER_COMMIT_WAIT_MS: '400' } });
  let unlock = async () => {};
  try {
    await gateway.createChannel(upstream.origin);
    upstream.on('/v1', upstreams.chatStream(3, 100));
    const unlimited = await gateway.createKey();
    const limited = await gateway.createKey({ unlimited_quota: false, remain_quota: 10_000 });
    const ask = (key: { value: string }) => chat(gateway.url, key.value, { body: bounded });
    // Both keys are cached from here on.
    for (const key of [limited, unlimited]) assert.equal(await ask(key).end(), 'whole');
    const sentBefore = upstream.requests.length;

    const running = ask(unlimited);
    await running.sees('word0');
    unlock = await lockDatabase(gateway.dataDir);
    const waiting = ask(limited);
    await running.end();
    assert.match(running.text(), /word2[\s\S]*store_unavailable/);
    assert.doesNotMatch(running.text(), /\[DONE\]/);

    const unreserved = await waiting.head();
    assert.equal(unreserved.status, 503);
    assert.equal(unreserved.headers['retry-after'], '1');
    assert.equal(upstream.requests.length, sentBefore + 1, 'only what ran already was sent');

    await unlock();
    unlock = async () => {};
    const assertRecorded = async (stream: ChatStream, expected: object) => {
      const id = (await stream.head()).headers['x-request-id'];
      const records = async () =>
        dataOf(await gateway.call('GET', `/api/log/?request_id=${id}`)).items as object[];
      await until(async () => (await records()).length === 1);
      assert.partialDeepStrictEqual((await records())[0], expected);
    };
    await assertRecorded(running, { type: 2, quota: 10 });
    await assertRecorded(waiting, { type: 5, quota: 0 });
    // The next response is complete again, and the failed requests left no reservation.
    await until(async () => (await ask(limited).head()).status === 200);
    await until(async () => (await reservationsIn(gateway.dataDir)) === 0);
    assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
  } finally {
    await unlock();
    await gateway.stop();
    await upstream.close();
  }
});
