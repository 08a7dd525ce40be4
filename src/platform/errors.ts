/**
 * The catalogue of all errors. Each error has a public message, which the caller receives in the shape of its
 * protocol, and a log message, which only operators see.
 */

/** The general kind of an error. Each protocol has its own name for it. */
export type ErrorKind =
  | 'invalid_request'
  | 'authentication'
  | 'permission'
  | 'not_found'
  | 'too_large'
  | 'rate_limit'
  | 'quota'
  | 'upstream'
  | 'unavailable'
  | 'internal';

interface CatalogueEntry {
  readonly status: number;
  readonly kind: ErrorKind;
  /** The public message, unless the place that throws the error gives one. */
  readonly text: string;
  /** Sent as Retry-After, in seconds. */
  readonly retryAfter?: number;
}

const entry = (
  status: number,
  kind: ErrorKind,
  text: string,
  more: Pick<CatalogueEntry, 'retryAfter'> = {},
): CatalogueEntry => ({ status, kind, text, ...more });

export const errorCatalogue = {
  // Admission of a model request. Every invalid key gets the same response.
  invalid_api_key: entry(
    401,
    'authentication',
    'Invalid API key: it is missing, unknown, disabled, expired or deleted. Check the key, or create a new one.',
  ),
  ip_not_allowed: entry(403, 'permission', 'This API key may not be used from this address.'),
  account_disabled: entry(403, 'permission', 'The account that owns this API key is disabled.'),
  group_not_allowed: entry(403, 'permission', 'This API key may not use its group.'),
  model_not_allowed: entry(403, 'permission', 'This API key may not use this model.'),
  insufficient_user_quota: entry(
    403,
    'quota',
    'The account has no quota left. Ask an administrator to add some.',
  ),
  pre_consume_token_quota_failed: entry(
    403,
    'quota',
    'This API key has no quota left. Raise its quota, or make it unlimited.',
  ),
  budget_exceeded: entry(
    403,
    'quota',
    'The budget of this API key or its account is used up for this period. Raise the budget, or wait for the next period.',
  ),
  rate_limit_exceeded: entry(
    429,
    'rate_limit',
    'This API key has reached its limit of requests or tokens per minute. Wait, then try again.',
  ),
  concurrency_limit_exceeded: entry(
    429,
    'rate_limit',
    'This API key has reached its limit of concurrent requests. Wait until one has ended.',
  ),
  key_revoked: entry(
    401,
    'authentication',
    'The rights of this API key were revoked while the request was running.',
  ),
  session_ended: entry(
    401,
    'authentication',
    'The session that sent this request has ended. Sign in, then send the request again.',
  ),
  // Errors of the request.
  invalid_body: entry(400, 'invalid_request', 'The request body is not valid.'),
  context_length_exceeded: entry(
    400,
    'invalid_request',
    'The prompt is too long for the context of this model. Shorten it.',
  ),
  field_missing: entry(400, 'invalid_request', 'The request body lacks a required field.'),
  model_not_priced: entry(
    400,
    'invalid_request',
    'This model has no price here. Ask the operator to set one.',
  ),
  model_missing: entry(400, 'invalid_request', 'The request names no model. Set "model" to a model id.'),
  model_not_found: entry(
    404,
    'not_found',
    'No channel offers this model. List the models to see which are available.',
  ),
  path_not_found: entry(
    404,
    'not_found',
    'This path does not exist. Check the base URL of the client: for OpenAI clients it ends with /v1, for Anthropic and Gemini clients it does not.',
  ),
  endpoint_not_offered: entry(
    404,
    'not_found',
    'This gateway does not serve this endpoint. Its documentation lists those that it serves: /docs/reference/model-requests.',
  ),
  upgrade_not_offered: entry(
    426,
    'invalid_request',
    'There is no WebSocket at this path. Send a plain HTTP request over HTTP/1.1.',
  ),
  job_not_found: entry(
    404,
    'not_found',
    'This API key has no such job. Use the key that submitted the job, and the id from the response to the submission.',
  ),
  job_result_missing: entry(
    404,
    'not_found',
    'This job has no result: it has not ended, it failed, or the upstream has removed the result. Fetch the job to see which.',
  ),
  object_not_found: entry(
    404,
    'not_found',
    'This API key has no such stored object: another key created it, it was deleted, or it has expired. Use the key that created it.',
  ),
  object_channel_gone: entry(
    410,
    'not_found',
    'The upstream channel that stores this object was removed or disabled, or its upstream key was replaced. Start again without the object, or ask the operator.',
  ),
  console_missing: entry(
    404,
    'not_found',
    'The gateway is running, but the pages of its console were not built. Run `npm ci` (without --omit=dev and --ignore-scripts) or `npm run prepare` where it is installed, then restart it. The API works without them.',
  ),
  site_missing: entry(
    404,
    'not_found',
    'This gateway runs, but the pages of its documentation were not built. Run `npm ci` (without --omit=dev and --ignore-scripts) or `npm run prepare` where it is installed, then restart it. The documents are in its folder docs.',
  ),
  method_not_allowed: entry(405, 'invalid_request', 'This path does not support this method.'),
  body_too_large: entry(413, 'too_large', 'The request body is larger than this gateway accepts.'),
  bodies_full: entry(
    503,
    'unavailable',
    'The gateway has reached its memory limit for request bodies. Try again shortly.',
    { retryAfter: 1 },
  ),
  uploads_full: entry(503, 'unavailable', 'The gateway cannot store this upload now. Try again shortly.', {
    retryAfter: 1,
  }),
  sender_bodies_full: entry(
    429,
    'rate_limit',
    'The concurrent request bodies of this sender are too large in total. Wait until some requests have ended.',
    { retryAfter: 1 },
  ),
  unsupported_encoding: entry(
    415,
    'invalid_request',
    'Compressed request bodies are not accepted. Send the body without Content-Encoding.',
  ),
  headers_too_large: entry(
    431,
    'too_large',
    'The header block of the request is too large. Send fewer headers.',
  ),
  request_timeout: entry(408, 'invalid_request', 'The request took too long to arrive.'),
  malformed_request: entry(400, 'invalid_request', 'The request is not well-formed HTTP.'),
  // Errors of upstreams.
  upstream_unreachable: entry(
    502,
    'upstream',
    'The upstream could not be reached. Try again, or ask the operator.',
  ),
  upstream_timeout: entry(504, 'upstream', 'The upstream did not respond in time. Try again.'),
  upstream_broken: entry(
    502,
    'upstream',
    'The upstream ended its response early or sent an invalid one. Try again.',
  ),
  upstream_rejected: entry(
    502,
    'upstream',
    "The upstream refused the gateway's own credentials. Ask the operator to check the channel.",
  ),
  no_channel_available: entry(
    503,
    'unavailable',
    'Every channel for this model is unavailable after failures. Try again shortly.',
  ),
  job_unclear: entry(
    502,
    'upstream',
    'The upstream may have accepted the job, but did not respond. The job is held: do not submit it again. Ask the operator, and give the request id.',
  ),
  job_refused: entry(502, 'upstream', 'The upstream did not accept the job. Nothing is charged.'),
  // Errors of the gateway.
  draining: entry(503, 'unavailable', 'The gateway is shutting down. Send the request again.'),
  store_unavailable: entry(
    503,
    'unavailable',
    'The database is unavailable right now. Nothing was confirmed: try again.',
    { retryAfter: 1 },
  ),
  internal_error: entry(500, 'internal', 'Something went wrong in the gateway.'),
  // Errors of the management API.
  unauthorized: entry(
    401,
    'authentication',
    'Not signed in, or the access token is not valid. Send a personal access token in Authorization.',
  ),
  setup_code_invalid: entry(
    401,
    'authentication',
    'This setup link no longer works: it was used, is older than an hour, or root has signed in since. Sign in with the password, or restart the gateway for a new link.',
  ),
  forbidden: entry(403, 'permission', 'Your role does not allow this.'),
  foreign_origin: entry(
    403,
    'permission',
    'A page of another origin may not make this call. Set `public_url` to the address of this gateway if it is its own.',
  ),
  mcp_session_ended: entry(
    404,
    'not_found',
    'This MCP session has ended. Begin a new one with `initialize`.',
  ),
  csrf: entry(403, 'permission', 'A request with a session cookie must come from the pages of this gateway.'),
  invalid_id: entry(400, 'invalid_request', 'The id is not valid: it must be a positive whole number.'),
  invalid_value: entry(400, 'invalid_request', 'A value is not valid.'),
  // The compatible API responds to these two with HTTP 200 and `success: false`.
  no_such_record: entry(200, 'not_found', 'There is no such record.'),
  refused: entry(200, 'invalid_request', 'This is not possible.'),
  login_failed: entry(401, 'authentication', 'The user name or the password is wrong.'),
  too_many_attempts: entry(429, 'rate_limit', 'Too many attempts. Wait, then try again.'),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorOptions {
  /**
   * Replaces the public message of the catalogue. Must say what is wrong and what to do; must not contain secrets.
   */
  readonly message?: string;
  /** The internal cause, for the log only. */
  readonly log?: string;
  /** The request field at fault, as in the OpenAI error format. */
  readonly param?: string;
  /** Extra response headers, such as Allow or Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The only error that may reach a caller. Any other error becomes `internal_error`. */
export class HalleyError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly kind: ErrorKind;
  readonly log: string | undefined;
  readonly param: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    const known: CatalogueEntry = errorCatalogue[code];
    // The code and log text identify the origin. Capturing a stack would cost more than the rest of a refusal.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(options.message ?? known.text, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'HalleyError';
    this.code = code;
    this.status = known.status;
    this.kind = known.kind;
    this.log = options.log;
    this.param = options.param;
    this.headers =
      options.headers ?? (known.retryAfter === undefined ? {} : { 'retry-after': String(known.retryAfter) });
  }
}

const finalKinds: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'invalid_request',
  'authentication',
  'permission',
  'not_found',
  'too_large',
  'quota',
]);

/** A body that was slow to arrive may arrive in time; what the gateway's own account is refused stays refused;
 * a job that may run must not be submitted twice. */
const exceptions: ReadonlyMap<ErrorCode, boolean> = new Map([
  ['request_timeout', false],
  ['upstream_rejected', true],
  ['job_unclear', true],
]);

/** Whether the same request would be refused again, so that a client must not repeat it. */
export function isFinal({ kind, code }: HalleyError): boolean {
  return exceptions.get(code) ?? finalKinds.has(kind);
}

/**
 * Whether an operator must investigate. A gateway that drains, is full or has no upstream left behaves as intended.
 */
export function isFault({ kind, code }: HalleyError): boolean {
  return kind === 'internal' || code === 'store_unavailable';
}

/** Converts anything thrown into an error for callers. The original message goes to the log only. */
export function asHalleyError(thrown: unknown): HalleyError {
  if (thrown instanceof HalleyError) return thrown;
  const log = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new HalleyError('internal_error', { log, cause: thrown });
}
