/** Base URLs as providers document them, through the whole gateway: accepted, or refused with a suggestion. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chat } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

before(async () => {
  [upstream, gateway] = await Promise.all([startFakeUpstream(), startGateway()]);
  key = await gateway.createKey();
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** Creates a channel with a model of its own and sends a request to it. */
async function ask(suffix: string, fields: object = {}, path = '/v1/chat/completions') {
  const model = `m${suffix.replace(/\W+/g, '-')}${path.length}`;
  const id = await gateway.createChannel(upstream.origin + suffix, { models: [model], ...fields });
  const stream = chat(gateway.url, key.value, {
    body: { model, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] },
    path,
  });
  assert.equal((await stream.head()).status, 200);
  await stream.end();
  return { id, seen: upstream.requests.at(-1) };
}

test('a version path and a query in the base URL reach the upstream unchanged', async () => {
  for (const [suffix, url] of [
    ['', '/v1/chat/completions'],
    ['/v1', '/v1/chat/completions'],
    ['/v1/', '/v1/chat/completions'],
    ['/api/paas/v4', '/api/paas/v4/chat/completions'],
    ['/api/v3', '/api/v3/chat/completions'],
    ['/v1beta/openai', '/v1beta/openai/chat/completions'],
    ['/openai/v1', '/openai/v1/chat/completions'],
    ['/inference#', '/inference/chat/completions'],
    ['/team', '/team/v1/chat/completions'],
    [
      '/openai/deployments/gpt-4o?api-version=2024-10-21',
      '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
    ],
  ] as const) {
    assert.equal((await ask(suffix)).seen?.url, url);
  }
  assert.equal(
    (await ask('/anthropic/v1?a=b', {}, '/v1/messages?beta=true')).seen?.url,
    '/anthropic/v1/messages?a=b&beta=true',
  );
});

test('the channel test uses the same URL as requests', async () => {
  const { id, seen } = await ask('/api/paas/v4?a=b');
  assert.equal((await gateway.call('GET', `/api/channel/test/${id}`)).json?.success, true);
  assert.equal(upstream.requests.at(-1)?.url, seen?.url);
});

test('a channel without keys sends the credential of its extra headers', async () => {
  const fields = { keys: [], extra_headers: { 'api-key': 'azure-key' } };
  const { seen } = await ask('/openai/deployments/d?api-version=1', fields);
  assert.equal(seen?.headers['api-key'], 'azure-key');
  assert.equal(seen?.headers.authorization, undefined);
});

test('refuses the URL of any endpoint for a new channel, and suggests the base URL', async () => {
  const document = (await gateway.call('GET', '/api/openapi.json')).json as { paths: Record<string, object> };
  const endpoints = Object.keys(document.paths).filter((path) => /^\/v1(?!\/dashboard).*[^}]$/.test(path));
  assert.ok(endpoints.length > 10, `${endpoints}`);
  for (const path of nonEmpty(endpoints)) {
    const version = path.startsWith('/v1beta/openai/') ? '/v1beta/openai' : `/${path.split('/')[1]}`;
    const instead = upstream.origin + version;
    const body = { name: 'x', protocols: ['openai'], models: ['m'] };
    const written = upstream.origin + path.replace('{model}', 'gemini-2.5-flash');
    const refused = await gateway.call('POST', '/api/channel/', { body: { ...body, base_url: written } });
    assert.equal(refused.status, 400, path);
    assert.ok(refused.text.includes(`Write ${instead} instead.`), refused.text);
    dataOf(await gateway.call('POST', '/api/channel/', { body: { ...body, base_url: instead } }));
  }
});
