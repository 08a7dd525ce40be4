/** The requests of a conversation go to one channel and one of its keys, as long as they work. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { chatAnswer, choose, json } from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;
/** Paths of upstreams that fail now. */
const broken = new Set<string>();

before(async () => {
  upstream = await startFakeUpstream();
  upstream.on(
    '',
    choose(({ recorded }) => (broken.has(recorded.url.split('/')[1] ?? '') ? json({}, 500) : chatAnswer())),
  );
  gateway = await startGateway({ env: { HALLEY_UPSTREAMS_COOLDOWN_MS: '1' } });
  for (const name of ['one', 'two', 'three']) {
    await gateway.createChannel(`${upstream.origin}/${name}`, {
      name,
      models: ['m'],
      keys: [`${name}-key-a`, `${name}-key-b`],
    });
  }
  key = await gateway.createKey({});
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

/** Sends one turn. @returns the channel and the upstream key that served it */
async function send(text: string, headers: Record<string, string> = {}, turns = 1): Promise<string> {
  const messages = Array.from({ length: turns }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: index === 0 ? text : `turn ${index}`,
  }));
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'm', messages }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  await response.arrayBuffer();
  const { url = '', headers: sent } = upstream.requests.at(-1) ?? { headers: {} };
  return `${url.split('/')[1]} ${sent.authorization}`;
}

const long = (name: string) => `${name} ${'word '.repeat(1000)}`;
const used = async (names: readonly string[], of: (name: string) => Promise<string>) => {
  const found = new Set<string>();
  for (const name of names) found.add(await of(name));
  return found;
};
const twenty = Array.from({ length: 20 }, (_, index) => `conversation ${index}`);

test('each turn of a conversation goes to the same channel and key, other conversations to others', async () => {
  const first = await send(long('a'));
  for (const turns of [3, 5, 7]) assert.equal(await send(long('a'), {}, turns), first);
  assert.ok((await used(twenty, (name) => send(long(name)))).size > 3);
});

test('a session header names it, however short its requests are; without one they spread', async () => {
  const session = { 'session-id': 'one' };
  assert.equal((await used(twenty, () => send('Hi', session))).size, 1);
  assert.ok((await used(twenty, () => send('Hi'))).size > 1);
});

test('a conversation whose channel fails goes on elsewhere, and comes back', async () => {
  const first = await send(long('b'));
  const [channel = ''] = first.split(' ');
  broken.add(channel);
  const elsewhere = await send(long('b'));
  assert.notEqual(elsewhere.split(' ')[0], channel);
  assert.equal(await send(long('b')), elsewhere);
  broken.delete(channel);
  assert.equal(await send(long('b')), first);
});

test('the metrics show which share of the input was read from caches', async () => {
  const metrics = await gateway.call('GET', '/metrics');
  assert.match(
    metrics.text,
    /halley_prompt_cache_tokens_total\{channel="(one|two|three)",cache="none"\} \d+/,
  );
});
