/** Creates everything that a gateway seals through its API, and checks that it can still open all of it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';

export interface SealedThings {
  readonly keys: TestKey[];
  readonly channelId: number;
  /** The only key that the upstream sees. */
  upstreamKey: string;
  /** A key with content logging. */
  readonly talker: TestKey;
  /** Maps request ids to their prompts. */
  readonly said: Map<string, string>;
}

/** Creates a channel, keys, and a few logged prompts. */
export async function makeSealedThings(
  gateway: Gateway,
  upstream: FakeUpstream,
  keys: number,
): Promise<SealedThings> {
  const upstreamKey = `upstream-${randomBytes(12).toString('hex')}`;
  gateway.secret(upstreamKey);
  const channelId = await gateway.createChannel(upstream.origin, { keys: [upstreamKey] });
  const talker = await gateway.createKey({ content_log_days: 1 });
  const things: SealedThings = { keys: [talker], channelId, upstreamKey, talker, said: new Map() };
  for (let at = 0; at < keys; at += 1) things.keys.push(await gateway.createKey());
  for (let at = 0; at < 3; at += 1) await say(gateway, things);
  return things;
}

/** Sends a request, which needs the upstream key, and records its stored content. */
export async function say(gateway: Gateway, { talker, said }: SealedThings): Promise<void> {
  const prompt = `prompt ${randomBytes(8).toString('hex')}`;
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${talker.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: prompt }] }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  said.set(String(response.headers.get('x-request-id')), prompt);
}

/** Uses everything that seals and opens once, as load. */
async function useEverything(gateway: Gateway, things: SealedThings): Promise<void> {
  await say(gateway, things);
  const key = await gateway.createKey();
  things.keys.push(key);
  assert.equal(await shownValue(gateway, key), key.value);
}

async function shownValue(gateway: Gateway, { id }: TestKey): Promise<unknown> {
  return dataOf(await gateway.call('GET', `/api/token/${id}`)).key;
}

/** A few at a time, since there are hundreds. */
async function forEach<Item>(items: readonly Item[], look: (item: Item) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += 16) await Promise.all(items.slice(at, at + 16).map(look));
}

/** Fails if this gateway cannot open anything that was sealed under any secret. */
export async function assertAllOpens(
  gateway: Gateway,
  things: SealedThings,
  upstream: FakeUpstream,
): Promise<void> {
  await forEach([...things.keys], async (key) => {
    assert.equal(await shownValue(gateway, key), key.value);
  });
  await forEach([...things.said], async ([id, prompt]) => {
    const content = dataOf(await gateway.call('GET', `/api/log/content?request_id=${id}`));
    assert.ok(String(content.request).includes(prompt));
  });
  const before = upstream.requests.length;
  await say(gateway, things);
  const tested = await gateway.call('GET', `/api/channel/test/${things.channelId}`);
  assert.equal(tested.json?.success, true, tested.text);
  const seen = upstream.requests.slice(before).map(({ headers }) => headers.authorization);
  assert.ok(seen.length >= 2);
  for (const authorization of nonEmpty(seen)) assert.equal(authorization, `Bearer ${things.upstreamKey}`);
}

/**
 * Uses everything repeatedly, on each gateway in turn, until stopped; counts the repetitions.
 * @param pauseMs between two rounds: every later `assertAllOpens` looks at what they make
 */
export function useAllTheTime(
  t: { after(run: () => void): void },
  gateways: () => readonly Gateway[],
  things: SealedThings,
  pauseMs: number,
) {
  let isOver = false;
  // A failed test must not leave it running.
  t.after(() => {
    isOver = true;
  });
  let uses = 0;
  const errors: unknown[] = [];
  const running = (async () => {
    while (!isOver) {
      for (const gateway of gateways()) {
        try {
          await useEverything(gateway, things);
          uses += 1;
        } catch (error) {
          // A gateway that is stopping refuses requests.
          if (gateways().includes(gateway)) errors.push(error);
        }
      }
      await sleep(pauseMs);
    }
  })();
  return {
    uses: () => uses,
    async stop(): Promise<void> {
      isOver = true;
      await running;
      assert.deepEqual(errors, []);
    },
  };
}

/** Whether a gateway has logged this message. */
const hasLogged = (gateway: Gateway, message: string): boolean =>
  gateway.logLines().some((line) => String(line.message).includes(message));

/** Resolves when a gateway has logged the end of a rotation. The test has no time limit for it. */
export async function untilRotated(gateways: () => readonly Gateway[]): Promise<void> {
  const message = 'the rotation of the server secret is finished';
  while (!gateways().some((gateway) => hasLogged(gateway, message))) await sleep(50);
}
