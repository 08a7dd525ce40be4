/** Secrets for browsers: the gateway's own, bound to one key, good for sockets alone, dead with the key. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { RealtimeSocket, refusal, says } from './socket.ts';

let gateway: Gateway;
before(async () => {
  gateway = await startGateway({ env: { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '1' } });
});
after(() => gateway.stop());

const sdk = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1` });
const mint = (value: string, body: OpenAI.Realtime.ClientSecretCreateParams = {}) =>
  sdk(value).realtime.clientSecrets.create(body);
const asBrowser = (secret: string) => ({ protocols: ['realtime', `openai-insecure-api-key.${secret}`] });

test('a browser opens a session with a secret or a key in its subprotocol, and is never shown it', async () => {
  const { value } = await gateway.createKey();
  const { value: secret, expires_at } = await mint(value);
  gateway.secret(secret);
  assert.ok(secret.startsWith('ek_'));
  assert.ok(expires_at > Date.now() / 1000 + 500);
  for (const credential of [secret, value]) {
    const { protocols } = asBrowser(credential);
    const browser = new WebSocket(
      `${gateway.url.replace('http', 'ws')}/v1/realtime?model=demo-realtime`,
      protocols,
    );
    const first = await new Promise<MessageEvent>((resolve) => browser.addEventListener('message', resolve));
    assert.equal(browser.protocol, 'realtime');
    assert.equal(JSON.parse(String(first.data)).type, 'session.created');
    const closed = new Promise((resolve) => browser.addEventListener('close', resolve));
    browser.close();
    await closed;
  }
});

test('the configuration of a secret begins its session, and its model is the only one', async () => {
  const { value } = await gateway.createKey();
  const session = { type: 'realtime', model: 'demo-realtime', instructions: 'Be brief.' } as const;
  const made = await mint(value, { session, expires_after: { anchor: 'created_at', seconds: 60 } });
  const client = await RealtimeSocket.open(gateway.url, undefined, { ...asBrowser(made.value), query: '' });
  client.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  const updated = (await client.sees('session.updated')) as unknown as { session: typeof session };
  assert.equal(updated.session.instructions, 'Be brief.');
  client.close();
  const other = await refusal(gateway.url, undefined, { ...asBrowser(made.value), query: 'model=other' });
  assert.deepEqual([other.status, other.code], [400, 'invalid_value']);
});

test('a secret that is forged, altered, expired or of another gateway opens nothing, and no secret is good for anything else', async () => {
  const { value } = await gateway.createKey();
  const { value: secret } = await mint(value, { expires_after: { anchor: 'created_at', seconds: 10 } });
  gateway.secret(secret);
  const stranger = await startGateway();
  const foreign = (
    await new OpenAI({
      apiKey: (await stranger.createKey()).value,
      baseURL: `${stranger.url}/v1`,
    }).realtime.clientSecrets.create({})
  ).value;
  await stranger.stop();
  const middle = secret.length >> 1;
  const altered = secret.slice(0, middle) + (secret[middle] === 'A' ? 'B' : 'A') + secret.slice(middle + 1);
  for (const wrong of nonEmpty([
    altered,
    foreign,
    'ek_halley_',
    `ek_halley_${'A'.repeat(80)}`,
    secret.slice(0, -4),
  ])) {
    const refused = await refusal(gateway.url, undefined, asBrowser(wrong));
    assert.deepEqual([refused.status, refused.code], [401, 'invalid_api_key'], wrong);
    assert.ok(!refused.text.includes(wrong));
  }
  await assert.rejects(sdk(secret).models.list(), { status: 401 });
  await assert.rejects(mint(secret), { status: 401 });
  const chat = { model: 'demo-chat', messages: [{ role: 'user' as const, content: 'hi' }] };
  await assert.rejects(sdk(secret).chat.completions.create(chat), { status: 401 });
});

test('a secret is dead with its key, and its sessions end with it', async () => {
  const key = await gateway.createKey();
  const { value: secret } = await mint(key.value);
  const client = await RealtimeSocket.open(gateway.url, undefined, asBrowser(secret));
  assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
  assert.equal(await client.closed(), 1008);
  assert.equal((await refusal(gateway.url, undefined, asBrowser(secret))).status, 401);
});

test('a secret is made only for what the key may use', async () => {
  const { value } = await gateway.createKey({ model_limits_enabled: true, model_limits: 'demo-chat' });
  const of = (session: object, more: object = {}) =>
    gateway.call('POST', '/v1/realtime/client_secrets', {
      token: `Bearer ${value}`,
      body: { session, ...more },
    });
  const code = async (answer: ReturnType<typeof of>) => {
    const { status, json } = await answer;
    return [status, (json?.error as { code: string } | undefined)?.code];
  };
  assert.deepEqual(await code(of({ model: 'demo-realtime' })), [403, 'model_not_allowed']);
  assert.deepEqual(await code(of({ model: 'demo-chat' })), [400, 'model_not_priced']);
  assert.deepEqual(await code(of({ type: 'transcription' })), [400, 'invalid_value']);
  assert.deepEqual(await code(of({ instructions: 'x'.repeat(10_000) })), [400, 'invalid_value']);
  assert.deepEqual(await code(of({}, { expires_after: { seconds: 7201 } })), [400, 'invalid_value']);
  assert.deepEqual(await code(of({ audio: { input: { transcription: { model: 'x' } } } })), [
    403,
    'model_not_allowed',
  ]);
});

test("a provider's sessions, calls and secrets are refused, and a plain request gets a hint to connect", async () => {
  const { value } = await gateway.createKey();
  for (const path of nonEmpty([
    'calls',
    'sessions',
    'transcription_sessions',
    'translations/client_secrets',
  ])) {
    const answer = await gateway.call('POST', `/v1/realtime/${path}`, { token: `Bearer ${value}`, body: {} });
    assert.equal(answer.status, 404);
    assert.match(answer.text, /"endpoint_not_offered"/);
    assert.match(answer.text, /client_secrets/);
  }
  const plain = await gateway.call('GET', '/v1/realtime?model=demo-realtime', { token: `Bearer ${value}` });
  assert.equal(plain.status, 426);
  assert.equal(plain.headers.get('upgrade'), 'websocket');
  // A link or form of any site could send a key in the query.
  const inQuery = await refusal(gateway.url, undefined, { query: `model=demo-realtime&key=${value}` });
  assert.equal(inQuery.status, 401);
  dataOf(await gateway.call('GET', '/api/user/self'));
});

/** As the console does: with an id of a key, and the session of the account. */
async function mintInPlayground(
  keyId: number,
  seconds: number,
): Promise<{ value: string; expires_at: number }> {
  const path = encodeURIComponent('/v1/realtime/client_secrets');
  const { status, text, json } = await gateway.call(
    'POST',
    `/api/playground?token_id=${keyId}&path=${path}`,
    {
      body: { expires_after: { anchor: 'created_at', seconds } },
    },
  );
  assert.equal(status, 200, text);
  return json as never;
}

