/**
 * A response of the gateway's origin is never a page that a browser executes, and no link or form sends a key to
 * it.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { answer, chatStream, json as jsonAnswer } from '../support/upstream-behaviours.ts';

const gateway = await startGateway({ env: { HALLEY_HTTP_BODY_BYTES_MAX: '2000' } });
const upstream = await startFakeUpstream();
after(async () => {
  await upstream.close();
  await gateway.stop();
});
await gateway.createChannel(upstream.origin);
const key = await gateway.createKey();

const html = '<script>alert(document.domain)</script>';
const chat = { model: 'test-model', messages: [{ role: 'user', content: 'hi' }] };
const contents = { contents: [{ parts: [{ text: 'hi' }] }] };
const generate = '/v1beta/models/test-model:generateContent';
const bearer = { authorization: `Bearer ${key.value}` };

function assertNoPage(headers: Headers, what: string) {
  assert.equal(headers.get('x-content-type-options'), 'nosniff', what);
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /(^|; )sandbox($|;)/, what);
  assert.match(policy, /default-src 'none'/, what);
}

const page = { 'content-type': 'text/html', 'content-security-policy': 'script-src *' };
const json = JSON.stringify({ candidates: [{ content: { parts: [{ text: html }] } }] });

for (const [what, status, body] of [
  ['an error that is a page', 400, html],
  ['an answer that says it is a page', 200, json],
] as const) {
  test(`${what}, sent for a form of another site, is sandboxed and not sniffed`, async () => {
    upstream.on(generate, answer(status, body, page));
    const response = await fetch(`${gateway.url}${generate}?key=${key.value}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin: 'https://evil.example' },
      body: JSON.stringify(contents),
    });
    assert.equal(await response.text(), body);
    assertNoPage(response.headers, what);
  });
}

test('every other response of the gateway is sandboxed and not sniffed', async () => {
  upstream.on('/v1/chat/completions', chatStream(2));
  upstream.on('/v1/embeddings', answer(400, html, { 'content-type': 'text/html' }));
  const json = (method: string, path: string, body?: unknown, headers: Record<string, string> = bearer) =>
    fetch(gateway.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const answers: readonly (readonly [number, Promise<Response>])[] = [
    [200, json('POST', '/v1/chat/completions', { ...chat, stream: true })],
    [400, json('POST', '/v1/embeddings', { model: 'test-model', input: 'x' })],
    [200, json('GET', '/v1/models')],
    [401, json('GET', '/v1/models', undefined, {})],
    [401, json('POST', '/v1/chat/completions', chat, {})],
    [413, json('POST', '/v1/chat/completions', { ...chat, user: 'x'.repeat(3000) })],
    [404, json('GET', '/v1/nothing')],
    [405, json('GET', '/v1/chat/completions')],
    [400, json('POST', '/v1/chat/completions', {})],
    [200, json('GET', '/api/status', undefined, {})],
    [401, json('GET', '/api/user/self', undefined, {})],
    [200, json('GET', '/healthz', undefined, {})],
    [404, json('GET', '/nothing', undefined, {})],
    [431, json('GET', '/v1/models', undefined, { 'x-long': 'x'.repeat(20_000) })],
  ];
  for (const [status, answer] of answers) {
    const response = await answer;
    await response.text();
    assert.equal(response.status, status, response.url);
    assertNoPage(response.headers, `${status} ${response.url}`);
    assert.equal(response.headers.get('x-content-type-options')?.includes(','), false);
  }
});

test('the response to a malformed request is sandboxed and not sniffed', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    let got = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk;
    });
    socket.on('end', () => resolve(got)).on('error', reject);
    socket.end('NONSENSE\r\n\r\n');
  });
  assert.match(text, /^HTTP\/1\.1 400 /);
  assert.match(text, /\r\nx-content-type-options: nosniff\r\n/);
  assert.match(text, /\r\ncontent-security-policy: .*sandbox\r\n/);
});

test('accepts a key in the query only on Gemini paths, and never sends it to an upstream', async () => {
  // Output in the format of each operation.
  const output = {
    choices: [{ message: { content: 'x' }, text: 'x' }],
    candidates: [{ content: { parts: [{ text: 'x' }] } }],
    content: [{ type: 'text', text: 'x' }],
    data: [{ embedding: [1], url: 'https://example.org/a.png' }],
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'x' }] }],
    input_tokens: 1,
    totalTokens: 1,
  };
  for (const path of ['', generate, '/v1/chat/completions', '/v1/embeddings'])
    upstream.on(path, jsonAnswer(output));
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await gateway.call('POST', `${path}?key=${key.value}&beta=true`, {
      body,
      headers,
      token: undefined,
    });
    return answer.status;
  };
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await gateway.call('GET', `${path}?key=${key.value}`, { headers, token: undefined })).status;
  for (const [path, body] of [
    ['/v1/chat/completions', chat],
    ['/v1/completions', { model: 'test-model', prompt: 'x' }],
    ['/v1/responses', { model: 'test-model', input: 'x' }],
    ['/v1/embeddings', { model: 'test-model', input: 'x' }],
    ['/v1/images/generations', { model: 'test-model', prompt: 'x' }],
    ['/v1/messages', { ...chat, max_tokens: 1 }],
    ['/v1/messages/count_tokens', chat],
  ] as const) {
    assert.equal(await post(path, body), 401, path);
    // It does not interfere with the key in a header.
    const dead = await gateway.call('POST', `${path}?key=sk-dead`, {
      body,
      headers: bearer,
      token: undefined,
    });
    assert.equal(dead.status, 200, path);
  }
  for (const path of ['/v1beta/openai/models', '/v1beta/openai/models/test-model']) {
    assert.equal(await get(path), 401, path);
  }
  assert.equal(await get('/v1/models', { 'anthropic-version': '2023-06-01' }), 401);
  const geminiPaths = [
    generate,
    '/v1/models/test-model:generateContent',
    '/v1beta/models/test-model:countTokens',
  ];
  for (const path of geminiPaths) assert.equal(await post(path, contents), 200, path);
  for (const path of ['/v1/models', '/v1beta/models', '/v1beta/models/test-model']) {
    assert.equal(await get(path), 200, path);
  }
  assert.ok(upstream.requests.length > 0);
  for (const { url } of nonEmpty(upstream.requests))
    assert.ok(!url.includes(key.value) && !url.includes('key='), url);
  // When the gateway stops, it asserts that the log does not contain it either.
});
