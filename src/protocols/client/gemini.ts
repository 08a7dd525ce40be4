/** Gemini's client protocol. Pure. Shapes are those of google.rpc.Status and of the Gemini API reference. */
import type { HalleyError } from '../../platform/errors.ts';
import type { ClientProtocol } from './client-protocol.ts';
import { renderCometError } from './cometapi.ts';
import { withRequestId } from './error-text.ts';

/** Canonical code names by HTTP status (google/rpc/code.proto), where the class alone does not tell. */
const statusNames: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  429: 'RESOURCE_EXHAUSTED',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function statusName(status: number): string {
  return statusNames[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
}

/** What Google's clients read in place of Retry-After (google/rpc/error_details.proto). */
function retryInfo({ headers }: HalleyError): readonly object[] {
  const seconds = headers['retry-after'];
  if (seconds === undefined) return [];
  return [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }];
}

/** The status is one of five of Google's; `reason` tells the errors apart. */
function errorBody(error: HalleyError, requestId: string): string {
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: error.code.toUpperCase(),
    domain: 'halley',
  };
  const shown = {
    code: error.status,
    message: withRequestId(error.message, requestId),
    status: statusName(error.status),
    details: [info, ...retryInfo(error)],
  };
  return JSON.stringify({ error: shown });
}

export const geminiClientProtocol: ClientProtocol = {
  name: 'gemini',
  renderError(error, { requestId, compat }) {
    if (compat === 'cometapi') return renderCometError(error, requestId);
    return { status: error.status, body: errorBody(error, requestId) };
  },
  // The published client raises only on an `error` with a numeric code, so this shape is kept under compat.
  renderBreak(error, form, { requestId }, anyBytesSent) {
    const body = errorBody(error, requestId);
    if (form === 'sse') return `${anyBytesSent ? '\n\n' : ''}data: ${body}\n\n`;
    if (form === 'json-array') return anyBytesSent ? `,\n${body}\n]` : `[${body}]`;
    return '';
  },
};
