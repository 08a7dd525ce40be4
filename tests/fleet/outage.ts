/** Checks a cluster whose database is unreachable: nodes are alive and refuse every request. */
import assert from 'node:assert/strict';
import { until } from '../support/until.ts';
import type { Hammer } from './clients.ts';
import { type Asked, askOnce } from './connection.ts';
import type { Fleet, FleetNode } from './fleet.ts';

const messages = [{ role: 'user', content: 'hi' }];

/** A request of each protocol, and the start of its error. */
const protocols: readonly (readonly [path: string, body: object, error: RegExp])[] = [
  ['/v1/chat/completions', { model: 'test-model', messages }, /^\{"error":\{"message":/],
  ['/v1/messages', { model: 'test-model', max_tokens: 9, messages }, /^\{"type":"error","error":\{"type":/],
  [
    '/v1beta/models/test-model:generateContent',
    { contents: [{ parts: [{ text: 'hi' }] }] },
    /^\{"error":\{"code":503,.*"status":"UNAVAILABLE"/,
  ],
];

async function requireRefused(node: FleetNode, key: string): Promise<void> {
  const { url } = node.gateway;
  for (const [path, body, error] of protocols) {
    const asked: Asked = { method: 'POST', path, credential: key, body };
    const reply = await askOnce(url, asked);
    assert.equal(reply.status, 503, reply.body);
    assert.match(reply.head, /\nretry-after: *[1-9]\d*/i);
    assert.match(reply.body, error);
  }
  assert.equal((await fetch(`${url}/readyz`)).status, 503);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
}

/**
 * Waits until leases have expired, then checks each node and protocol.
 * @param awaySince when the database had responded to its last statement
 * @param key a cached key with the right `control` of the clients
 */
export async function requireAway(
  fleet: Fleet,
  hammer: Hammer,
  key: string,
  awaySince: number,
): Promise<void> {
  const endedAt = awaySince + fleet.leaseMs;
  await until(() => performance.now() > endedAt);
  const backBefore = performance.now();
  await Promise.all(fleet.running.map((node) => requireRefused(node, key)));
  const admitted = hammer.attempts.filter(
    ({ invoked, returned, status }) =>
      invoked > endedAt && returned < Number.POSITIVE_INFINITY && status === 200,
  );
  assert.deepEqual(admitted, [], 'admitted from memory after the end of the lease');
  for (const node of fleet.running) {
    await until(() => hammer.count(node, 'control', 503, backBefore) > 0, 5);
  }
}
