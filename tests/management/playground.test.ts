/** `POST /api/playground`: a model request with a key named by its id is the request of that key, in every respect. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { chat, streamed } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type ApiAnswer, dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { type Ask, asks, question } from './playground-asks.ts';

let gateway: Gateway;
let upstream: FakeUpstream;
const bodyBytesMax = 100_000;

before(async () => {
  upstream = await startFakeUpstream();
  const env = { HALLEY_KEYS_REVEAL: 'once', HALLEY_HTTP_BODY_BYTES_MAX: String(bodyBytesMax) };
  gateway = await startGateway({ env });
  await gateway.createChannel(upstream.origin, { models: ['test-model', 'other-model'] });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const playgroundPath = (id: number | string, path: string) =>
  `/api/playground?token_id=${id}&path=${encodeURIComponent(path)}`;

/** Sends the same request with the value of the key, and through the playground with its id. */
async function both(key: TestKey, { path = '/v1/chat/completions', body = question, ...more }: Ask = {}) {
  const given = { ...(more.rawBody === undefined ? { body } : { rawBody: more.rawBody }) };
  const { headers = {} } = more;
  const direct = await gateway.call('POST', path, { ...given, headers, token: `Bearer ${key.value}` });
  const played = await gateway.call('POST', playgroundPath(key.id, path), { ...given, headers });
  return { direct, played };
}

interface LogRow {
  readonly quota: number;
  readonly type: number;
  readonly token_id: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly ip: string;
  readonly other: string;
}

async function recordOf(requestId: string | null): Promise<LogRow> {
  let row: LogRow | undefined;
  await until(async () => {
    const page = dataOf(await gateway.call('GET', `/api/log/self?request_id=${requestId}`));
    [row] = page.items as LogRow[];
    return row !== undefined;
  });
  assert.ok(row);
  return row;
}

/** What must be the same of two records: all but their time, id and duration. */
function sameOf({ other, ...row }: LogRow) {
  const { source, frt, total_ms, ...detail } = JSON.parse(other) as Record<string, unknown>;
  const { quota, type, token_id, prompt_tokens, completion_tokens, ip } = row;
  return { quota, type, token_id, prompt_tokens, completion_tokens, ip, detail };
}

const withoutId = ({ text, headers }: ApiAnswer) => text.replaceAll(headers.get('x-request-id') ?? '', 'ID');

