/** Azure OpenAI: paths by deployment and of the v1 API, keys, and tokens of Microsoft Entra. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { chatAnswer, choose, json } from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;
const secret = 'entra-secret-0123456789';
/** Tokens issued so far; the last is valid. */
const tokens: string[] = [];

before(async () => {
  upstream = await startFakeUpstream();
  upstream.on(
    '/tenant-1/oauth2/v2.0/token',
    choose((_, body) => {
      const form = new URLSearchParams(body.toString());
      const isRight =
        form.get('grant_type') === 'client_credentials' &&
        form.get('client_id') === 'app' &&
        form.get('client_secret') === secret &&
        form.get('scope') === 'https://cognitiveservices.azure.com/.default';
      if (!isRight) return json({ error: 'invalid_client' }, 401);
      const token = `entra-token-${tokens.length}-0123456789`;
      tokens.push(token);
      return json({ token_type: 'Bearer', access_token: token, expires_in: 3599 });
    }),
  );
  upstream.on(
    '/',
    choose(({ recorded: { headers } }) => {
      const known = headers['api-key'] === 'azure-key' || headers.authorization === `Bearer ${tokens.at(-1)}`;
      return known ? chatAnswer() : json({ error: { code: '401', message: 'Access denied' } }, 401);
    }),
  );
  gateway = await startGateway();
  gateway.secret(secret);
  key = await gateway.createKey();
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const azure = (fields: Readonly<Record<string, unknown>>) =>
  gateway.createChannel(upstream.origin, {
    kind: 'azure',
    protocols: ['openai'],
    keys: ['azure-key'],
    ...fields,
  });

const send = (model: string) =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  });

const application = (fields: object = {}) =>
  JSON.stringify({
    tenant_id: 'tenant-1',
    client_id: 'app',
    client_secret: secret,
    authority_host: upstream.origin,
    ...fields,
  });

test('each form of base URL leads to its path, with the key in a header of its own', async () => {
  const forms = {
    v1: ['/openai/v1', '/openai/v1/chat/completions'],
    deployment: [
      '?api-version=2024-10-21',
      '/openai/deployments/gpt%204/chat/completions?api-version=2024-10-21',
    ],
    named: [
      '/openai/deployments/NAME?api-version=2024-10-21',
      '/openai/deployments/NAME/chat/completions?api-version=2024-10-21',
    ],
  };
  for (const [model, [base, path]] of nonEmpty(Object.entries(forms))) {
    await azure({ base_url: upstream.origin + base, models: [model], model_mapping: { [model]: 'gpt 4' } });
    const response = await send(model);
    assert.equal(response.status, 200, await response.text());
    const sent = upstream.requests.at(-1);
    assert.equal(sent?.url, path);
    assert.equal(sent?.headers['api-key'], 'azure-key');
    assert.equal(sent?.headers.authorization, undefined);
    assert.equal(JSON.parse(sent?.body().toString() ?? '').model, 'gpt 4');
  }
});

test('an application of Entra gets one token for many requests, and a new one when it is refused', async () => {
  const id = await azure({
    base_url: `${upstream.origin}/openai/v1`,
    models: ['entra'],
    keys: [application()],
  });
  for (let index = 0; index < 3; index += 1) assert.equal((await send('entra')).status, 200);
  assert.equal(tokens.length, 1);
  // It is not valid any more, though its time is not over.
  tokens.push('revoked-by-another-token');
  await send('entra');
  assert.equal((await send('entra')).status, 200);
  assert.equal(tokens.length, 3);
  const tested = await gateway.call('GET', `/api/channel/test/${id}`);
  assert.equal(tested.json?.success, true, tested.text);
  assert.ok(!(await gateway.call('GET', `/api/channel/${id}`)).text.includes(secret));
});

test('a base URL or key that cannot work is refused when it is set', async () => {
  const create = (fields: object) =>
    gateway.call('POST', '/api/channel/', {
      body: { name: 'a', kind: 'azure', models: ['m'], base_url: `${upstream.origin}/openai/v1`, ...fields },
    });
  const wrong = [
    [{ base_url: upstream.origin }, /api-version/],
    [{ keys: ['{"tenant_id":'] }, /no JSON/],
    [{ keys: [application({ client_secret: undefined })] }, /client_secret/],
    [{ keys: [application({ tenant_id: '../elsewhere' })] }, /tenant_id/],
    [{ keys: [application({ authority_host: 'nowhere' })] }, /authority_host/],
    [{ keys: ['a key'] }, /spaces/],
  ] as const;
  for (const [fields, message] of nonEmpty(wrong)) {
    const { json: refused } = await create(fields);
    assert.equal(refused?.success, false);
    assert.match(String(refused?.message), message);
  }
  dataOf(await create({ keys: [application()] }));
});
