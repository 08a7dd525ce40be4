/** The MCP server, driven by the SDK's own client over HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/platform/limits.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { connectMcp, dataOfTool, refusalOfTool } from './mcp-client.ts';
import { createAccount, createKey, dataOf, refusalOf, signIn, useRig } from './rig.ts';

const rig = useRig({ settings: { mcp: { enabled: true }, public_url: 'https://gateway.example' } });

const isKept = async (id: number) => (await rig.store.findKeyById(id)) !== undefined;

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};
const accept = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
const post = (body: unknown, headers: object = {}, token: string | null = rig.rootToken) =>
  rig.call('POST', '/mcp', { body, headers: { ...accept, ...headers }, token });

test('the tools say which of them change something, and which destroy', async (t) => {
  const mcp = await connectMcp(t, rig);
  const { tools } = await mcp.client.listTools();
  assert.deepEqual(
    tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint, annotations?.destructiveHint]),
    [
      ['list_keys', true, undefined],
      ['create_key', undefined, false],
      ['key_usage', true, undefined],
      ['delete_key', undefined, true],
    ],
  );
  assert.match(mcp.client.getInstructions() ?? '', /500,000 units = 1 USD/);
});

test('create shows the value once, as the management API does; lists and usage never show it', async (t) => {
  const mcp = await connectMcp(t, rig);
  const made = await mcp.tool('create_key', { name: 'by an agent', unlimited_quota: true });
  const { key } = dataOfTool(made) as { key: { id: number; key: string } };
  assert.match(key.key, /^sk-\w{48}$/);
  const listed = await mcp.tool('list_keys', { name: 'by an agent' });
  const { keys, total } = dataOfTool(listed) as { keys: { id: number; hint: string }[]; total: number };
  assert.deepEqual([total, keys[0]?.id], [1, key.id]);
  assert.equal(keys[0]?.hint, `${key.key.slice(0, 7)}…${key.key.slice(-4)}`);
  const usage = dataOfTool(await mcp.tool('key_usage', { id: key.id }));
  assert.deepEqual((usage.running as { running: number }).running, 3);
  assert.equal((usage.usage as { requests: number }).requests, 0);
  for (const text of [listed, usage, rig.logged()].map((each) => JSON.stringify(each))) {
    assert.ok(!text.includes(key.key.slice(3, 40)), text);
  }
});

test('what the management API refuses, the tools refuse in its words', async (t) => {
  const mcp = await connectMcp(t, rig);
  const fields = { name: 'x', group: 'no-such-group' };
  const refused = refusalOf(await rig.call('POST', '/api/token/', { body: fields }), 200);
  assert.equal(refusalOfTool(await mcp.tool('create_key', fields)), refused);
  assert.match(refusalOfTool(await mcp.tool('create_key', { user_id: 1 })), /user_id/);
});

test("another account's key looks as if it did not exist, also to an administrator, for every tool", async (t) => {
  const [ana, bob] = [await createAccount(rig), await createAccount(rig, { role: 10 })];
  const { id } = await createKey(rig, { name: 'of ana' }, ana.token);
  const mcp = await connectMcp(t, rig, bob.token);
  for (const tool of ['key_usage', 'delete_key']) {
    const unknown = refusalOfTool(await mcp.tool(tool, { id: 987_654 }));
    assert.equal(refusalOfTool(await mcp.tool(tool, { id })), unknown, tool);
  }
  assert.equal(dataOfTool(await mcp.tool('list_keys')).total, 0);
  assert.ok(await isKept(id));
});

test('a client that cannot ask gets a confirmation that names the key, and deletes with it', async (t) => {
  const [{ id }, other] = [await createKey(rig, { name: 'doomed' }), await createKey(rig)];
  const mcp = await connectMcp(t, rig);
  assert.equal(mcp.transport.sessionId, undefined);
  const first = dataOfTool(await mcp.tool('delete_key', { id }));
  assert.equal(first.deleted, false);
  assert.equal((first.key as { name: string }).name, 'doomed');
  const confirmation = String(first.confirmation);
  assert.match(confirmation, new RegExp(`^delete-${id}-`));
  assert.ok(await isKept(id));
  for (const [wrong, key] of [
    [confirmation, other.id],
    [confirmation.replace(`-${id}-`, `-${other.id}-`), other.id],
    [confirmation.replace(/-\d+-(?=[\w-]{43}$)/, '-99999999999-'), id],
    [`${confirmation.slice(0, -1)}${confirmation.endsWith('A') ? 'B' : 'A'}`, id],
    ['yes', id],
    ['', id],
  ] as const) {
    const said = refusalOfTool(await mcp.tool('delete_key', { id: key, confirmation: wrong }));
    assert.match(said, /not valid for this key/, wrong);
  }
  assert.deepEqual([await isKept(id), await isKept(other.id)], [true, true]);
  const second = dataOfTool(await mcp.tool('delete_key', { id, confirmation }));
  assert.equal(second.deleted, true);
  assert.match(String(second.effect), /dead on every node/);
  assert.equal(await isKept(id), false);
  assert.match(refusalOfTool(await mcp.tool('delete_key', { id, confirmation })), /no such record/);
});

test('a confirmation dies after a minute, and is of one access token', async (t) => {
  const { id } = await createKey(rig);
  const ana = await createAccount(rig);
  const own = await createKey(rig, {}, ana.token);
  const mcp = await connectMcp(t, rig);
  const others = await connectMcp(t, rig, ana.token);
  const { confirmation } = dataOfTool(await mcp.tool('delete_key', { id }));
  const foreign = dataOfTool(await others.tool('delete_key', { id: own.id }));
  assert.match(
    refusalOfTool(await mcp.tool('delete_key', { id, confirmation: foreign.confirmation })),
    /not valid/,
  );
  rig.clock.advance((limits.mcp_confirmation_s - 1) * 1000);
  const still = dataOfTool(
    await others.tool('delete_key', { id: own.id, confirmation: foreign.confirmation }),
  );
  assert.equal(still.deleted, true);
  rig.clock.advance(1000);
  assert.match(refusalOfTool(await mcp.tool('delete_key', { id, confirmation })), /older than a minute/);
  assert.ok(await isKept(id));
});

test('a client that can ask its user deletes only after a clear yes', async (t) => {
  const { id } = await createKey(rig, { name: 'asked about' });
  const answers = [
    { action: 'decline' as const },
    { action: 'cancel' as const },
    { action: 'accept' as const, content: { delete: false } },
    { action: 'accept' as const, content: {} },
    { action: 'accept' as const, content: { delete: true } },
  ];
  const questions: string[] = [];
  const mcp = await connectMcp(t, rig, rig.rootToken, async (question) => {
    questions.push(question);
    return answers[questions.length - 1] ?? { action: 'cancel' };
  });
  assert.ok(mcp.transport.sessionId);
  for (const answer of nonEmpty(answers.slice(0, -1))) {
    const kept = dataOfTool(await mcp.tool('delete_key', { id }));
    assert.deepEqual([kept.deleted, kept.confirmation], [false, undefined], JSON.stringify(answer));
    assert.ok(await isKept(id));
  }
  const gone = dataOfTool(await mcp.tool('delete_key', { id }));
  assert.match(String(gone.effect), /dead on every node/);
  assert.equal(await isKept(id), false);
  assert.match(questions[0] ?? '', new RegExp(`"asked about" \\(sk-.*, id ${id}\\)`));
});

test('a user who does not answer within the minute has said no', async (t) => {
  const { id } = await createKey(rig);
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const mcp = await connectMcp(t, rig, rig.rootToken, async () => {
    asked.resolve();
    await answered.promise;
    return { action: 'accept', content: { delete: true } };
  });
  const deleting = mcp.tool('delete_key', { id });
  await asked.promise;
  rig.clock.advance(limits.mcp_confirmation_s * 1000);
  assert.match(String(dataOfTool(await deleting).reason), /did not answer/);
  answered.resolve();
  assert.equal(dataOfTool(await mcp.tool('list_keys', { page_size: 1 })).page, 1);
  assert.ok(await isKept(id));
});

test('an answer that comes with a token which was replaced meanwhile deletes nothing', async (t) => {
  const ana = await createAccount(rig);
  const { id } = await createKey(rig, {}, ana.token);
  const mcp = await connectMcp(t, rig, ana.token, async () => {
    const reply = await rig.call('GET', '/api/user/token', { token: ana.token });
    assert.equal(reply.json.success, true, reply.text);
    return { action: 'accept', content: { delete: true } };
  });
  const refused = Promise.withResolvers<void>();
  mcp.client.onerror = () => refused.resolve();
  const deleting = mcp.tool('delete_key', { id });
  await refused.promise;
  rig.clock.advance(limits.mcp_confirmation_s * 1000);
  assert.match(String(dataOfTool(await deleting).reason), /did not answer/);
  assert.ok(await isKept(id));
});

test('the audit log says that an act came by MCP, with which token and from where', async (t) => {
  const ana = await createAccount(rig);
  const mcp = await connectMcp(t, rig, ana.token);
  const made = dataOfTool(await mcp.tool('create_key', { name: 'audited' })) as { key: { id: number } };
  const { confirmation } = dataOfTool(await mcp.tool('delete_key', { id: made.key.id }));
  await mcp.tool('delete_key', { id: made.key.id, confirmation });
  const page = dataOf(await rig.call('GET', '/api/audit/self', { token: ana.token }));
  const entries = (page.items as Record<string, unknown>[]).filter(
    ({ object_type }) => object_type === 'key',
  );
  assert.deepEqual(
    entries.map((entry) => [entry.action, entry.credential, entry.object_id, entry.address]),
    ['deleted', 'created'].map((action) => [action, 'mcp', made.key.id, '127.0.0.1']),
  );
  for (const { credential_id, request_id } of nonEmpty(entries)) {
    assert.match(String(credential_id), /^[0-9a-f]{8}$/);
    assert.notEqual(request_id, '');
  }
});

test('without a valid access token, from a page, or with a cookie alone nothing is answered', async () => {
  refusalOf(await post(initialize, {}, null), 401);
  refusalOf(await post(initialize, {}, 'x'.repeat(43)), 401);
  const cookie = await signIn(rig, 'root', rig.rootPassword);
  refusalOf(await post(initialize, { cookie, 'sec-fetch-site': 'same-origin' }, null), 401);
  const host = `127.0.0.1:${rig.port}`;
  // The last but one is what a page sends whose name was made to lead to this machine (DNS rebinding).
  for (const origin of [
    'http://evil.example',
    'null',
    `http://${host}`,
    'https://gateway.example.evil.example',
  ]) {
    refusalOf(await post(initialize, { origin }), 403, /another origin/);
  }
  assert.equal((await post(initialize, { origin: 'https://gateway.example' })).status, 200);
});

test('a body that is too large, a batch and what is no message are refused', async () => {
  refusalOf(await post({ ...initialize, more: 'x'.repeat(limits.management_body_bytes_max) }), 413);
  refusalOf(await post([initialize, initialize]), 400, /object/);
  assert.equal((await post({ no: 'message' })).status, 400);
  const get = await rig.call('GET', '/mcp');
  refusalOf(get, 405);
  assert.equal(get.headers.allow, 'DELETE, POST');
});

test('a session is of its access token, and ends on request, by itself and when there are too many', async (t) => {
  const begin = async () => {
    const mcp = await connectMcp(t, rig, rig.rootToken, async () => ({ action: 'cancel' }));
    return { 'mcp-session-id': String(mcp.transport.sessionId) };
  };
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  const session = await begin();
  const { token } = await createAccount(rig);
  refusalOf(await post(list, session, token), 404, /session has ended/);
  refusalOf(await rig.call('DELETE', '/mcp', { headers: session, token }), 404);
  const end = async (headers: object) =>
    (await rig.call('DELETE', '/mcp', { headers: { ...headers } })).status;
  assert.equal(await end(session), 200);
  refusalOf(await post(list, session), 404);
  const idle = await begin();
  rig.clock.advance(limits.mcp_session_idle_ms);
  refusalOf(await post(list, idle), 404);
  const sessions = [];
  for (let count = 0; count <= limits.mcp_sessions_of_token_max; count += 1) sessions.push(await begin());
  const [first = {}, second = {}] = sessions;
  assert.deepEqual([await end(first), await end(second)], [404, 200]);
});
