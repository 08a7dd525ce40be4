/**
 * OpenAI's client protocol: errors of chat completions and its kin, and of responses, whose streams report them
 * differently. Pure. Shapes are those of OpenAI's API reference and of what the published `openai` client reads.
 */
import type { ErrorKind, HalleyError } from '../../platform/errors.ts';
import type { ClientProtocol, ErrorContext, RenderedError } from './client-protocol.ts';
import { cometResponse, renderCometError } from './cometapi.ts';
import { withRequestId } from './error-text.ts';

const types: Readonly<Record<ErrorKind, string>> = {
  invalid_request: 'invalid_request_error',
  authentication: 'invalid_request_error',
  permission: 'invalid_request_error',
  not_found: 'invalid_request_error',
  too_large: 'invalid_request_error',
  rate_limit: 'rate_limit_error',
  quota: 'insufficient_quota',
  upstream: 'server_error',
  unavailable: 'server_error',
  internal: 'server_error',
};

interface OpenaiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

function errorObject(error: HalleyError, { requestId, compat }: ErrorContext): OpenaiError {
  if (compat === 'cometapi') return cometResponse(error, requestId).error;
  return {
    message: withRequestId(error.message, requestId),
    type: types[error.kind],
    param: error.param ?? null,
    code: error.code,
  };
}

function renderError(error: HalleyError, context: ErrorContext): RenderedError {
  if (context.compat === 'cometapi') return renderCometError(error, context.requestId);
  return { status: error.status, body: JSON.stringify({ error: errorObject(error, context) }) };
}

function openaiClient(breakEvent: (error: OpenaiError) => string): ClientProtocol {
  return {
    name: 'openai',
    renderError,
    renderBreak(error, form, context, anyBytesSent) {
      if (form !== 'sse') return '';
      return (anyBytesSent ? '\n\n' : '') + breakEvent(errorObject(error, context));
    },
  };
}

/** The client raises on any event whose data has an `error`. */
export const openaiClientProtocol = openaiClient((error) => `data: ${JSON.stringify({ error })}\n\n`);

/**
 * Responses. Their `error` event has its fields at the top (API reference, streaming events); readers of the nested
 * form find it too. The number in the sequence is not known here, so it is 0.
 */
export const responsesClientProtocol = openaiClient((error) => {
  const { message, param, code } = error;
  const event = { type: 'error', sequence_number: 0, code, message, param, error };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
});
