/** Forwarded headers: passes allowed ones, and never a credential or a detail of the operator's account. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../platform/errors.ts';
import {
  buildUpstreamHeaders,
  checkExtraHeaders,
  type HeaderPolicy,
  responseHeaders,
} from './forward-headers.ts';

const none = { contentLength: undefined, auth: undefined, extraHeaders: {}, forwarded: [] };
const identity = ['accept-encoding', 'identity'];

test('sends a default only if neither client nor channel sends the header', () => {
  const forwarded = ['anthropic-version'];
  const defaults = { 'anthropic-version': '2023-06-01' };
  const build = (rawHeaders: string[], extraHeaders = {}) =>
    buildUpstreamHeaders({ ...none, rawHeaders, forwarded, defaults, extraHeaders }).slice(2);
  assert.deepEqual(build([]), ['anthropic-version', '2023-06-01']);
  assert.deepEqual(build(['Anthropic-Version', '2099-01-01']), ['anthropic-version', '2099-01-01']);
  assert.deepEqual(build([], { 'Anthropic-Version': 'x' }), ['Anthropic-Version', 'x']);
});

test('passes the allowed request headers, the length and our own credentials', () => {
  const headers = buildUpstreamHeaders({
    rawHeaders: [
      ...['Host', 'halley', 'Authorization', 'Bearer sk-client', 'Content-Type', 'application/json'],
      ...['Accept', '*/*', 'User-Agent', 'tool/1', 'anthropic-version', '2023-06-01', 'X-Other', 'x'],
      ...['anthropic-beta', 'a', 'anthropic-beta', 'b', 'Accept-Encoding', 'gzip', 'Content-Length', '9'],
    ],
    contentLength: 7,
    auth: { 'x-api-key': 'upstream-key' },
    extraHeaders: {},
    forwarded: ['anthropic-version', 'anthropic-beta'],
  });
  assert.deepEqual(headers, [
    ...identity,
    ...['content-type', 'application/json', 'accept', '*/*', 'user-agent', 'tool/1'],
    ...['anthropic-version', '2023-06-01', 'anthropic-beta', 'a', 'anthropic-beta', 'b'],
    ...['content-length', '7', 'x-api-key', 'upstream-key'],
  ]);
});

test("a channel's own headers replace the client's and the credentials of the same name", () => {
  const headers = buildUpstreamHeaders({
    ...none,
    rawHeaders: ['user-agent', 'client', 'x-a', 'client'],
    auth: { authorization: 'Bearer key' },
    extraHeaders: { 'User-Agent': 'halley', Authorization: 'Basic abc', 'X-B': '' },
  });
  assert.deepEqual(headers, [...identity, 'User-Agent', 'halley', 'Authorization', 'Basic abc', 'X-B', '']);
});

test('sends one content type, and no value that is invalid in a header', () => {
  const headers = buildUpstreamHeaders({
    ...none,
    rawHeaders: [
      'Content-Type',
      'a/b',
      'content-type',
      'c/d',
      'Accept',
      'x\r\nauthorization: y',
      'User-Agent',
    ],
  });
  assert.deepEqual(headers, [...identity, 'content-type', 'a/b']);
});

const credentialNames = [
  ...[
    'Authorization',
    'X-API-Key',
    'x-goog-api-key',
    'mj-api-secret',
    'Proxy-Authorization',
    'COOKIE',
    'Host',
  ],
  ...['X-Forwarded-For', 'Forwarded', 'Connection', 'Transfer-Encoding', 'Upgrade', 'Sec-WebSocket-Protocol'],
];

test('never forwards credential or connection headers, in any letter case, even if a protocol lists them', () => {
  const anyCase = fc
    .constantFrom(...credentialNames)
    .chain((name) =>
      fc
        .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
        .map((upper) => [...name].map((c, i) => (upper[i] ? c.toUpperCase() : c.toLowerCase())).join('')),
    );
  const forwarded = credentialNames.map((name) => name.toLowerCase());
  fc.assert(
    fc.property(fc.array(fc.tuple(anyCase, fc.string())), (pairs) => {
      assert.deepEqual(buildUpstreamHeaders({ ...none, rawHeaders: pairs.flat(), forwarded }), identity);
    }),
  );
});