describe('an admitted request', () => {
  for (const [name, { behaviour, ...ask }] of nonEmpty(Object.entries(asks))) {
    it(`answers and charges ${name} as with the value of the key`, async () => {
      upstream.on('/v1', behaviour);
      const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
      const { direct, played } = await both(key, ask);
      assert.equal(direct.status, 200, direct.text);
      assert.equal(played.status, 200, played.text);
      assert.equal(played.text, direct.text);
      assert.equal(played.headers.get('content-type'), direct.headers.get('content-type'));
      const [one, other] = await Promise.all(
        [direct, played].map(({ headers }) => recordOf(headers.get('x-request-id'))),
      );
      assert.ok(one && other);
      assert.ok(one.quota > 0);
      assert.deepEqual(sameOf(other), sameOf(one));
      assert.equal(JSON.parse(one.other).source, '');
      assert.equal(JSON.parse(other.other).source, 'playground');
      const { remain_quota } = dataOf(await gateway.call('GET', `/api/token/${key.id}`));
      assert.equal(remain_quota, 1_000_000 - 2 * one.quota);
    });
  }

  it('may be a form with a file', async () => {
    upstream.on('/v1/images', upstreams.json({ data: [{ b64_json: 'QUJD' }] }));
    const key = await gateway.createKey();
    const body = new FormData();
    const file = 'x'.repeat(2 * bodyBytesMax);
    for (const [name, value] of Object.entries({ model: 'test-model', prompt: 'a cat' }))
      body.append(name, value);
    body.append('image', new Blob([file]), 'cat.png');
    const played = await fetch(gateway.url + playgroundPath(key.id, '/v1/images/edits'), {
      method: 'POST',
      headers: { authorization: gateway.token },
      body,
    });
    assert.equal(played.status, 200, await played.text());
    assert.ok(upstream.requests.at(-1)?.body().includes(file));
    assert.equal((await recordOf(played.headers.get('x-request-id'))).token_id, key.id);
  });

  it('keeps cookie and access token from the upstream', async () => {
    upstream.on('/v1', upstreams.chatAnswer());
    const key = await gateway.createKey();
    const headers = { cookie: 'halley_session=abc', 'x-api-key': 'a', 'x-forwarded-for': '192.0.2.9' };
    const played = await gateway.call('POST', playgroundPath(key.id, '/v1/chat/completions'), {
      body: question,
      headers,
    });
    assert.equal(played.status, 200, played.text);
    const sent = JSON.stringify(upstream.requests.at(-1)?.rawHeaders);
    for (const part of ['halley_session', gateway.token, '192.0.2.9']) assert.ok(!sent.includes(part), part);
  });

  it('may name the models that the key lists', async () => {
    const limited = { model_limits_enabled: true, model_limits: 'other-model' };
    for (const fields of [{}, limited, { unlimited_quota: false, remain_quota: 5 }]) {
      const key = await gateway.createKey(fields);
      const listed = await gateway.call('GET', '/v1/models', { token: `Bearer ${key.value}` });
      const shown = dataOf(await gateway.call('GET', `/api/token/${key.id}/models`));
      const ids = (models: unknown) => (models as { id: string }[]).map(({ id }) => id);
      assert.deepEqual(ids(shown.items), ids(listed.json?.data));
    }
  });

  it('ignores another key in its headers', async () => {
    upstream.on('/v1', upstreams.chatAnswer());
    const [key, other] = [await gateway.createKey(), await gateway.createKey()];
    const played = await gateway.call('POST', playgroundPath(key.id, '/v1/chat/completions'), {
      body: question,
      headers: { 'x-api-key': other.value, 'x-goog-api-key': other.value },
    });
    assert.equal((await recordOf(played.headers.get('x-request-id'))).token_id, key.id);
  });
});

/** Fields of a key, and a request that it may not make. */
const refused: Readonly<Record<string, readonly [fields: object, ask: Ask, code: RegExp]>> = {
  'a disabled key': [{ status: 2 }, {}, /invalid_api_key/],
  'an expired key': [{ expired_time: 1 }, {}, /invalid_api_key/],
  'an address that is not allowed': [{ allow_ips: '192.0.2.1' }, {}, /ip_not_allowed/],
  'a model that is not allowed': [
    { model_limits_enabled: true, model_limits: 'other-model' },
    {},
    /model_not_allowed/,
  ],
  'a used-up quota': [{ unlimited_quota: false, remain_quota: 0 }, {}, /pre_consume_token_quota_failed/],
  'a model that nobody offers': [{}, { body: { ...question, model: 'nowhere' } }, /model_not_found/],
  'a body that is no JSON': [{}, { rawBody: '{' }, /invalid_body/],
  'a body without a model': [{}, { body: {} }, /model_missing/],
  'a body that is too large': [
    {},
    { body: { ...question, user: 'x'.repeat(bodyBytesMax) } },
    /body_too_large/,
  ],
  'a path with nothing there': [{}, { path: '/v1/nothing' }, /path_not_found/],
  'a Messages request': [
    { status: 2 },
    { path: '/v1/messages', body: { ...question, max_tokens: 5 } },
    /authentication_error/,
  ],
};