test('a secret of the playground is good for a minute at most, and its records say where they come from', async () => {
  const key = await gateway.createKey();
  const { value, expires_at } = await mintInPlayground(key.id, 7200);
  gateway.secret(value);
  assert.ok(expires_at <= Date.now() / 1000 + 61);
  const client = await RealtimeSocket.open(gateway.url, undefined, asBrowser(value));
  client.send(says('hello'));
  client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  const done = (await client.sees('response.done')) as unknown as { response: { id: string } };
  client.close();
  const path = `/api/log/self?token_id=${key.id}&response_id=${done.response.id}`;
  const { items } = dataOf(await gateway.call('GET', path));
  assert.match(JSON.stringify(items), /\\"source\\":\\"playground\\"/);
});

test('a session of the playground is refused by an event, since a page cannot read the response to an upgrade', async () => {
  const key = await gateway.createKey();
  const { value } = await mintInPlayground(key.id, 60);
  gateway.secret(value);
  const open = { ...asBrowser(value), query: 'model=no-such-model' };
  const socket = new WebSocket(
    `${gateway.url.replace('http', 'ws')}/v1/realtime?${open.query}`,
    open.protocols,
  );
  const first = await new Promise<MessageEvent>((resolve) => socket.addEventListener('message', resolve));
  const { code } = await new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve));
  assert.equal(JSON.parse(String(first.data)).error.code, 'model_not_priced');
  assert.equal(code, 1008);
});
