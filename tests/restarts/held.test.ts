import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartsWithHeldSocket } from './held.ts';

test('restarts lose no request while the socket is held', async () => {
  const load = await restartsWithHeldSocket({ restarts: 2, requests: 600, clients: 32 });
  assert.deepEqual(load.failures.slice(0, 3), [], load.summary);
});
