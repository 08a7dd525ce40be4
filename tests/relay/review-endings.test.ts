/**
 * Requests whose client has disconnected while their tokens are still being counted: a shutdown must wait for them.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

/** The tokenizer of this model loads slowly, so that its first count takes a while. */
const model = 'gpt-4o';
const spentBy = async (gateway: Gateway) =>
  Number(dataOf(await gateway.call('GET', '/api/user/self')).used_quota);

async function withGateways(run: (start: () => Promise<Gateway>) => Promise<void>) {
  const upstream = await startFakeUpstream();
  const dataDir = await mkdtemp(join(tmpdir(), 'halley-test-'));
  const env = { HALLEY_BOOTSTRAP_TOKEN: 'root-token-of-the-review-of-endings' };
  upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
  const started: Gateway[] = [];
  try {
    await run(async () => {
      const gateway = await startGateway({ dataDir, env });
      started.push(gateway);
      const channels = await gateway.call('GET', '/api/channel/');
      if (Number(dataOf(channels).total) === 0)
        await gateway.createChannel(upstream.origin, { models: [model] });
      return gateway;
    });
  } finally {
    for (const gateway of started) if (gateway.process.exitCode === null) await gateway.stop();
    await upstream.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function leaveStream(gateway: Gateway) {
  const key = await gateway.createKey();
  const stream = chat(gateway.url, key.value, { body: { ...streamed, model } });
  await stream.sees('hello');
  stream.leave();
  return key;
}

test('a stopping gateway writes records that are still being counted', () =>
  withGateways(async (start) => {
    const first = await start();
    await leaveStream(first);
    // The end of the connection and the request to stop arrive one after the other.
    await first.call('GET', '/api/status');
    await first.stop();
    const second = await start();
    assert.ok((await spentBy(second)) > 0);
  }));

test('a delete responds after the usage of its key is charged, also of a client that has just disconnected', () =>
  withGateways(async (start) => {
    const gateway = await start();
    const key = await leaveStream(gateway);
    dataOf(await gateway.call('DELETE', `/api/token/${key.id}`));
    assert.ok((await spentBy(gateway)) > 0);
  }));
