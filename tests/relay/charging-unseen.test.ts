/** Charges for a response that was still held back when the request ended, so that its client received nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bytesTakenWhenPaused, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

let upstream: FakeUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin);
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** At one unit for each token. */
const units = 140;
const answer = JSON.stringify({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 40 } });
const used = async () => Number(dataOf(await gateway.call('GET', '/api/user/self')).used_quota);

async function recordOf(requestId: unknown) {
  let items: readonly { readonly type: number; readonly quota: number }[] = [];
  await until(async () => {
    ({ items } = dataOf(await gateway.call('GET', `/api/log/?request_id=${requestId}`)) as {
      items: typeof items;
    });
    return items.length > 0;
  });
  return items.map(({ type, quota }) => ({ type, quota }));
}

test('when its key is deleted, its usage is charged before DELETE responds', async () => {
  upstream.on('', upstreams.hangAfterHeaders(answer, { 'content-type': 'application/json' }));
  const doomed = await gateway.createKey();
  const before = await used();
  const request = chat(gateway.url, doomed.value);
  await bytesTakenWhenPaused(upstream);
  await gateway.call('DELETE', `/api/token/${doomed.id}`);
  assert.equal(await used(), before + units);
  const { status, headers } = await request.head();
  assert.equal(status, 401);
  assert.deepEqual(await recordOf(headers['x-request-id']), [{ type: 2, quota: units }]);
});

test('when the upstream breaks it off, it is free, for any reported usage', async () => {
  upstream.on('', async ({ response, socket, wholeBody }) => {
    await wholeBody;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(answer);
    setTimeout(() => socket.resetAndDestroy(), 50);
  });
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
  const request = chat(gateway.url, key.value);
  const { status, headers } = await request.head();
  assert.equal(status, 502);
  await request.end();
  assert.deepEqual(await recordOf(headers['x-request-id']), [{ type: 5, quota: 0 }]);
  assert.equal(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).used_quota, 0);
});
