/** Management responses: the envelope, and responses without one. */
import type { BuiltFile } from '../http/files/built-files.ts';
import { errorHelp } from '../platform/error-help.ts';
import type { HalleyError } from '../platform/errors.ts';

export interface JsonResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A text generated while it is sent. */
export interface StreamedResponse {
  readonly status: number;
  readonly contentType: string;
  readonly stream: AsyncIterable<string | Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A document that is the same for everybody, with its validator. */
export interface FileResponse {
  readonly file: BuiltFile;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Says that the request was handed to another part of the gateway, which responds. */
export interface HandedOver {
  readonly handedOver: true;
}

export type ManagementResponse = JsonResponse | StreamedResponse | FileResponse | HandedOver;

/** `{success: true, message: ''}`, plus `data` and `warnings` where given. */
export function success(
  data?: unknown,
  headers: Readonly<Record<string, string>> = {},
  warnings: readonly string[] = [],
): JsonResponse {
  const more = { ...(data !== undefined && { data }), ...(warnings.length > 0 && { warnings }) };
  return { status: 200, body: { success: true, message: '', ...more }, headers };
}

/** Codes of the compatible API for authentication failures. All other codes come from the catalogue. */
const upstreamCodes: Readonly<Record<string, string>> = {
  unauthorized: 'AUTH_UNAUTHORIZED',
  forbidden: 'AUTH_INSUFFICIENT_PRIVILEGE',
};

/**
 * `{success: false, message, code}` with the catalogue's status, and `retry_after` where there is such a header.
 * @param hasDocs whether the gateway serves the documentation to which a link leads
 */
export function failure(error: HalleyError, hasDocs: boolean): JsonResponse {
  const wait = error.headers['retry-after'] ?? '';
  return {
    status: error.status,
    body: {
      success: false,
      message: error.message,
      code: upstreamCodes[error.code] ?? error.code,
      ...(/^\d+$/.test(wait) && { retry_after: Number(wait) }),
    },
    headers: hasDocs ? { ...error.headers, ...errorHelp(error.code) } : error.headers,
  };
}
