/** Channels to Vertex AI, over a mock that verifies the assertion and accepts only the tokens that it issued. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { claudeEvents } from '../support/aws-events.ts';
import { startFakeProxy } from '../support/fake-proxy.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, startGateway } from '../support/gateway.ts';
import { type GoogleAccount, googleAccount } from '../support/google-tokens.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { json, pieces } from '../support/upstream-behaviours.ts';
import type { Behaviour, RecordedRequest } from '../support/upstream-exchange.ts';

const project = '/v1/projects/test-project/locations/europe-west1';
const claude = 'claude-sonnet-4-5@20250929';
const sse = { 'content-type': 'text/event-stream' };
const reply = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 2, totalTokenCount: 6 },
};
const message = {
  id: 'msg_vrtx_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'Grüße' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 11, output_tokens: 7 },
};

const gateway = await startGateway({ env: { HALLEY_UPSTREAMS_COOLDOWN_MS: '1' } });
after(() => gateway.stop());

interface Scene {
  readonly upstream: FakeUpstream;
  readonly google: GoogleAccount;
  readonly key: string;
  readonly keyId: number;
  readonly channelId: number;
  readonly name: string;
  /** Serves a path to requests with a token, and refuses others as Google does. */
  on(path: string, behaviour: Behaviour): void;
}

let scenes = 0;

async function scene(fields: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
  const upstream = await startFakeUpstream();
  after(() => upstream.close());
  const google = googleAccount(upstream.origin);
  const { private_key } = JSON.parse(google.keyFile) as { private_key: string };
  for (const line of nonEmpty(private_key.split('\n').filter((text) => text.length > 60)))
    gateway.secret(line);
  gateway.secret('ya29.issued-token');
  upstream.on('/token', google.issue);
  const name = `vertex-${++scenes}`;
  const channelId = await gateway.createChannel(`${upstream.origin}${project}`, {
    name,
    kind: 'vertex',
    protocols: ['gemini', 'anthropic', 'openai'],
    keys: [google.keyFile],
    models: [name],
    ...fields,
  });
  const { value: key, id: keyId } = await gateway.createKey();
  const on = (path: string, behaviour: Behaviour) =>
    upstream.on(path, (exchange) => {
      if (google.accepts(exchange)) return behaviour(exchange);
      const said = `Request had invalid credentials ${exchange.recorded.headers.authorization}`;
      return json({ error: { code: 401, message: said, status: 'UNAUTHENTICATED' } }, 401)(exchange);
    });
  return { upstream, google, key, keyId, channelId, name, on };
}

const requestsTo = ({ upstream }: Scene, path: string): readonly RecordedRequest[] =>
  upstream.requests.filter(({ url }) => url.startsWith(path));

const bodyOf = (request: RecordedRequest | undefined): unknown =>
  JSON.parse(request?.body().toString('utf8') ?? 'null');

const ask = (name: string) => ({
  model: name,
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Say hello' }],
});

test("Gemini's bytes pass untouched, and one token serves many requests", async () => {
  const made = await scene();
  const path = `${project}/publishers/google/models/${made.name}:`;
  made.on(`${path}generateContent`, json(reply));
  const rawBody = '{"contents" : [{"role":"user","parts":[{"text":"1.50"}]}]}';
  const send = () =>
    gateway.call('POST', `/v1beta/models/${made.name}:generateContent`, {
      token: made.key,
      rawBody,
      headers: { 'content-type': 'application/json' },
    });
  const responses = await Promise.all([send(), send(), send()]);
  for (const { json: value, text } of responses) assert.deepEqual(value, reply, text);
  for (const request of nonEmpty(requestsTo(made, path))) assert.equal(request.body().toString(), rawBody);
  assert.equal(made.google.tokens.length, 1);
  made.on(`${path}streamGenerateContent`, pieces([`data: ${JSON.stringify(reply)}\n\n`], 0, sse));
  const streamed = await gateway.call('POST', `/v1beta/models/${made.name}:streamGenerateContent?alt=sse`, {
    token: made.key,
    rawBody,
  });
  assert.match(streamed.text, /"text":"Hi"/);
  assert.equal(requestsTo(made, path).at(-1)?.url, `${path}streamGenerateContent?alt=sse`);
});

