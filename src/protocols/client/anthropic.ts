/** Anthropic's client protocol. Pure. Shapes are those of Anthropic's API reference (errors, streaming messages). */
import type { ErrorKind, HalleyError } from '../../platform/errors.ts';
import type { ClientProtocol, ErrorContext } from './client-protocol.ts';
import { cometErrorType, cometResponse, precedesProtocol, renderCometError } from './cometapi.ts';
import { withRequestId } from './error-text.ts';

const types: Readonly<Record<ErrorKind, string>> = {
  invalid_request: 'invalid_request_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  too_large: 'request_too_large',
  rate_limit: 'rate_limit_error',
  quota: 'billing_error',
  upstream: 'api_error',
  unavailable: 'overloaded_error',
  internal: 'api_error',
};

/** Anthropic has no code for a context that is full: its clients look for these words, and shorten the history. */
const fullContext = 'prompt is too long';

/** Older versions of Claude Code know a refused key by these words alone (anthropics/claude-code#9694). */
const refusedKey = 'invalid x-api-key';

function messageOf({ code, kind, message }: HalleyError): string {
  if (kind === 'authentication') return `${message} (${refusedKey})`;
  const isTold = code !== 'context_length_exceeded' || message.toLowerCase().includes(fullContext);
  return isTold ? message : `${fullContext}: ${message}`;
}

function errorBody(error: HalleyError, { requestId, compat }: ErrorContext): string {
  const shown =
    compat === 'cometapi'
      ? { type: cometErrorType, message: cometResponse(error, requestId).error.message }
      : { type: types[error.kind], message: withRequestId(messageOf(error), requestId) };
  return JSON.stringify({ type: 'error', error: shown, request_id: requestId });
}

export const anthropicClientProtocol: ClientProtocol = {
  name: 'anthropic',
  renderError(error, context) {
    if (context.compat === 'none') return { status: error.status, body: errorBody(error, context) };
    if (precedesProtocol(error)) return renderCometError(error, context.requestId);
    return { status: cometResponse(error, context.requestId).status, body: errorBody(error, context) };
  },
  renderBreak(error, form, context, anyBytesSent) {
    if (form !== 'sse') return '';
    return `${anyBytesSent ? '\n\n' : ''}event: error\ndata: ${errorBody(error, context)}\n\n`;
  },
  requestIdHeader: 'request-id',
};
