/** The behaviour of a node between SIGTERM and its end while load balancers remove it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chat, streamed } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;

before(async () => {
  upstream = await startFakeUpstream();
});

after(() => upstream.close());

test('with shutdown.delay_ms a node still serves while /readyz fails, then refuses connections and drains', async () => {
  const leaving = await startGateway({ env: { HALLEY_SHUTDOWN_DELAY_MS: '2000' } });
  await leaving.createChannel(upstream.origin);
  const key = await leaving.createKey();
  upstream.on('/v1', upstreams.chatStream(150, 30));
  const stream = chat(leaving.url, key.value, { body: streamed });
  await stream.sees('word1');
  const isReady = async () => (await leaving.call('GET', '/readyz')).status === 200;
  assert.ok(await isReady());

  leaving.process.kill('SIGTERM');
  await until(async () => !(await isReady()));
  upstream.on('/v1', upstreams.chatAnswer());
  const other = chat(leaving.url, key.value);
  const { status, headers } = await other.head();
  assert.equal(status, 200);
  assert.equal(headers.connection, 'close');
  assert.equal(await other.end(), 'whole');

  await until(() => leaving.logLines().some(({ message }) => message === 'draining'));
  await assert.rejects(leaving.call('GET', '/readyz'), (error: Error) => {
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    return true;
  });
  assert.equal(await stream.end(), 'whole');
  assert.match(stream.text(), /\[DONE\]/);
  await until(() => leaving.process.exitCode !== null);
  assert.equal(leaving.process.exitCode, 0);
});
