/** Classifies an upstream failure: effect on the channel's circuits, retry, and client error. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { HalleyError } from '../platform/errors.ts';
import type { ErrorMeaning } from '../protocols/upstream/error-rules.ts';
import type { AttemptOutcome } from '../upstreams/upstreams.ts';

export interface Failure {
  readonly outcome: AttemptOutcome;
  readonly error: HalleyError;
  /** Whether the upstream cannot have begun to process the request. */
  readonly neverSent: boolean;
}

const connectCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const timeoutCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/**
 * Reads a failure reported by undici (error codes: its docs, api/Errors.md) or by the system.
 * @param connected false when the request had not been written to a connection yet
 */
export function classifyFailure(error: Error, connected: boolean): Failure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const log = `${code === '' ? error.name : code}: ${error.message}`;
  if (error instanceof HalleyError) {
    const outcome = error.code === 'upstream_rejected' ? 'refused' : 'connect_failed';
    return { outcome, error, neverSent: !connected };
  }
  if (connectCodes.has(code) || !connected) {
    return {
      outcome: 'connect_failed',
      error: new HalleyError('upstream_unreachable', { log }),
      neverSent: true,
    };
  }
  if (timeoutCodes.has(code)) {
    return { outcome: 'timeout', error: new HalleyError('upstream_timeout', { log }), neverSent: false };
  }
  return { outcome: 'broken', error: new HalleyError('upstream_broken', { log }), neverSent: false };
}

/** The effect of an upstream's error on the circuits of its channel. */
export const outcomeOf: Readonly<Record<ErrorMeaning, AttemptOutcome>> = {
  own: 'ok',
  no_model: 'ok',
  credentials: 'refused',
  used_up: 'used_up',
  model_refused: 'model_refused',
  busy: 'busy',
  failed: 'server_error',
};

/** Retry-After in milliseconds when it is given in seconds (RFC 9110, 10.2.3). It does not read the date form. */
export function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['retry-after'];
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}
