/** Tests of the errors of chat completions upstreams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatUpstream } from './upstream.ts';

test('an error of the upstream keeps its words; a context that is full stays recognizable', () => {
  const message = "This model's maximum context length is 8192 tokens.";
  const error = {
    message,
    type: 'invalid_request_error',
    param: 'messages',
    code: 'context_length_exceeded',
  };
  const read = chatUpstream.readError(400, { error });
  assert.equal(read.message, message);
  assert.equal(read.code, 'invalid_body');
  assert.equal(read.param, undefined);
  assert.equal(chatUpstream.readError(413, { error }).code, 'body_too_large');
  assert.equal(chatUpstream.readError(400, { object: 'error', message: 'Bad.', code: 400 }).message, 'Bad.');
  assert.notEqual(chatUpstream.readError(400, {}).message, '');
});
