import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readError } from './errors.ts';

const error = (message: string, code: string | null = null, param: string | null = null) => ({
  error: { message, type: 'invalid_request_error', code, param },
});

describe('errors of Responses upstreams', () => {
  it('keep their own words and the field', () => {
    const read = readError(
      400,
      error("Invalid 'input[1].call_id'.", 'string_above_max_length', 'input[1].call_id'),
    );
    assert.deepEqual(
      [read.code, read.message, read.param],
      ['invalid_body', "Invalid 'input[1].call_id'.", 'input[1].call_id'],
    );
    assert.match(read.log ?? '', /400 string_above_max_length/);
  });

  it('an input that is too long keeps its text and the code that agents look for', () => {
    const text = 'Your input exceeds the context window of this model.';
    const { code, message } = readError(400, error(text, 'context_length_exceeded'));
    assert.equal(code, 'invalid_body');
    assert.equal(message, `${text} (context_length_exceeded)`);
  });

  it('statuses have their kinds', () => {
    const codeOf = (status: number) => readError(status, error('m')).code;
    assert.deepEqual([404, 413, 422, 429, 500, 503, 504].map(codeOf), [
      'model_not_found',
      'body_too_large',
      'invalid_body',
      'rate_limit_exceeded',
      'upstream_broken',
      'upstream_broken',
      'upstream_timeout',
    ]);
  });

  it('other shapes are read, and none at all', () => {
    assert.equal(
      readError(400, { detail: 'Unsupported parameter: max_output_tokens' }).message,
      'Unsupported parameter: max_output_tokens',
    );
    assert.equal(readError(400, { error: 'plain' }).message, 'plain');
    assert.equal(readError(400, { message: 'top', code: 400 }).message, 'top');
    assert.equal(readError(400, {}).message, 'The request body is not valid.');
  });
});
