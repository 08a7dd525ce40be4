/** Converts errors from and to Anthropic's words [TA ErrorType] (sections 12 and 17). */
import { type ErrorCode, HalleyError } from '../../../platform/errors.ts';
import type { JsonObject } from '../../protocol.ts';
import { isPlainObject, textOf } from '../json.ts';

/**
 * The upstream's error about a request. Its own text is kept: of a prompt that is too long clients know the text only.
 */
export function readError(status: number, body: JsonObject): HalleyError {
  const error = isPlainObject(body.error) ? body.error : body;
  const type = textOf(error.type) ?? '';
  const message = textOf(error.message);
  return new HalleyError(codeOf(status, type), {
    log: `anthropic: ${status} ${type}`,
    ...(message !== undefined && message !== '' && { message }),
  });
}

function codeOf(status: number, type: string): ErrorCode {
  if (status === 413 || type === 'request_too_large') return 'body_too_large';
  if (status === 429 || type === 'rate_limit_error') return 'rate_limit_exceeded';
  if (status === 529 || status === 503 || type === 'overloaded_error') return 'no_channel_available';
  if (status === 504 || type === 'timeout_error') return 'upstream_timeout';
  return status >= 500 ? 'upstream_broken' : 'invalid_body';
}

const types: ReadonlySet<string> = new Set([
  ...['invalid_request_error', 'authentication_error', 'billing_error', 'permission_error'],
  ...['not_found_error', 'conflict_error', 'rate_limit_error', 'api_error', 'timeout_error'],
  'overloaded_error',
]);

/** Codes of other protocols (section 17). */
const typesByCode: Readonly<Record<string, string>> = {
  rate_limit_exceeded: 'rate_limit_error',
  RESOURCE_EXHAUSTED: 'rate_limit_error',
  server_is_overloaded: 'overloaded_error',
  UNAVAILABLE: 'overloaded_error',
  DEADLINE_EXCEEDED: 'timeout_error',
  INVALID_ARGUMENT: 'invalid_request_error',
  invalid_prompt: 'invalid_request_error',
  context_length_exceeded: 'invalid_request_error',
};

/** @param code the upstream's; '' = none */
export function errorTypeOf(code: string): string {
  if (types.has(code)) return code;
  return Object.hasOwn(typesByCode, code) ? (typesByCode[code] ?? 'api_error') : 'api_error';
}
