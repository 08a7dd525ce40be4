/** Tests of the codes and words that errors of upstreams have for clients of another protocol. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { brokenResponse, readUpstreamError } from './upstream-error.ts';

const openai = (message: string, code: string | null = null) => ({
  error: { message, type: 'invalid_request_error', param: 'messages', code },
});
const anthropic = (message: string, type = 'invalid_request_error') => ({
  type: 'error',
  error: { type, message },
});
const gemini = (message: string) => ({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } });

const full = [
  openai('Too long.', 'context_length_exceeded'),
  openai("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens."),
  openai('Your input exceeds the context window of this model.', 'context_length_exceeded'),
  openai("This endpoint's maximum context length is 131072 tokens."),
  { object: 'error', message: "This model's maximum context length is 4096 tokens.", code: 400 },
  {
    error: {
      code: 400,
      message: 'the request exceeds the available context size',
      type: 'exceed_context_size_error',
    },
  },
  anthropic('prompt is too long: 210000 tokens > 200000 maximum'),
  anthropic('input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'),
  gemini('The input token count (1234567) exceeds the maximum number of tokens allowed (1048576).'),
  gemini('The input token count is 1234567 but model only supports up to 1048576.'),
];

describe('errors of upstreams', () => {
  it('say in every shape that the context is full, with the words of the upstream', () => {
    for (const body of nonEmpty(full)) {
      const error = readUpstreamError(400, body);
      assert.equal(error.code, 'context_length_exceeded', JSON.stringify(body));
      assert.ok(JSON.stringify(body).includes(JSON.stringify(error.message)));
      assert.equal(error.param, undefined);
    }
    const ended = brokenResponse({ type: 'error', message: 'Too long.', code: 'context_length_exceeded' });
    assert.deepEqual([ended.code, ended.message], ['context_length_exceeded', 'Too long.']);
  });

  it('are no full context where only a quotation says so, or the status is another', () => {
    const quoted = openai('Unknown field "prompt is too long": remove it.');
    assert.equal(readUpstreamError(400, quoted).code, 'invalid_body');
    assert.equal(readUpstreamError(429, anthropic('prompt is too long')).code, 'rate_limit_exceeded');
    assert.equal(brokenResponse({ type: 'error', message: 'Overloaded', code: '' }).code, 'upstream_broken');
  });

  it('have the code of their status', () => {
    const codeOf = (status: number) => readUpstreamError(status, openai('m')).code;
    assert.deepEqual([400, 404, 413, 422, 429, 500, 503, 504, 529].map(codeOf), [
      'invalid_body',
      'model_not_found',
      'body_too_large',
      'invalid_body',
      'rate_limit_exceeded',
      'upstream_broken',
      'no_channel_available',
      'upstream_timeout',
      'no_channel_available',
    ]);
    assert.deepEqual(readUpstreamError(429, openai('m'), '7').headers, { 'retry-after': '7' });
  });

  it('are read in other shapes, and have words where the upstream has none', () => {
    assert.equal(readUpstreamError(400, { detail: 'Unsupported.' }).message, 'Unsupported.');
    assert.equal(readUpstreamError(400, { error: 'plain' }).message, 'plain');
    assert.equal(readUpstreamError(400, {}).message, 'The upstream refused the request.');
  });

  it('tell the log what tells them apart', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'TOO_LONG' }];
    const body = { error: { code: 400, message: 'm', status: 'INVALID_ARGUMENT', details } };
    assert.equal(readUpstreamError(400, body).log, 'upstream 400 INVALID_ARGUMENT TOO_LONG');
  });
});
