/** Receipts of deleted keys over HTTP: each way of deleting leaves one, signed, that anybody can verify. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignedReceipt } from '../../src/domain/receipt.ts';
import { runningRecord } from '../../src/management/running-record.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { type PublicReceiptKey, verifyReceipt } from '../../src/revocation/receipt-signature.ts';
import type { RunningSubject } from '../../src/store/coordination.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();

const receiptOf = async (keyId: number, token?: string): Promise<SignedReceipt> => {
  const reply = await rig.call('GET', `/api/receipt/key/${keyId}`, token === undefined ? {} : { token });
  return dataOf(reply) as unknown as SignedReceipt;
};

async function publicKeys(): Promise<readonly PublicReceiptKey[]> {
  const reply = await rig.call('GET', '/.well-known/halley-receipt-keys.json', { token: null });
  assert.equal(reply.status, 200);
  return reply.json.keys as readonly PublicReceiptKey[];
}

test('DELETE leaves a receipt that names the key, who asked and the node, and that verifies offline', async () => {
  const { id, value } = await createKey(rig, { name: 'a ключ "🗝"' });
  await rig.call('DELETE', `/api/token/${id}`, { headers: { 'user-agent': 'the tests' } });
  const signed = await receiptOf(id);
  const { receipt, signature } = signed;
  assert.equal(receipt.state, 'complete');
  assert.deepEqual([receipt.key.id, receipt.key.name], [id, 'a ключ "🗝"']);
  assert.match(receipt.key.digest_prefix, /^[0-9a-f]{16}$/);
  const { credential, address, user_agent, account_id, credential_id } = receipt.requested_by;
  assert.deepEqual([credential, address, user_agent], ['access_token', '127.0.0.1', 'the tests']);
  assert.equal(account_id, receipt.account_id);
  assert.match(credential_id, /^[0-9a-f]{8}$/);
  const [node, ...others] = receipt.nodes;
  assert.deepEqual([node?.way, node?.clock, node?.ended, others.length], ['made', 'own', 0, 0]);
  assert.ok(receipt.recorded_at_ms <= (receipt.confirmed_at_ms ?? 0));
  assert.equal(signature?.algorithm, 'Ed25519');
  assert.equal(verifyReceipt(signed, await publicKeys()), undefined);
  assert.ok(!JSON.stringify(signed).includes(value.slice(10, 40)), 'no part of the value but the hint');
});

test('whatever is altered in a receipt, its signature does not hold any more', async () => {
  const { id } = await createKey(rig);
  await rig.call('DELETE', `/api/token/${id}`);
  const signed = await receiptOf(id);
  const keys = await publicKeys();
  const places = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, each]) => places(each, [...path, name]))
      : [path];
  for (const path of nonEmpty(places(signed.receipt))) {
    const altered = structuredClone(signed);
    let place = altered.receipt as unknown as Record<string, unknown>;
    for (const name of path.slice(0, -1)) place = place[name] as Record<string, unknown>;
    const last = path.at(-1) ?? '';
    place[last] = typeof place[last] === 'number' ? (place[last] as number) + 1 : `${place[last]}x`;
    assert.equal(verifyReceipt(altered, keys), 'altered', path.join('.'));
  }
  const more = { ...signed, receipt: { ...signed.receipt, more: 1 } };
  assert.equal(verifyReceipt(more, keys), 'altered');
  assert.equal(verifyReceipt(signed, []), 'unknown_key');
  assert.equal(verifyReceipt({ ...signed, signature: null }, keys), 'unsigned');
});

test('a client cannot make a receipt large by its user agent', async () => {
  const { id } = await createKey(rig);
  await rig.call('DELETE', `/api/token/${id}`, { headers: { 'user-agent': 'x'.repeat(8000) } });
  assert.equal((await receiptOf(id)).receipt.requested_by.user_agent, 'x'.repeat(200));
});

test('each way of deleting a key leaves its receipt, which says who asked', async () => {
  const account = await createAccount(rig);
  const other = await createAccount(rig);
  const ids: number[] = [];
  const made = async (token?: string) => {
    const key = await createKey(rig, {}, token);
    ids.push(key.id);
    return key;
  };
  const batch = [await made(), await made()];
  await rig.call('POST', '/api/token/batch', { body: { ids: batch.map(({ id }) => id) } });
  const managed = await made(account.token);
  await rig.call('DELETE', `/api/admin/token/${managed.id}`);
  const itself = await made(account.token);
  const headers = { authorization: `Bearer ${itself.value}` };
  await rig.call('POST', '/api/usage/token/revoke', { token: null, headers });
  const leaked = await made(account.token);
  await rig.call('POST', '/api/credentials/revoke', { token: null, body: { credentials: [leaked.value] } });
  await until(async () => (await rig.call('GET', `/api/receipt/key/${leaked.id}`)).json.success === true);
  const revoked = await made(account.token);
  await rig.call('POST', `/api/user/${account.id}/revoke`);
  const last = await made(other.token);
  await rig.call('DELETE', `/api/user/${other.id}`);
  const kinds = new Map<number, string>();
  for (const id of nonEmpty(ids)) {
    await until(async () => (await rig.call('GET', `/api/receipt/key/${id}`)).json.success === true);
    const { receipt } = await receiptOf(id);
    assert.equal(receipt.state, 'complete');
    kinds.set(id, receipt.requested_by.credential);
  }
  assert.deepEqual(
    [itself, leaked, managed, revoked, last].map(({ id }) => kinds.get(id)),
    ['api_key', 'none', 'access_token', 'access_token', 'access_token'],
  );
});

test('a receipt is for its owner and the administrators of the account; to others it looks as if it did not exist', async () => {
  const [owner, stranger] = [await createAccount(rig), await createAccount(rig)];
  const { id } = await createKey(rig, { name: 'mine' }, owner.token);
  await rig.call('DELETE', `/api/token/${id}`, { token: owner.token });
  const { receipt } = await receiptOf(id, owner.token);
  assert.deepEqual((await receiptOf(id)).receipt, receipt, 'root manages the account');
  for (const path of [`/api/receipt/${receipt.id}`, `/api/receipt/key/${id}`]) {
    const refused = await rig.call('GET', path, { token: stranger.token });
    const unknown = await rig.call('GET', '/api/receipt/999999', { token: stranger.token });
    assert.equal(refused.text, unknown.text);
  }
  const listed = async (query: string, token = owner.token) => {
    const page = dataOf(await rig.call('GET', `/api/receipt/?${query}`, { token }));
    return (page.items as SignedReceipt[]).map((each) => each.receipt.key.id);
  };
  assert.deepEqual(await listed(''), [id]);
  assert.deepEqual(await listed('keyword=mine'), [id]);
  assert.deepEqual(await listed('keyword=min'), []);
  assert.deepEqual(await listed('state=open'), []);
  assert.deepEqual(await listed(`key_id=${id}`, stranger.token), []);
  assert.deepEqual(await listed(`scope=managed&user_id=${owner.id}`, rig.rootToken), [id]);
  refusalOf(await rig.call('GET', '/api/receipt/?scope=managed', { token: owner.token }), 403);
});

test('after the key that signs was replaced, old receipts still verify, and new ones name the new key', async () => {
  const [before, after] = [await createKey(rig), await createKey(rig)];
  await rig.call('DELETE', `/api/token/${before.id}`);
  const admin = await createAccount(rig, { role: 10 });
  refusalOf(await rig.call('POST', '/api/receipt/rotate_key', { token: admin.token }), 403);
  const { key_id } = dataOf(await rig.call('POST', '/api/receipt/rotate_key'));
  await rig.call('DELETE', `/api/token/${after.id}`);
  const keys = await publicKeys();
  const [old, fresh] = [await receiptOf(before.id), await receiptOf(after.id)];
  assert.notEqual(old.signature?.key_id, key_id);
  assert.equal(fresh.signature?.key_id, key_id);
  for (const signed of nonEmpty([old, fresh])) assert.equal(verifyReceipt(signed, keys), undefined);
  const rows = await rig.store.receipts.listKeys();
  assert.deepEqual(
    rows.map(({ sealed, retiredAt }) => [sealed === null, retiredAt === null]),
    [
      [true, false],
      [false, true],
    ],
  );
});

/** @returns the events of a followed deletion */
async function follow(ids: readonly number[], token = rig.rootToken, scope?: string) {
  const response = await fetch(`http://127.0.0.1:${rig.port}/api/token/deletion`, {
    method: 'POST',
    headers: { authorization: token, 'content-type': 'application/json' },
    body: JSON.stringify({ ids, scope }),
  });
  const lines = (await response.text()).trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { status: response.status, type: response.headers.get('content-type'), events };
}

