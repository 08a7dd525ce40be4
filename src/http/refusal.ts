/** Renders the HTTP shell's own refusals: JSON errors in OpenAI's shape. */
import { STATUS_CODES } from 'node:http';
import type { ErrorKind, HalleyError } from '../platform/errors.ts';
import { protectiveHeaders } from './response.ts';

const types: Partial<Record<ErrorKind, string>> = {
  internal: 'server_error',
  unavailable: 'server_error',
};

/** JSON text. Most clients here are model clients, and most of those speak OpenAI's protocol. */
export function refusalBody(error: HalleyError, requestId: string): string {
  return JSON.stringify({
    error: {
      message: `${error.message} (request id: ${requestId})`,
      type: types[error.kind] ?? 'invalid_request_error',
      param: null,
      code: error.code,
    },
  });
}

function headerLines(headers: readonly string[]): string[] {
  return headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []));
}

/**
 * A complete response as bytes, for bytes that never became a request.
 * @param now milliseconds since 1970
 */
export function rawRefusal(error: HalleyError, requestId: string, now: number): string {
  const body = refusalBody(error, requestId);
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    `date: ${new Date(now).toUTCString()}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    ...headerLines(protectiveHeaders),
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
