/** Model requests from pages of other origins in a browser, with the published clients. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { chatAnswer, hangBeforeHeaders, inTurn } from '../support/upstream-behaviours.ts';
import { BlockedError, openPage } from './browser.ts';

const origin = 'https://app.example';
const env = { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '0', HALLEY_HTTP_BODY_BYTES_MAX: '4000' };
const [gateway, openToAll, closed] = await Promise.all([
  startGateway({ env: { ...env, HALLEY_HTTP_CORS_ORIGINS: `http://localhost:5173,${origin}` } }),
  startGateway({ env: { ...env, HALLEY_HTTP_CORS_ORIGINS: '*' } }),
  startGateway({ env }),
]);
after(() => Promise.all([gateway.stop(), openToAll.stop(), closed.stop()]));

const model = 'demo-chat';
const messages = [{ role: 'user' as const, content: 'Hello there' }];
const chat = JSON.stringify({ model, messages });

function openaiOn(page: typeof fetch, target: Gateway, apiKey: string) {
  const baseURL = `${target.url}/v1`;
  return new OpenAI({ apiKey, baseURL, fetch: page, maxRetries: 0, dangerouslyAllowBrowser: true });
}

for (const [how, target] of [
  ['an origin of the list', gateway],
  ['any origin', openToAll],
] as const) {
  test(`the published clients work on a page of ${how}`, async () => {
    const key = await target.createKey();
    const page = openPage(origin);
    const openai = openaiOn(page.fetch, target, key.value);
    const { choices } = await openai.chat.completions.create({ model, messages });
    assert.match(choices[0]?.message.content ?? '', /Hello there/);
    const stream = await openai.chat.completions.create({ model, messages, stream: true });
    let chunks = 0;
    for await (const _chunk of stream) chunks += 1;
    assert.ok(chunks > 2);
    assert.ok((await openai.models.list()).data.length > 0);
    const anthropic = new Anthropic({
      apiKey: key.value,
      baseURL: target.url,
      fetch: page.fetch,
      maxRetries: 0,
      dangerouslyAllowBrowser: true,
    });
    const message = await anthropic.messages.create({ model, messages, max_tokens: 50 });
    assert.equal(message.role, 'assistant');
    const google = await page.fetch(`${target.url}/v1beta/models/${model}:generateContent`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-goog-api-key': key.value,
        'x-goog-api-client': 'google-genai-sdk/1',
        'x-server-timeout': '5',
        'user-agent': 'google-genai-sdk/1',
      },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'Hello there' }] }] }),
    });
    assert.equal(google.status, 200);
    assert.ok(page.preflights.length >= 5);
  });
}

test('a page can read errors, request ids and limits', async () => {
  const page = openPage(origin);
  const dead = openaiOn(page.fetch, gateway, 'sk-dead').chat.completions.create({ model, messages });
  await assert.rejects(dead, (error: unknown) => {
    assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
    assert.match(error.requestID ?? '', /^[0-9a-z]{25}$/);
    return true;
  });
  const key = await gateway.createKey({ rpm_limit: 1, tpm_limit: 100_000 });
  const send = (body: string, path = '/v1/chat/completions') =>
    page.fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key.value}` },
      body,
    });
  const first = await send(chat);
  assert.equal(first.status, 200);
  assert.equal(first.headers.get('x-ratelimit-limit-requests'), '1');
  assert.ok(first.headers.get('x-ratelimit-remaining-tokens'));
  const limited = await send(chat);
  assert.equal(limited.status, 429);
  assert.ok(Number(limited.headers.get('retry-after')) >= 1);
  const claude = await send(JSON.stringify({ model, messages, max_tokens: 5 }), '/v1/messages');
  assert.equal(claude.status, 429);
  assert.equal(claude.headers.get('anthropic-ratelimit-requests-limit'), '1');
  assert.ok(claude.headers.get('request-id'));
  assert.equal((await send('x'.repeat(5000))).status, 413);
  assert.equal((await send('{')).status, 400);
  assert.equal((await send('{}', '/v1/nothing')).status, 404);
  assert.equal((await send('{}', '/v1/models')).status, 405);
});

test('a page can read the response to a request that the HTTP shell refuses', async () => {
  const port = Number(new URL(gateway.url).port);
  const lines = ['POST /v1/chat/completions HTTP/1.1', 'host: a', 'host: b', `origin: ${origin}`];
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let got = '';
    socket.setEncoding('utf8').on('data', (piece: string) => {
      got += piece;
    });
    socket.on('end', () => resolve(got)).on('error', reject);
    socket.end(`${lines.join('\r\n')}\r\n\r\n`);
  });
  assert.match(text, /^HTTP\/1\.1 400 /);
  assert.match(text, /\r\naccess-control-allow-origin: https:\/\/app\.example\r\n/);
});

test('a draining gateway answers preflights, and its 503 can be read', async (t) => {
  const upstream = await startFakeUpstream();
  t.after(() => upstream.close());
  const leaving = await startGateway({ env: { HALLEY_HTTP_CORS_ORIGINS: origin } });
  t.after(() => leaving.kill());
  await leaving.createChannel(upstream.origin);
  const key = await leaving.createKey();
  upstream.on('', inTurn(hangBeforeHeaders, chatAnswer()));
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key.value}` },
    body: JSON.stringify({ model: 'test-model', messages }),
  };
  const running = fetch(`${leaving.url}/v1/chat/completions`, init).catch(() => undefined);
  t.after(() => running);
  await until(() => upstream.requests.length > 0);
  leaving.process.kill('SIGTERM');
  const page = openPage(origin);
  let text = '';
  await until(async () => {
    try {
      const answer = await page.fetch(`${leaving.url}/v1/chat/completions`, init);
      text = await answer.text();
      return answer.status === 503;
    } catch (error) {
      // A closed idle connection says nothing about the response.
      if (error instanceof BlockedError) throw error;
      return false;
    }
  });
  assert.match(text, /draining/);
});

test('other origins, and the management API, stay closed', async () => {
  const key = await gateway.createKey();
  const asked = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  const headersOf = async (
    target: Gateway,
    method: string,
    path: string,
    headers: Record<string, string>,
  ) => {
    const answer = await fetch(target.url + path, { method, headers });
    await answer.text();
    const names = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
    return [answer.status, ...names];
  };
  for (const from of ['https://evil.example', 'null', `${origin}.evil.example`]) {
    const evil = { origin: from, authorization: `Bearer ${key.value}` };
    assert.deepEqual(await headersOf(gateway, 'GET', '/v1/models', evil), [200]);
    assert.deepEqual(
      await headersOf(gateway, 'OPTIONS', '/v1/chat/completions', { origin: from, ...asked }),
      [405],
    );
  }
  assert.deepEqual(await headersOf(closed, 'OPTIONS', '/v1/chat/completions', { origin, ...asked }), [405]);
  assert.deepEqual(await headersOf(closed, 'GET', '/v1/models', { origin }), [401]);
  for (const path of [
    '/api/status',
    '/api/user/self',
    '/api/token/',
    '/v1/dashboard/billing/usage',
    '/healthz',
  ]) {
    for (const target of [gateway, openToAll]) {
      const [, ...names] = await headersOf(target, 'GET', path, { origin });
      assert.deepEqual(names, [], path);
      const [status, ...more] = await headersOf(target, 'OPTIONS', path, { origin, ...asked });
      assert.deepEqual([status, more], [405, []], path);
    }
  }
});
