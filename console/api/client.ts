/** The typed client of the management API. `schema.ts` is generated from the gateway's own OpenAPI document. */
import createClient from 'openapi-fetch';
import { ApiError } from './api-error.ts';
import type { paths } from './schema.ts';

/** Calls endpoints by their paths; wrap each call in `dataOf`. The session cookie authenticates. */
export const api = createClient<paths>({ baseUrl: '/' });

interface Envelope {
  readonly success: boolean;
  readonly message: string;
  readonly code?: string;
}

export interface Outcome<Body> {
  readonly data?: Body;
  readonly error?: unknown;
  readonly response: Response;
}

/** What a successful response holds; undefined where the endpoint returns no data. */
type DataOf<Body> = Extract<Body, { success: true }> extends { data?: infer Data } ? Data : undefined;

/** A successful response: its data and what the gateway warns about. */
export interface ApiResponse<Data> {
  readonly data: Data;
  readonly warnings: readonly string[];
  readonly headers: Headers;
}

/**
 * Waits for a call and unwraps the envelope `{success, message, data}`.
 *
 * @throws ApiError when the gateway refuses the call or cannot be reached
 */
export async function dataOf<Body>(call: Promise<Outcome<Body>>): Promise<DataOf<Body>> {
  return (await responseOf(call)).data;
}

/** As `dataOf`, with the warnings and headers of the response. */
export async function responseOf<Body>(call: Promise<Outcome<Body>>): Promise<ApiResponse<DataOf<Body>>> {
  const { data, error, response } = await reached(call);
  const envelope = envelopeOf(data ?? error);
  if (!response.ok || !envelope?.success) throw errorOf(response, envelope);
  const { data: inner, warnings = [] } = envelope as { data?: unknown; warnings?: string[] };
  // The type of `Body` is generated from the document that the gateway itself serves.
  return { data: inner as DataOf<Body>, warnings, headers: response.headers };
}

/** @throws ApiError when the gateway cannot be reached */
export async function reached<Body>(call: Promise<Outcome<Body>>): Promise<Outcome<Body>> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({ status: 0, code: 'unreachable', message: '', requestId: '' }, { cause });
  }
}

function envelopeOf(value: unknown): Envelope | undefined {
  return typeof value === 'object' && value !== null && 'success' in value ? (value as Envelope) : undefined;
}

/** @param value what the body of a response that is a failure holds */
export function failureOf(response: Response, value: unknown): ApiError {
  return errorOf(response, envelopeOf(value));
}

function errorOf(response: Response, envelope: Envelope | undefined): ApiError {
  const retryAfter = Number(response.headers.get('retry-after') ?? '');
  return new ApiError({
    status: response.status,
    code: envelope?.code ?? 'unexpected_response',
    message: envelope?.message ?? '',
    requestId: response.headers.get('x-request-id') ?? '',
    retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined,
  });
}
