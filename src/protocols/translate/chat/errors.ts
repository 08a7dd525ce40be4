/** The error of a chat completions upstream about a request. Pure. */
import { HalleyError } from '../../../platform/errors.ts';
import type { JsonObject } from '../../protocol.ts';
import { readErrorBody } from '../../upstream/error-facts.ts';

/**
 * With the upstream's own words: agents recognize by them that the context is full, and shorten it. The field that it
 * names is one of its own, which the client has not written.
 */
export function readError(status: number, body: JsonObject): HalleyError {
  const { message } = readErrorBody(body);
  const options = message === '' ? { message: 'The upstream refused the request.' } : { message };
  return new HalleyError(status === 413 ? 'body_too_large' : 'invalid_body', options);
}
