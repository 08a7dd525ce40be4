/**
 * Large requests of one client are translated off the event loop. Prints how long a second client waits for small
 * responses meanwhile, beside the same without them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSecondClient } from '../hostile/second-client.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { json } from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;
let other: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  upstream.on(
    '/v1/messages',
    json({
      id: 'm',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'Read.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 1 },
    }),
  );
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin, { protocols: ['anthropic'], models: ['m'] });
  key = await gateway.createKey();
  other = await gateway.createKey();
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

async function send(messages: readonly object[]): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', messages }),
  });
}

/** @returns the longest wait of a second client while `work` runs, in milliseconds */
async function longestWaitDuring(work: () => Promise<unknown>): Promise<number> {
  const client = await startSecondClient(gateway.url, other.value);
  let waits: readonly number[] = [];
  try {
    await work();
    // Work that `work` started needs time too.
    await sleep(50);
  } finally {
    waits = await client.stop();
  }
  return waits.at(-1) ?? Number.NaN;
}

/** Some 200,000 tokens of a coding agent: turns with tool calls and their results. */
function longHistory(): readonly object[] {
  const turns = Array.from({ length: 200 }, (_, index) => {
    const id = `call_${index}`;
    const call = {
      id,
      type: 'function',
      function: { name: 'read_file', arguments: `{"path":"file ${index}"}` },
    };
    return [
      { role: 'assistant', content: `I read file ${index}.`, tool_calls: [call] },
      { role: 'tool', tool_call_id: id, content: 'const line = 1;\n'.repeat(500) },
    ];
  });
  return [
    { role: 'system', content: 'You are a coding agent.' },
    { role: 'user', content: 'Go on.' },
    ...turns.flat(),
  ];
}

const picture = 'iVBORw0KGgo'.padEnd(60_000_000, 'A');
const cases: Readonly<Record<string, [messages: () => readonly object[], holds: string]>> = {
  'a history of 200,000 tokens': [longHistory, '"tool_use_id":"call_199"'],
  'a picture of 60 MB': [
    () => [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } },
        ],
      },
    ],
    '"media_type":"image/png"',
  ],
};

for (const [what, [make, holds]] of Object.entries(cases)) {
  test(`${what} is translated while a second client is served`, async (t) => {
    const messages = make();
    const alone = await longestWaitDuring(() => sleep(500));
    const beside = await longestWaitDuring(async () => {
      const response = await send(messages);
      assert.equal(response.status, 200, await response.clone().text());
    });
    const body = upstream.requests.at(-1)?.body() ?? Buffer.alloc(0);
    assert.ok(body.includes(holds));
    t.diagnostic(
      `longest wait of a second client: ${beside.toFixed(0)} ms beside a request of ${(body.length / 1e6).toFixed(1)} MB, ${alone.toFixed(0)} ms alone`,
    );
  });
}
