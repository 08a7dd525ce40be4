/** Writes errors of Google Cloud in the form of a protocol. Pure. */
import type { ProtocolName } from '../../domain/protocol-name.ts';
import { asObject, parseOr } from '../../protocols/usage/usage-shape.ts';

/** By the names of google/rpc/code.proto. */
const types: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'invalid_request_error',
  FAILED_PRECONDITION: 'invalid_request_error',
  OUT_OF_RANGE: 'invalid_request_error',
  UNAUTHENTICATED: 'authentication_error',
  PERMISSION_DENIED: 'permission_error',
  NOT_FOUND: 'not_found_error',
  RESOURCE_EXHAUSTED: 'rate_limit_error',
  UNAVAILABLE: 'overloaded_error',
  DEADLINE_EXCEEDED: 'timeout_error',
};

/**
 * The body of an error response in the form of the protocol. Google answers in its own form, alone or in a list, where
 * a request does not reach the model.
 * @returns the same body if it has another form
 */
export function googleErrorInProtocol(protocol: ProtocolName, body: Buffer): Buffer {
  const value: unknown = parseOr(body.toString('utf8'));
  const google = asObject(asObject(Array.isArray(value) ? value[0] : value)?.error);
  if (protocol === 'gemini' || typeof google?.status !== 'string') return body;
  const { status: code, message } = google;
  const type = types[code] ?? 'api_error';
  const error = protocol === 'anthropic' ? { type, message, code } : { message, type, param: null, code };
  return Buffer.from(JSON.stringify(protocol === 'anthropic' ? { type: 'error', error } : { error }));
}
