/** Errors of Gemini's upstreams keep their words. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readError } from './errors.ts';

it("the upstream's own text stays, with what tells the error apart in the log", () => {
  const message = 'The input token count (1234567) exceeds the maximum number of tokens allowed (1048576).';
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'TOO_LONG' }];
  const error = readError(400, { error: { code: 400, message, status: 'INVALID_ARGUMENT', details } });
  assert.deepEqual(
    [error.code, error.status, error.message, error.log],
    ['invalid_body', 400, message, 'Gemini upstream 400 INVALID_ARGUMENT TOO_LONG'],
  );
});

it('a body that is too large keeps its status; one without words has ours', () => {
  assert.equal(readError(413, { error: { message: 'Request payload size exceeds the limit' } }).status, 413);
  assert.equal(readError(400, {}).message, 'The upstream refused the request.');
});
