/** Tests of the words for errors within Anthropic's responses. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { errorTypeOf } from './errors.ts';

it('errors have the types of this protocol, whichever code another one gave', () => {
  assert.equal(errorTypeOf('overloaded_error'), 'overloaded_error');
  assert.equal(errorTypeOf('RESOURCE_EXHAUSTED'), 'rate_limit_error');
  assert.equal(errorTypeOf('toString'), 'api_error');
  assert.equal(errorTypeOf(''), 'api_error');
});
