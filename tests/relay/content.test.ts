/**
 * Prompts and responses are not stored unless a key asks for it. Then they are sealed, visible to the owner, and
 * kept for a limited time.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAccount } from '../support/accounts.ts';
import { isStored } from '../support/database.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

const prompt = 'a prompt that nobody else may read';
const answer = 'an answer that nobody else may read';
const kept = { content_log_days: 1 };

let upstream: FakeUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({ env: { HALLEY_LOG_LEVEL: 'debug' } });
  await gateway.createChannel(upstream.origin);
  upstream.on('', upstreams.json({ choices: [{ message: { content: answer } }] }));
  // When the gateway stops, it searches its log for these texts.
  gateway.secret(prompt);
  gateway.secret(answer);
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** @returns the id of the request, after its response is complete and its record written */
async function ask(key: TestKey): Promise<string> {
  const body = { model: 'test-model', max_tokens: 20, messages: [{ role: 'user', content: prompt }] };
  const stream = chat(gateway.url, key.value, { body });
  const { headers } = await stream.head();
  assert.equal(await stream.end(), 'whole');
  assert.ok(stream.text().includes(answer));
  return String(headers['x-request-id']);
}

const contentOf = (id: string, token = gateway.token) =>
  gateway.call('GET', `/api/log/content?request_id=${id}`, { token });

/** Searches the complete database, including the write-ahead log. */
async function assertNotStored(requestId: string): Promise<void> {
  assert.equal(await isStored(gateway.dataDir, requestId), true, 'what is stored is found');
  for (const text of [prompt, answer]) assert.equal(await isStored(gateway.dataDir, text), false, text);
}

test('by default neither prompt nor response is in a record, in the log or in the database', async () => {
  const id = await ask(await gateway.createKey());
  const records = await gateway.call('GET', `/api/log/?request_id=${id}`);
  assert.equal(dataOf(records).total, 1);
  assert.ok(!records.text.includes(prompt) && !records.text.includes(answer));
  assert.equal((await contentOf(id)).json?.success, false);
  await assertNotStored(id);
});

test('with content logging both are stored, sealed, for the owner only', async () => {
  const owner = await createAccount(gateway, 'owner', { unlimited_quota: true });
  const other = await createAccount(gateway, 'other', { unlimited_quota: true });
  const key = await owner.createKey(kept);
  const id = await ask(key);
  const read = dataOf(await contentOf(id, owner.token));
  assert.ok(String(read.request).includes(prompt) && String(read.answer).includes(answer));
  assert.equal((await contentOf(id, other.token)).json?.success, false);
  assert.equal((await contentOf(id)).json?.success, false, 'an administrator is somebody else too');
  assert.equal((await contentOf(id, key.value)).status, 401);
  await assertNotStored(id);
});

test('deleting a key removes its stored content', async () => {
  const key = await gateway.createKey(kept);
  const id = await ask(key);
  dataOf(await contentOf(id));
  await gateway.call('DELETE', `/api/token/${key.id}`);
  assert.equal((await contentOf(id)).json?.success, false);
});

test('a key with content logging disabled stores nothing new', async () => {
  const key = await gateway.createKey(kept);
  dataOf(await gateway.call('PUT', '/api/token/', { body: { id: key.id, content_log_days: 0 } }));
  assert.equal((await contentOf(await ask(key))).json?.success, false);
});