test('a followed deletion tells the commit, and ends with the receipt of the key', async () => {
  const { id } = await createKey(rig);
  const { status, type, events } = await follow([id, 999_999]);
  assert.deepEqual([status, type], [202, 'application/x-ndjson']);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['committed', 'done'],
  );
  const [committed, done] = events;
  assert.deepEqual([committed?.ids, committed?.in_flight, done?.ids], [[id], 'abort', [id]]);
  assert.deepEqual(done?.receipt, await receiptOf(id));
  const again = await follow([id]);
  assert.deepEqual([again.status, again.events[0]?.success], [200, false]);
});

test('a followed deletion is about own keys, unless an administrator asks for those of other accounts', async () => {
  const account = await createAccount(rig);
  const { id } = await createKey(rig, {}, account.token);
  assert.equal((await follow([id])).events[0]?.success, false);
  assert.equal((await follow([id], account.token, 'managed')).status, 403);
  const { events } = await follow([id], rig.rootToken, 'managed');
  assert.deepEqual(events.at(-1)?.ids, [id]);
});

test('of several keys the end names the receipts, and every key is dead', async () => {
  const keys = [await createKey(rig), await createKey(rig), await createKey(rig)];
  const ids = keys.map(({ id }) => id);
  const { events } = await follow(ids);
  const done = events.at(-1);
  assert.deepEqual([done?.event, done?.ids, done?.receipt], ['done', ids, null]);
  const receiptIds = await Promise.all(ids.map(async (id) => (await receiptOf(id)).receipt.id));
  assert.deepEqual(done?.receipt_ids, receiptIds);
});

