/** A gateway whose log has no reader continues to serve, and ends on request. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startGateway } from '../support/gateway.ts';

test('after the reader of its output has closed it, the gateway serves, and SIGTERM ends it', async () => {
  const gateway = await startGateway();
  gateway.process.stdout?.destroy();
  gateway.process.stderr?.destroy();
  for (let request = 0; request < 50; request += 1) {
    assert.equal((await gateway.call('POST', '/v1/chat/completions', { body: {} })).status, 401);
  }
  // The gateway writes its log once a second. By then it has met the closed pipe.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal((await gateway.call('GET', '/healthz')).status, 200);
  const exit = once(gateway.process, 'exit');
  gateway.process.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
});
