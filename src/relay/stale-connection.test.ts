import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errors } from 'undici';
import { limits } from '../platform/limits.ts';
import { isStaleConnection } from './stale-connection.ts';

const failure = (code: string) => Object.assign(new Error('failed'), { code });

test('a reset, a broken pipe and a close are those of an idle connection', () => {
  for (const error of [
    failure('ECONNRESET'),
    failure('EPIPE'),
    new errors.SocketError('other side closed'),
  ]) {
    assert.equal(isStaleConnection(error, 0), true, error.message);
    assert.equal(isStaleConnection(error, limits.stale_connection_ms), true);
  }
});

test('a time-out, an answer that is no HTTP and every other failure are not', () => {
  const others = [
    new errors.HeadersTimeoutError(),
    new errors.BodyTimeoutError(),
    new errors.HTTPParserError('bad'),
    new errors.HeadersOverflowError(),
    ...['ETIMEDOUT', 'ECONNREFUSED', 'EHOSTUNREACH', 'UND_ERR_INFO', 'ERR_SSL_WRONG_VERSION_NUMBER'].map(
      failure,
    ),
    new Error('failed'),
  ];
  for (const error of others) assert.equal(isStaleConnection(error, 0), false, error.message);
});

test('a reset long after the request was sent is that of an upstream at work', () => {
  assert.equal(isStaleConnection(failure('ECONNRESET'), limits.stale_connection_ms + 1), false);
});