test('how many requests run with a key is for those who may see the key', async () => {
  const account = await createAccount(rig);
  const { id } = await createKey(rig, {}, account.token);
  const path = `/api/token/${id}/running`;
  const nodes = (running: number) => [
    { name: 'the node', node_id: '', running },
    { name: 'a silent node', node_id: 'silent', running: null },
  ];
  const expected = { running: 3, sockets: 1, jobs: 0, in_flight: 'abort', nodes: nodes(3) };
  assert.deepEqual(dataOf(await rig.call('GET', path, { token: account.token })), expected);
  assert.deepEqual(dataOf(await rig.call('GET', path)), expected);
  const stranger = await createAccount(rig);
  assert.equal((await rig.call('GET', path, { token: stranger.token })).json.success, false);
  const mine = await createKey(rig, {}, stranger.token);
  const of = async (ids: readonly number[], token?: string) =>
    dataOf(await rig.call('POST', '/api/token/running', { ...(token && { token }), body: { ids } }));
  const both = { running: 6, sockets: 2, jobs: 0, in_flight: 'abort', nodes: nodes(6) };
  assert.deepEqual(await of([id, mine.id, id]), both, 'root manages both accounts');
  assert.deepEqual(await of([id, mine.id], stranger.token), expected, 'the key of another is not counted');
  const none = { running: 0, sockets: 0, jobs: 0, in_flight: 'abort', nodes: [] };
  assert.deepEqual(await of([id], stranger.token), none);
});

test('so many keys that one question does not hold them are added up; a node that is silent once is not known', async () => {
  const asked: number[] = [];
  const services = {
    settings: settingsSchema.parse({}),
    running: async (subject: RunningSubject) => {
      const count = 'keyIds' in subject ? subject.keyIds.length : 0;
      asked.push(count);
      return [
        { name: 'a', nodeId: 'a', running: { running: count, sockets: 1 } },
        { name: 'b', nodeId: 'b', running: count < 400 ? undefined : { running: count, sockets: 0 } },
      ];
    },
  };
  const keyIds = Array.from({ length: 1000 }, (_, index) => index + 1);
  const { running, sockets, nodes } = await runningRecord(services, { keyIds });
  assert.deepEqual(asked, [400, 400, 200]);
  assert.deepEqual([running, sockets, nodes.map((node) => node.running)], [1000, 3, [1000, null]]);
});
