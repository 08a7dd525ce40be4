/** Puts the errors of upstreams into our codes, for clients of another protocol. Pure. Facts, sections 12 and 17. */
import { type ErrorCode, HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../protocol.ts';
import { isContextOverflow } from '../upstream/context-overflow.ts';
import { noFacts, readErrorBody } from '../upstream/error-facts.ts';
import type { ErrorEvent } from './form/response.ts';

/** Anthropic has 529 for 503. */
const codes: Readonly<Record<number, ErrorCode>> = {
  404: 'model_not_found',
  408: 'upstream_timeout',
  413: 'body_too_large',
  429: 'rate_limit_exceeded',
  503: 'no_channel_available',
  504: 'upstream_timeout',
  529: 'no_channel_available',
};

/**
 * An error response with its own words, in any provider's shape. The field that it names is one of the upstream's, which
 * the client has not written.
 * @param retryAfter the header of the response
 */
export function readUpstreamError(status: number, body: JsonObject, retryAfter?: string): HalleyError {
  const facts = readErrorBody(body);
  const { message, type, code, reasons } = facts;
  const known = codes[status] ?? (status >= 500 ? 'upstream_broken' : 'invalid_body');
  const isFull = known === 'invalid_body' || known === 'body_too_large' ? isContextOverflow(facts) : false;
  const names = [type, code, ...reasons].filter((name) => name !== '' && name !== String(status));
  return new HalleyError(isFull ? 'context_length_exceeded' : known, {
    message: message || 'The upstream refused the request.',
    log: ['upstream', String(status), ...names].join(' '),
    ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  });
}

/** The error for a response that the upstream broke off, or ended with an error. */
export function brokenResponse({ message, code }: ErrorEvent): HalleyError {
  const log = `the upstream ended a response with an error ${code}`.trim();
  if (isContextOverflow({ ...noFacts, code, message }))
    return new HalleyError('context_length_exceeded', { message, log });
  return new HalleyError('upstream_broken', {
    message: `The upstream did not complete the response: ${message}`,
    log,
  });
}