test('Claude: the envelope, the betas that Vertex knows, whole and as a stream', async () => {
  const made = await scene({ model_mapping: { 'vertex-2': claude }, protocols: ['anthropic'] });
  const path = `${project}/publishers/anthropic/models/${claude}`;
  made.on(`${path}:rawPredict`, json(message));
  const events = [...claudeEvents, { type: 'message_stop' }];
  const written = events.map(
    (each) => `event: ${(each as { type: string }).type}\ndata: ${JSON.stringify(each)}\n\n`,
  );
  made.on(`${path}:streamRawPredict`, pieces(written, 1, sse));
  const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: made.key, maxRetries: 0 });
  const headers = { 'anthropic-beta': 'files-api-2025-04-14, web-search-2025-03-05' };
  assert.deepEqual(await anthropic.messages.create(ask(made.name), { headers }), message);
  const seen: unknown[] = [];
  for await (const event of await anthropic.messages.create({ ...ask(made.name), stream: true }))
    seen.push(event);
  assert.deepEqual(seen, events);
  const [whole, stream] = requestsTo(made, path);
  const { model: _model, ...rest } = ask(made.name);
  assert.deepEqual(bodyOf(whole), { anthropic_version: 'vertex-2023-10-16', ...rest });
  assert.deepEqual(bodyOf(stream), { anthropic_version: 'vertex-2023-10-16', ...rest, stream: true });
  assert.equal(whole?.headers['anthropic-beta'], 'web-search-2025-03-05');
  assert.equal(stream?.headers['anthropic-beta'], undefined);
});

test('counting tokens for Claude names the model in the body, and no betas', async () => {
  const made = await scene({ protocols: ['anthropic'] });
  const path = `${project}/publishers/anthropic/models/count-tokens:rawPredict`;
  made.on(path, json({ input_tokens: 9 }));
  const { max_tokens: _max, ...body } = ask(made.name);
  const counted = await gateway.call('POST', '/v1/messages/count_tokens?beta=true', {
    token: made.key,
    body,
    headers: { 'anthropic-beta': 'web-search-2025-03-05' },
  });
  assert.deepEqual(counted.json, { input_tokens: 9 });
  const [request] = requestsTo(made, path);
  assert.deepEqual(bodyOf(request), { anthropic_version: 'vertex-2023-10-16', ...body });
  assert.equal(request?.headers['anthropic-beta'], undefined);
});

