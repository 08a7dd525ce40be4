/**
 * Shared parts of the tests with published clients: a gateway with the demo channel, and a key that is deleted
 * during a stream.
 */
import assert from 'node:assert/strict';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';

export function startDemoGateway(env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  return startGateway({ env: { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '2', ...env } });
}

/** A field of the body that makes the demo stream for minutes, so that such a stream ends only when it is aborted. */
export const endless = { halley_demo: { chunks: 10_000, chunk_ms: 20 } };

export async function deleteKey(gateway: Gateway, key: TestKey): Promise<void> {
  const answer = await gateway.call('DELETE', `/api/token/${key.id}`);
  assert.equal(answer.json?.success, true, answer.text);
}

/** Returns the used quota of a key in units, as its owner sees it. */
export async function usedQuota(gateway: Gateway, key: TestKey): Promise<number> {
  return Number(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).used_quota);
}

/**
 * Reads some items of a stream, deletes its key, and continues reading.
 * @returns the error that the stream threw; fails the test when the stream ends without one
 */
export async function deleteMidStream(
  gateway: Gateway,
  key: TestKey,
  stream: AsyncIterable<unknown>,
): Promise<unknown> {
  let items = 0;
  try {
    for await (const _item of stream) {
      items += 1;
      if (items === 5) await deleteKey(gateway, key);
    }
  } catch (error) {
    assert.ok(items >= 5, `failed before the key was deleted: ${error}`);
    return error;
  }
  return assert.fail(`the stream ended after ${items} items as if it were complete`);
}

/** Sends a request with a key's value. @returns the status of the response */
export async function asks(gateway: Gateway, value: string): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${value}` },
    body: JSON.stringify({ model: 'demo-chat', messages: [{ role: 'user', content: 'Say hello.' }] }),
  });
  await response.text();
  return response.status;
}
