import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { isLoopback, PlainCredentials } from './plain-credentials.ts';

const request = (headers: Record<string, string>, url = '/v1/models') =>
  ({ headers, url }) as unknown as IncomingMessage;
const stranger = { peer: '192.0.2.7', isTrustedProxy: false };
const proxy = { peer: '10.0.0.1', isTrustedProxy: true };
const withKey = { authorization: 'Bearer x' };

/** @returns what was noticed, and how often it was logged */
function noticed(...requests: readonly [typeof stranger, IncomingMessage][]) {
  const logged: unknown[] = [];
  const credentials = new PlainCredentials({ warn: (fields) => void logged.push(fields) });
  for (const [peer, each] of requests) credentials.look(peer, each);
  return { ...credentials.figures, logged: logged.length };
}

test('a key, a token, a session and a login over plain HTTP are noticed, and logged once', () => {
  const seen = noticed(
    [stranger, request(withKey)],
    [stranger, request({ 'x-api-key': 'x' })],
    [stranger, request({ 'x-goog-api-key': 'x' })],
    [stranger, request({ cookie: 'halley_session=x' })],
    [stranger, request({}, '/v1beta/models?pageSize=2&key=x')],
    [stranger, request({}, '/api/user/login')],
  );
  assert.deepEqual(seen, { requests: 6, peer: '192.0.2.7', logged: 1 });
});

test('what holds no secret is passed over, and so is what a declared proxy received by HTTPS', () => {
  assert.equal(noticed([stranger, request({}, '/healthz')]).requests, 0);
  assert.equal(noticed([proxy, request({ ...withKey, 'x-forwarded-proto': 'https' })]).requests, 0);
  assert.equal(noticed([proxy, request({ ...withKey, 'x-forwarded-proto': 'https, http' })]).requests, 0);
  assert.equal(noticed([proxy, request({ ...withKey, 'x-forwarded-proto': 'http' })]).requests, 1);
  assert.equal(noticed([proxy, request(withKey)]).requests, 1);
  // Anybody can say so.
  assert.equal(noticed([stranger, request({ ...withKey, 'x-forwarded-proto': 'https' })]).requests, 1);
});

test('loopback is no network', () => {
  for (const address of ['127.0.0.1', '127.8.0.1', '::1']) assert.ok(isLoopback(address));
  for (const address of ['10.0.0.1', '::', '0.0.0.0', 'fe80::1', '1.127.0.1'])
    assert.ok(!isLoopback(address));
});