test('accepts valid extra headers of a channel and refuses others', () => {
  checkExtraHeaders({
    'HTTP-Referer': 'https://example.com',
    'X-Title': 'Häll\u00fc',
    Authorization: 'Basic x',
  });
  const wrong: Record<string, string>[] = [
    ...[
      { '': 'x' },
      { 'a b': 'x' },
      { 'a:': 'x' },
      { 'a\r\nb': 'x' },
      { a: 'x\ny' },
      { a: '\0' },
      { a: '\u20ac' },
    ],
    ...[{ Host: 'x' }, { 'content-length': '1' }, { 'Transfer-Encoding': 'chunked' }, { A: '1', a: '2' }],
  ];
  for (const headers of wrong) {
    assert.throws(
      () => checkExtraHeaders(headers),
      (error) => error instanceof HalleyError && error.code === 'invalid_value',
      JSON.stringify(headers),
    );
  }
});

test("a channel's patterns pass and block further headers, whatever their case", () => {
  const sent = (policy: HeaderPolicy) =>
    buildUpstreamHeaders({
      ...none,
      rawHeaders: ['X-Title', 'a', 'X-Session-Id', 'b', 'Originator', 'c', 'traceparent', 'd', 'X.Dot', 'e'],
      policy,
    })
      .slice(2)
      .filter((_, index) => index % 2 === 0);
  assert.deepEqual(sent({}), ['traceparent']);
  assert.deepEqual(sent({ pass_headers: ['x-*'] }), ['x-title', 'x-session-id', 'traceparent']);
  assert.deepEqual(sent({ pass_headers: ['X-TITLE', 'orig*r'] }), ['x-title', 'originator', 'traceparent']);
  assert.deepEqual(sent({ pass_headers: ['*'], block_headers: ['x-*', 'trace*'] }), ['originator', 'x.dot']);
});

test('no pattern passes a credential, or a detail of the connection', () => {
  const never = [
    ...['authorization', 'x-api-key', 'x-goog-api-key', 'mj-api-secret', 'proxy-authorization', 'cookie'],
    ...['x-forwarded-for', 'forwarded', 'via', 'host', 'connection', 'transfer-encoding', 'expect'],
  ];
  const pattern = fc.oneof(fc.constantFrom('*', ...never), fc.stringMatching(/^[a-z*-]{1,12}$/));
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 5 }), (pass_headers) => {
      const rawHeaders = never.flatMap((name) => [name, 'secret']);
      assert.deepEqual(buildUpstreamHeaders({ ...none, rawHeaders, policy: { pass_headers } }), identity);
    }),
  );
});

test("forwards response headers that clients need, and none about the operator's account", () => {
  const answer = {
    'content-type': 'text/event-stream',
    'content-length': '12',
    'cache-control': 'no-cache',
    'retry-after': '3',
    'x-request-id': 'req_1',
    'request-id': 'req_2',
    'set-cookie': ['a=b'],
    connection: 'close',
    'openai-organization': 'org-secret',
    'x-ratelimit-remaining-requests': '1',
    'anthropic-ratelimit-tokens-limit': '1',
    'anthropic-organization-id': 'org',
    server: 'x',
  };
  const accountLimits = [
    ...['x-upstream-ratelimit-remaining-requests', '1'],
    ...['x-upstream-anthropic-ratelimit-tokens-limit', '1'],
  ];
  const passed = ['content-type', 'text/event-stream', 'cache-control', 'no-cache', 'retry-after', '3'];
  assert.deepEqual(responseHeaders(answer, { keepLength: false }), [
    ...passed,
    ...['x-upstream-request-id', 'req_1'],
    ...accountLimits,
  ]);
  assert.deepEqual(responseHeaders(answer, { keepLength: true }), [
    ...passed,
    ...['content-length', '12', 'x-upstream-request-id', 'req_1'],
    ...accountLimits,
  ]);
  assert.deepEqual(responseHeaders({ 'content-encoding': 'gzip' }, { keepLength: true }), [
    'content-encoding',
    'gzip',
  ]);
});

test('drops invalid header values of an upstream response, which Node would refuse to send', () => {
  const headers = { 'content-type': ['a/b', 'c/d'] as unknown as string, 'retry-after': '1\u0001' };
  assert.deepEqual(responseHeaders(headers, { keepLength: true }), ['content-type', 'a/b']);
});
