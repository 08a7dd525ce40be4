import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorTypeOf, readError } from './errors.ts';

describe('errors of Anthropic upstreams', () => {
  const cases: readonly (readonly [number, string, string])[] = [
    [400, 'invalid_request_error', 'invalid_body'],
    [413, 'request_too_large', 'body_too_large'],
    [429, 'rate_limit_error', 'rate_limit_exceeded'],
    [529, 'overloaded_error', 'no_channel_available'],
    [504, 'timeout_error', 'upstream_timeout'],
    [500, 'api_error', 'upstream_broken'],
  ];
  for (const [status, type, code] of cases) {
    it(`${status} ${type} is ${code}, with the upstream's text`, () => {
      const message = 'prompt is too long: 210000 tokens > 200000 maximum';
      const error = readError(status, { type: 'error', error: { type, message }, request_id: 'req_1' });
      assert.deepEqual([error.code, error.message], [code, message]);
    });
  }

  it('413 of a server before the API is body_too_large too', () => {
    assert.equal(readError(413, {}).code, 'body_too_large');
  });

  it('without a text have one of ours', () => {
    assert.notEqual(readError(400, {}).message, '');
    assert.notEqual(readError(400, { error: 'x' }).message, '');
  });

  it('have the types of this protocol, whichever code another one gave', () => {
    assert.equal(errorTypeOf('overloaded_error'), 'overloaded_error');
    assert.equal(errorTypeOf('RESOURCE_EXHAUSTED'), 'rate_limit_error');
    assert.equal(errorTypeOf('toString'), 'api_error');
    assert.equal(errorTypeOf(''), 'api_error');
  });
});