describe('a refused request', () => {
  for (const [name, [fields, ask, code]] of nonEmpty(Object.entries(refused))) {
    it(`answers ${name} as with the value of the key`, async () => {
      const key = await gateway.createKey();
      dataOf(await gateway.call('PUT', '/api/token/', { body: { id: key.id, ...fields } }));
      const { direct, played } = await both(key, ask);
      assert.ok(direct.status >= 400, direct.text);
      assert.match(direct.text, code);
      assert.equal(played.status, direct.status);
      assert.equal(withoutId(played), withoutId(direct));
    });
  }

  it('counts against the same rate limit', async () => {
    upstream.on('/v1', upstreams.chatAnswer());
    const key = await gateway.createKey({ rpm_limit: 2 });
    const { direct, played } = await both(key);
    assert.deepEqual([direct.status, played.status], [200, 200]);
    const third = await gateway.call('POST', playgroundPath(key.id, '/v1/chat/completions'), {
      body: question,
    });
    assert.equal(third.status, 429, third.text);
  });

  it('refuses a chunk that is announced too large before it has arrived', async () => {
    const key = await gateway.createKey();
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${playgroundPath(key.id, '/v1/messages')} HTTP/1.1\r\nhost: x\r\nauthorization: ${gateway.token}\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n`,
    );
    await until(async () =>
      /^halley_requests_running 1$/m.test((await gateway.call('GET', '/metrics')).text),
    );
    socket.write(`${(bodyBytesMax + 1).toString(16)}\r\n`);
    const [answered] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    assert.match(String(answered), /^HTTP\/1.1 413 .*"type":"error"/s);
  });

  it('names what is wrong with the call itself', async () => {
    const key = await gateway.createKey();
    const send = async (query: string, token: string | undefined = gateway.token) => {
      const { status, json } = await gateway.call('POST', `/api/playground${query}`, {
        body: question,
        token,
      });
      assert.equal(json?.success, false);
      return `${status} ${json?.message}`;
    };
    const path = '&path=/v1/chat/completions';
    assert.match(await send(''), /400 The parameter "token_id" is missing/);
    assert.match(await send(`?token_id=x${path}`), /400 The parameter "token_id"/);
    assert.match(await send(`?token_id=${key.id}`), /400 The parameter "path" is missing/);
    for (const wrong of ['/api/token', 'v1/chat', 'https://x/v1', '/v1/\r\na', '/v1/é', '/console']) {
      assert.match(await send(`?token_id=${key.id}&path=${encodeURI(wrong)}`), /400 .*"path" must be/, wrong);
    }
    assert.match(await send(`?token_id=999999${path}`), /200 There is no such record/);
    assert.match(await send(`?token_id=${key.id}${path}`, 'no-token'), /401/);
    assert.match(await send(`?token_id=${key.id}${path}`, `Bearer ${key.value}`), /401/);
    assert.equal(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).used_quota, 0);
  });
});

let users = 0;

/** Signs in as a new account. */
async function signIn() {
  users += 1;
  const account = { username: `player${users}`, password: 'a-long-password' };
  const { id } = dataOf(
    await gateway.call('POST', '/api/user/', {
      body: { ...account, unlimited_quota: true },
    }),
  );
  const login = await gateway.call('POST', '/api/user/login', { body: account, token: undefined });
  const cookie = String(login.headers.get('set-cookie')?.split(';')[0]);
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  const key = dataOf(
    await gateway.call('POST', '/api/token/', {
      body: { name: 'k', unlimited_quota: true },
      token: undefined,
      headers,
    }),
  );
  return { userId: Number(id), keyId: Number(key.id), cookie, headers };
}

describe('a session', () => {
  it('plays with its own keys, and another account’s key does not exist', async () => {
    upstream.on('/v1', upstreams.chatAnswer());
    const [ana, ben] = [await signIn(), await signIn()];
    const send = (id: number) =>
      gateway.call('POST', playgroundPath(id, '/v1/chat/completions'), {
        body: question,
        token: undefined,
        headers: ana.headers,
      });
    assert.equal((await send(ana.keyId)).status, 200);
    const others = await send(ben.keyId);
    const unknown = await send(999_999);
    assert.equal(others.text, unknown.text);
    assert.equal(others.json?.success, false);
    const asRoot = await gateway.call('POST', playgroundPath(ana.keyId, '/v1/chat/completions'), {
      body: question,
    });
    assert.equal(asRoot.text, unknown.text);
  });

  it('is refused unless the request comes from the pages of the gateway', async () => {
    const { keyId, cookie } = await signIn();
    const before = upstream.requests.length;
    const foreign: readonly Readonly<Record<string, string>>[] = [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: `${gateway.url}.evil.example` },
      { 'sec-fetch-site': 'cross-site', origin: gateway.url },
      { 'sec-fetch-site': 'same-site' },
      { 'content-type': 'text/plain', origin: 'https://evil.example' },
    ];
    for (const headers of nonEmpty(foreign)) {
      const {
        status,
        json,
        headers: answered,
      } = await gateway.call('POST', playgroundPath(keyId, '/v1/chat/completions'), {
        body: question,
        token: undefined,
        headers: { cookie, ...headers },
      });
      assert.equal(status, 403, JSON.stringify(headers));
      assert.equal(json?.code, 'csrf');
      assert.equal(answered.get('access-control-allow-origin'), null);
    }
    assert.equal(upstream.requests.length, before);
  });
});

describe('a stream', () => {
  const play = (keyId: number, token: string, headers: Readonly<Record<string, string>> = {}) => {
    upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
    const path = playgroundPath(keyId, '/v1/chat/completions');
    return chat(gateway.url, token, { path, body: streamed, headers });
  };

  it('has ended with its reason when the deletion of the key is confirmed', async () => {
    const key = await gateway.createKey();
    const stream = play(key.id, gateway.token);
    await stream.sees('hello');
    assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
    assert.match(stream.text(), /key_revoked[^\n]*\}\}\n\n$/);
    assert.equal(upstream.requests.at(-1)?.state, 'aborted');
    const again = await gateway.call('POST', playgroundPath(key.id, '/v1/chat/completions'), {
      body: question,
    });
    assert.equal(again.json?.success, false);
    assert.ok(again.headers.has('x-halley-already-deleted'));
  });

  it('ends with its reason when its session ends', async () => {
    const { keyId, headers } = await signIn();
    const stream = play(keyId, '', { ...headers, authorization: '' });
    await stream.sees('hello');
    await gateway.call('GET', '/api/user/logout', { token: undefined, headers });
    assert.equal(await stream.end(), 'whole');
    assert.match(stream.text(), /session_ended[^\n]*\}\}\n\n$/);
    await until(() => upstream.requests.at(-1)?.state === 'aborted');
    const { status } = dataOf(await gateway.call('GET', `/api/admin/token/${keyId}`));
    assert.equal(status, 1, 'the key itself lives on');
  });

  it('ends with its reason when the access token is replaced', async () => {
    const { keyId, headers } = await signIn();
    const own = { token: undefined, headers };
    const token = String((await gateway.call('GET', '/api/user/token', own)).json?.data);
    const stream = play(keyId, token);
    await stream.sees('hello');
    assert.equal((await gateway.call('GET', '/api/user/token', own)).json?.success, true);
    assert.equal(await stream.end(), 'whole');
    assert.match(stream.text(), /session_ended/);
  });

  it('goes on while its session lasts, and stops at the upstream when the client leaves', async () => {
    const key = await gateway.createKey();
    upstream.on('/v1', upstreams.chatStream(12, 200));
    const path = playgroundPath(key.id, '/v1/chat/completions');
    const whole = chat(gateway.url, gateway.token, { path, body: streamed });
    assert.equal(await whole.end(), 'whole');
    assert.match(whole.text(), /word11 .*\[DONE\]/s);
    const left = play(key.id, gateway.token);
    await left.sees('hello');
    left.leave();
    await until(() => upstream.requests.at(-1)?.state === 'aborted');
  });
});