test("other models: chat completions at the endpoint of OpenAI's protocol", async () => {
  const made = await scene({ protocols: ['openai'] });
  const path = `${project}/endpoints/openapi/chat/completions`;
  made.on(path, json({ choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' } }] }));
  const response = await gateway.call('POST', '/v1/chat/completions', {
    token: made.key,
    body: ask(made.name),
  });
  assert.equal(response.status, 200, response.text);
  assert.equal(requestsTo(made, path).length, 1);
});

test('a token that Google no longer accepts is replaced, and neither it nor the key is shown', async () => {
  const made = await scene();
  const path = `${project}/publishers/google/models/`;
  made.on(path, json(reply));
  const send = () =>
    gateway.call('POST', `/v1beta/models/${made.name}:generateContent`, {
      token: made.key,
      body: { contents: [{ parts: [{ text: 'Hi' }] }] },
    });
  assert.equal((await send()).status, 200);
  let refusals = 0;
  made.upstream.on(path, (exchange) => {
    const { authorization = '' } = exchange.recorded.headers;
    if (authorization.endsWith('-2')) return json(reply)(exchange);
    refusals += 1;
    const error = {
      code: 403,
      message: `Denied: ${authorization} ${made.google.keyFile}`,
      status: 'PERMISSION_DENIED',
    };
    return json({ error }, 403)(exchange);
  });
  const refused = await send();
  assert.equal(refused.status, 502);
  assert.equal(refusals, 1);
  assert.equal((await send()).status, 200, 'with a token of its own');
  assert.equal(made.google.tokens.length, 2);
});

test('an account that Google refuses is the fault of the key, and the next channel serves', async () => {
  const refused = await scene();
  const other = googleAccount('http://127.0.0.1:1');
  refused.upstream.on('/token', json({ error: 'invalid_grant', error_description: 'Account deleted' }, 400));
  const spare = await scene({ models: [refused.name], priority: -1 });
  spare.on(`${project}/publishers/google/models/${refused.name}`, json(reply));
  const body = { contents: [{ parts: [{ text: 'Hi' }] }] };
  const path = `/v1beta/models/${refused.name}:generateContent`;
  const served = await gateway.call('POST', path, { token: refused.key, body });
  assert.equal(served.status, 200, served.text);
  await until(() =>
    gateway.logLines().some(({ outcome, channel }) => outcome === 'refused' && channel === refused.name),
  );
  assert.equal(other.tokens.length, 0);
});

test("errors of Google's reach the client in the shape of its protocol", async () => {
  const made = await scene({ protocols: ['anthropic'] });
  const error = { code: 400, message: 'Invalid value at messages', status: 'INVALID_ARGUMENT' };
  made.on(`${project}/publishers/anthropic/models/${made.name}`, json([{ error }], 400));
  const response = await gateway.call('POST', '/v1/messages', { token: made.key, body: ask(made.name) });
  assert.equal(response.status, 400);
  const { type, error: shown } = response.json as { type: string; error: Record<string, unknown> };
  assert.deepEqual(
    [type, shown.type, shown.message],
    ['error', 'invalid_request_error', 'Invalid value at messages'],
  );
});

test('an error that quotes the token reaches the client without it', async () => {
  const made = await scene();
  made.on(`${project}/publishers/google/models/${made.name}`, (exchange) => {
    const { authorization = '' } = exchange.recorded.headers;
    const error = { code: 400, message: `Not valid: ${authorization}.`, status: 'INVALID_ARGUMENT' };
    return json({ error }, 400)(exchange);
  });
  const response = await gateway.call('POST', `/v1beta/models/${made.name}:generateContent`, {
    token: made.key,
    body: { contents: [{ parts: [{ text: 'Hi' }] }] },
  });
  assert.equal(response.status, 400);
  assert.match(response.text, /Not valid: Bearer \[redacted\]\./);
});

test("a token request goes through the channel's proxy", async () => {
  const proxy = await startFakeProxy();
  after(() => proxy.close());
  const made = await scene({ proxy: `http://${proxy.address}` });
  made.on(project, json(reply));
  const response = await gateway.call('POST', `/v1beta/models/${made.name}:generateContent`, {
    token: made.key,
    body: { contents: [{ parts: [{ text: 'Hi' }] }] },
  });
  assert.equal(response.status, 200, response.text);
  assert.match(proxy.requests[0]?.sent().toString() ?? '', /^POST \/token /);
  assert.match(proxy.requests[1]?.sent().toString() ?? '', /^POST \/v1\/projects\//);
});

test('a request whose API key is deleted while its token is awaited is never sent', async () => {
  const made = await scene();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  made.upstream.on('/token', async (exchange) => {
    await held;
    return made.google.issue(exchange);
  });
  made.on(project, json(reply));
  const sent = gateway.call('POST', `/v1beta/models/${made.name}:generateContent`, {
    token: made.key,
    body: { contents: [{ parts: [{ text: 'Hi' }] }] },
  });
  await until(() => requestsTo(made, '/token').length === 1);
  const deleted = await gateway.call('DELETE', `/api/token/${made.keyId}`);
  assert.equal(deleted.json?.success, true);
  assert.equal((await sent).status, 401);
  release();
  await until(() => made.google.tokens.length === 1);
  const other = await gateway.createKey();
  const next = await gateway.call('POST', `/v1beta/models/${made.name}:generateContent`, {
    token: other.value,
    body: { contents: [{ parts: [{ text: 'Hi' }] }] },
  });
  assert.equal(next.status, 200, next.text);
  assert.equal(requestsTo(made, project).length, 1, 'only that of the other key');
});

test('the channel test works, and says why no token came', async () => {
  const made = await scene({ protocols: ['anthropic'] });
  made.on(`${project}/publishers/anthropic/models/`, json(message));
  const tested = async () => (await gateway.call('GET', `/api/channel/test/${made.channelId}`)).json;
  const good = await tested();
  assert.equal(good?.success, true, String(good?.message));
  const broken = await scene();
  broken.upstream.on('/token', json({ error: 'invalid_grant', error_description: 'Account deleted' }, 400));
  const failed = await gateway.call('GET', `/api/channel/test/${broken.channelId}`);
  assert.equal(failed.json?.success, false);
  assert.match(String(failed.json?.message), /invalid_grant: Account deleted/);
});

test('a token request goes through the guard against private addresses', async () => {
  const strict = await startGateway({ env: { HALLEY_UPSTREAMS_ALLOW_PRIVATE: 'false' } });
  const base_url = `https://europe-west1-aiplatform.googleapis.com${project}`;
  const fields = { name: 'v', kind: 'vertex', base_url, models: ['m'] };
  const inner = googleAccount('https://169.254.169.254').keyFile;
  const refused = await strict.call('POST', '/api/channel/', { body: { ...fields, keys: [inner] } });
  assert.match(refused.text, /token_uri/);
  assert.doesNotMatch(refused.text, /PRIVATE KEY/);
  const outer = googleAccount('https://oauth2.googleapis.com').keyFile;
  dataOf(await strict.call('POST', '/api/channel/', { body: { ...fields, keys: [outer] } }));
  await strict.stop();
});

test('a channel is refused for a key or address that cannot work', async () => {
  const { keyFile } = googleAccount('https://oauth2.googleapis.com');
  const base_url = `https://aiplatform.googleapis.com/v1/projects/p/locations/global`;
  const fields = { name: 'wrong', kind: 'vertex', base_url, keys: [keyFile], models: ['m'] };
  const create = (changed: object) =>
    gateway.call('POST', '/api/channel/', { body: { ...fields, ...changed } });
  assert.equal(dataOf(await create({})).base_url, base_url);
  assert.match((await create({ keys: ['AIzaSyPlainKey'] })).text, /key file/);
  assert.match(
    (await create({ base_url: 'https://aiplatform.googleapis.com/v1' })).text,
    /project and location/,
  );
  assert.match((await create({ kind: 'gemini' })).text, /visible ASCII/);
});
