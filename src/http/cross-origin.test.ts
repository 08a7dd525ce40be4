import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCrossOrigin as create } from './cross-origin.ts';

const origin = 'https://app.example';
const path = '/v1/models';
const createCrossOrigin = (origins: readonly string[]) => create(origins, (asked) => asked === path);
const asObject = (headers: readonly string[] | undefined): Record<string, string> =>
  Object.fromEntries(
    (headers ?? []).flatMap((name, index) => (index % 2 === 0 ? [[name, headers?.[index + 1] ?? '']] : [])),
  );
const preflight = (headers = {}) => ({ origin, 'access-control-request-method': 'POST', ...headers });

test('without origins there is nothing', () => {
  assert.equal(createCrossOrigin([]), undefined);
});

test('an origin is allowed when it is in the list as it is, and Vary is there in any case', () => {
  const cors = createCrossOrigin([origin, 'http://localhost:5173']);
  const allowed = asObject(cors?.headersFor(path, { origin }));
  assert.equal(allowed['access-control-allow-origin'], origin);
  assert.equal(allowed.vary, 'Origin');
  for (const other of [
    'https://app.example.evil',
    'https://app.example:8443',
    'http://app.example',
    'https://APP.example',
    'https://app.example/',
    'null',
    '*',
    '',
  ]) {
    assert.deepEqual(cors?.headersFor(path, { origin: other }), ['vary', 'Origin'], other);
    assert.equal(cors?.preflightHeaders(preflight({ origin: other })), undefined, other);
  }
  assert.deepEqual(cors?.headersFor(path, {}), ['vary', 'Origin']);
});

test('all origins are allowed by one word, the same for each', () => {
  const cors = createCrossOrigin(['*']);
  for (const one of [origin, 'null']) {
    const headers = asObject(cors?.headersFor(path, { origin: one }));
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers.vary, undefined);
  }
  assert.deepEqual(cors?.headersFor(path, {}), []);
});

test('paths that are not opened carry nothing', () => {
  assert.deepEqual(createCrossOrigin(['*'])?.headersFor('/api/status', { origin }), []);
  assert.deepEqual(createCrossOrigin([origin])?.headersFor('/api/status', { origin }), []);
});

test('credentials are never allowed', () => {
  for (const origins of [['*'], [origin]]) {
    const cors = createCrossOrigin(origins);
    const headers = {
      ...asObject(cors?.headersFor(path, { origin })),
      ...asObject(cors?.preflightHeaders(preflight())),
    };
    assert.equal(headers['access-control-allow-credentials'], undefined);
  }
});

test('a preflight allows the names that clients send, one by one', () => {
  const asked = 'authorization,x-stainless-new-thing,X-Stainless-OS, anthropic-next, cookie, x-forwarded-for';
  const headers = asObject(
    createCrossOrigin([origin])?.preflightHeaders(preflight({ 'access-control-request-headers': asked })),
  );
  const names = headers['access-control-allow-headers']?.split(', ') ?? [];
  for (const name of [
    'authorization',
    'x-stainless-new-thing',
    'x-stainless-os',
    'anthropic-next',
    'x-api-key',
  ]) {
    assert.ok(names.includes(name), name);
  }
  for (const name of ['cookie', 'x-forwarded-for', '*']) assert.ok(!names.includes(name), name);
  assert.equal(headers['access-control-allow-methods'], 'GET, HEAD, POST');
  assert.equal(headers['access-control-allow-private-network'], undefined);
  assert.ok(Number(headers['access-control-max-age']) > 0);
});

test('a private network is opened to a page that asks for it', () => {
  const headers = createCrossOrigin([origin])?.preflightHeaders(
    preflight({ 'access-control-request-private-network': 'true' }),
  );
  assert.equal(asObject(headers)['access-control-allow-private-network'], 'true');
});

test('an OPTIONS request that is no preflight is none', () => {
  const cors = createCrossOrigin(['*']);
  assert.equal(cors?.preflightHeaders({ origin }), undefined);
  assert.equal(cors?.preflightHeaders({ 'access-control-request-method': 'POST' }), undefined);
});

test('whatever names are asked for, what is answered is a short list of plain names', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^x-stainless-[ -~]*$/),
    fc.constantFrom('x-stainless-a,'.repeat(5000), 'openai-\r\nx: y', `x-goog-${'a'.repeat(500)}`),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const headers = createCrossOrigin(['*'])?.preflightHeaders(
        preflight({ 'access-control-request-headers': parts.join(',') }),
      );
      const names = asObject(headers)['access-control-allow-headers'] ?? '';
      assert.match(names, /^[a-z0-9-]+(, [a-z0-9-]+)*$/);
      assert.ok(names.length < 8000);
    }),
  );
});
