/**
 * Errors the way CometAPI gives them, for clients that depend on its statuses, types, codes and texts
 * (setting `errors.compat = cometapi`). What CometAPI does is listed in docs/reference/model-requests.md. Pure.
 */
import type { ErrorCode, HalleyError } from '../../platform/errors.ts';
import type { RenderedError } from './client-protocol.ts';
import { withRequestId } from './error-text.ts';

interface CometResponse {
  readonly status: number;
  readonly code: string;
  /** Undefined = our own text. */
  readonly text?: (error: HalleyError) => string;
}

const noChannel = (error: HalleyError): string =>
  `no available channel for this group and model (distributor). ${error.message}`;

/** Where CometAPI differs from our own status, code or text. */
const differing: Partial<Record<ErrorCode, CometResponse>> = {
  invalid_api_key: { status: 401, code: '', text: () => 'Invalid token' },
  key_revoked: { status: 401, code: '', text: () => 'Invalid token' },
  ip_not_allowed: { status: 403, code: 'access_denied' },
  account_disabled: { status: 403, code: '' },
  group_not_allowed: { status: 403, code: '' },
  model_not_allowed: { status: 403, code: '' },
  model_not_found: { status: 503, code: 'model_not_found', text: noChannel },
  no_channel_available: { status: 503, code: 'model_not_found', text: noChannel },
  model_missing: { status: 400, code: '', text: () => 'model name is required' },
  invalid_body: { status: 500, code: 'invalid_request' },
  field_missing: { status: 500, code: 'invalid_request', text: ({ param }) => `field ${param} is required` },
  path_not_found: { status: 404, code: '', text: () => 'Invalid URL' },
};

export const cometErrorType = 'comet_api_error';

/** What CometAPI decides before it looks at the protocol, and answers in OpenAI's shape on every path. */
const beforeProtocol: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_api_key',
  'key_revoked',
  'ip_not_allowed',
  'account_disabled',
  'group_not_allowed',
  'model_not_allowed',
  'model_missing',
  'model_not_found',
  'no_channel_available',
  'path_not_found',
]);

export function precedesProtocol(error: HalleyError): boolean {
  return beforeProtocol.has(error.code);
}

/** The error in CometAPI's status and words; `message` ends with the request id. */
export function cometResponse(error: HalleyError, requestId: string): { status: number; error: CometError } {
  const known = differing[error.code];
  const message = withRequestId(known?.text?.(error) ?? error.message, requestId);
  const code = known?.code ?? error.code;
  return {
    status: known?.status ?? error.status,
    error: { message, type: cometErrorType, param: error.param ?? '', code },
  };
}

export interface CometError {
  readonly message: string;
  readonly type: string;
  readonly param: string;
  readonly code: string;
}

export function renderCometError(error: HalleyError, requestId: string): RenderedError {
  const response = cometResponse(error, requestId);
  return { status: response.status, body: JSON.stringify({ error: response.error }) };
}
