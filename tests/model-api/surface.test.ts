/** The model paths over real HTTP: accepted authentication headers, and the format of refusals. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { limits } from '../../src/platform/limits.ts';
import { deleteKey, endless, startDemoGateway } from '../clients/demo-gateway.ts';
import { type ApiAnswer, dataOf } from '../support/gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());
const key = await gateway.createKey();

const model = 'demo-chat';
const chat = { model, messages: [{ role: 'user', content: 'Hello there' }] };
const contents = { contents: [{ parts: [{ text: 'Hello there' }] }] };
const endpoints: readonly [string, object][] = [
  ['/v1/chat/completions', chat],
  ['/v1/messages', { ...chat, max_tokens: 10 }],
  ['/v1/responses', { model, input: 'Hello there' }],
  [`/v1beta/models/${model}:generateContent`, contents],
];
const everyForm = (value: string, path: string): readonly [Record<string, string>, string][] => [
  [{ authorization: `Bearer ${value}` }, ''],
  [{ authorization: `bearer ${value}` }, ''],
  [{ authorization: value }, ''],
  [{ authorization: value.slice('sk-'.length) }, ''],
  [{ 'x-api-key': value }, ''],
  [{ 'x-goog-api-key': value }, ''],
  ...(path.startsWith('/v1beta') ? [[{}, `?key=${value}`] satisfies [object, string]] : []),
  [{ 'mj-api-secret': value }, ''],
  [{ 'mj-api-secret': value, authorization: 'midjourney-proxy' }, ''],
  [{ 'sec-websocket-protocol': `realtime, openai-insecure-api-key.${value}` }, ''],
];
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  gateway.call('POST', path, { body, headers, token: undefined });

interface ErrorShape {
  readonly error: Readonly<Record<string, unknown>>;
  readonly request_id?: string;
}
const shapeOf = (answer: ApiAnswer) => answer.json as unknown as ErrorShape;

test('accepts a key in every place that the path allows, and in none after its deletion', async () => {
  const doomed = await gateway.createKey();
  const statuses = async () => {
    const seen: number[] = [];
    for (const [path, body] of endpoints) {
      for (const [headers, query] of everyForm(doomed.value, path)) {
        seen.push((await post(path + query, body, headers)).status);
      }
    }
    return seen;
  };
  const alive = await statuses();
  assert.deepEqual(
    alive,
    alive.map(() => 200),
  );
  await deleteKey(gateway, doomed);
  const dead = await statuses();
  assert.deepEqual(
    dead,
    dead.map(() => 401),
  );
});

test('with several keys only the one of highest precedence counts', async () => {
  const dead = await gateway.createKey();
  await deleteKey(gateway, dead);
  const living = { authorization: `Bearer ${key.value}` };
  assert.equal(
    (await post('/v1/chat/completions', chat, { ...living, 'x-api-key': dead.value })).status,
    401,
  );
  const generate = `/v1beta/models/${model}:generateContent`;
  assert.equal((await post(`${generate}?key=${dead.value}`, contents, living)).status, 401);
  const weaker = { 'x-goog-api-key': key.value, authorization: `Bearer ${dead.value}` };
  assert.equal((await post('/v1/chat/completions', chat, weaker)).status, 200);
});

test("a refusal has the format of the path's protocol, and one request id in header and text", async () => {
  for (const [path, body] of endpoints) {
    const answer = await post(path, body);
    const { error, request_id } = shapeOf(answer);
    const id = answer.headers.get('x-request-id');
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    assert.ok(id && String(error.message).endsWith(`(request id: ${id})`), answer.text);
    if (path.startsWith('/v1beta')) assert.equal(error.status, 'UNAUTHENTICATED');
    else if (path === '/v1/messages')
      assert.deepEqual([error.type, request_id], ['authentication_error', id]);
    else assert.equal(error.code, 'invalid_api_key');
  }
});

test('unknown paths are 404 and wrong methods 405 with Allow, in the format of the protocol', async () => {
  const paths: [string, string, number, string | null][] = [
    ['GET', '/v1', 404, null],
    ['POST', '/v1/nothing', 404, null],
    ['POST', '/v1//chat/completions', 404, null],
    ['POST', '/v1beta/models/m:nothing', 404, null],
    ['GET', '/v1/chat/completions', 405, 'POST'],
    ['GET', '/v1beta/models/m:generateContent', 405, 'POST'],
    ['DELETE', '/v1/models/m', 405, 'GET, HEAD'],
  ];
  for (const [method, path, status, allow] of paths) {
    const answer = await gateway.call(method, path, { token: key.value });
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get('allow'), allow, path);
    assert.equal(typeof shapeOf(answer).error.message, 'string');
  }
});

test('refuses a body that names two models before it reaches an upstream', async () => {
  const limited = await gateway.createKey({ model_limits_enabled: true, model_limits: 'demo-embedding' });
  const bodies = [
    '"model":"demo-embedding","model":"demo-chat"',
    '"model":"demo-embedding","Model":"demo-chat"',
  ];
  for (const names of bodies) {
    const rawBody = `{${names},"messages":[{"role":"user","content":"x"}]}`;
    const answer = await gateway.call('POST', '/v1/chat/completions', { rawBody, token: limited.value });
    assert.equal(answer.status, 400);
    assert.equal(shapeOf(answer).error.param, 'model');
  }
});

test('a Gemini array whose key is deleted still parses, and ends with the error', async () => {
  const doomed = await gateway.createKey();
  const response = await fetch(`${gateway.url}/v1beta/models/${model}:streamGenerateContent`, {
    method: 'POST',
    headers: { 'x-goog-api-key': doomed.value },
    body: JSON.stringify({ ...contents, ...endless }),
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const before = text.length;
    text += decoder.decode(chunk, { stream: true });
    if (before === 0) await deleteKey(gateway, doomed);
  }
  const elements = JSON.parse(text) as { error?: { code: number } }[];
  assert.equal(elements.at(-1)?.error?.code, 401);
  assert.ok(elements.length > 1);
});

test('tells clients not to repeat what a retry cannot cure, on every kind of path', async () => {
  for (const [path, body] of endpoints) {
    const answer = await post(path, body, { authorization: 'Bearer sk-unknown' });
    assert.equal(answer.status, 401, path);
    assert.equal(answer.headers.get('x-should-retry'), 'false', path);
  }
  const unknownModel = await post('/v1/messages', { ...chat, model: 'none' }, { 'x-api-key': key.value });
  assert.equal(unknownModel.status, 404);
  assert.equal(unknownModel.headers.get('x-should-retry'), 'false');
});

test('says which endpoints of the providers it does not serve, and does not blame the base URL', async () => {
  const headers = { authorization: `Bearer ${key.value}` };
  const paths = ['/v1/audio/voices', '/v1/vector_stores', '/v1beta/models/m:predict'];
  for (const path of paths) {
    const answer = await post(path, {}, headers);
    assert.equal(answer.status, 404, path);
    assert.match(JSON.stringify(answer.json), /does not serve this endpoint/, path);
  }
  const unknown = await post('/v1/chat/complete', {}, headers);
  assert.match(JSON.stringify(unknown.json), /Check the base URL/);
});

test('an account without a limit shows the largest quota as its own, and an empty page of tasks', async () => {
  const { quota, unlimited_quota } = dataOf(await gateway.call('GET', '/api/user/self'));
  assert.deepEqual([quota, unlimited_quota], [limits.quota_units_max, true]);
  const tasks = dataOf(await gateway.call('GET', '/api/task/self?p=2&page_size=7'));
  assert.deepEqual(tasks, { page: 2, page_size: 7, total: 0, items: [] });
});
