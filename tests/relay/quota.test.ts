/** Setting a quota while charges are not yet written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, startGateway } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

const bounded = { model: 'test-model', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };

test('a new quota applies from then on: earlier charges do not reduce it', async () => {
  const upstream = await startFakeUpstream();
  const gateway = await startGateway();
  try {
    await gateway.createChannel(upstream.origin);
    upstream.on('/v1', upstreams.chatAnswer());
    const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1000 });
    const spend = async () =>
      assert.equal(await chat(gateway.url, key.value, { body: bounded }).end(), 'whole');
    const left = async () => dataOf(await gateway.call('GET', `/api/token/${key.id}`)).remain_quota;
    const update = async (fields: object) =>
      dataOf(await gateway.call('PUT', '/api/token/', { body: { id: key.id, ...fields } }));
    await spend();
    await update({ remain_quota: 500 });
    assert.equal(await left(), 500);
    await spend();
    await update({ name: 'renamed' });
    assert.equal(await left(), 490);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});
