/** Calls the management API of a running gateway; each kind of failure becomes its own `CliError`. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { AlreadyDeleted, CliError, exitCodes, usageError } from './exit-codes.ts';
import { type Flags, inFlags } from './flags.ts';

const answer_ms_max = 120_000;
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Starts with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** The options or arguments that set the fields of this request. Error messages name them. */
  readonly flags?: Flags;
}

export interface Client {
  readonly url: string;
  /**
   * @returns `data` of the envelope
   * @throws CliError
   */
  call(request: Request): Promise<unknown>;
  /**
   * @returns the whole envelope of a successful response
   * @throws CliError
   */
  envelope(request: Request): Promise<Readonly<Record<string, unknown>>>;
  /**
   * @returns each line of a response as it arrives
   * @throws CliError also while it is read
   */
  lines(request: Request): AsyncIterable<Readonly<Record<string, unknown>>>;
  /**
   * Sends a request without a token and returns the response of any status.
   * @throws CliError when there is no response
   */
  plain(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
}

/**
 * Normalizes an address: removes slashes at its end.
 * @throws CliError when the text is not an http or https URL
 */
export function gatewayUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw usageError(`The address of the gateway is not a URL: ${text}. Write it as http://127.0.0.1:8787.`);
  }
  if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw usageError('The address of the gateway must be http:// or https:// with host, port and path only.');
  }
  return url.href.replace(/\/+$/, '');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param code error code of the envelope; distinguishes errors that have status 200 */
function exitCodeOf(status: number, code: unknown): number {
  if (code === 'no_such_record') return exitCodes.notFound;
  if (status === 401 || status === 403) return exitCodes.denied;
  if (status === 404) return exitCodes.notFound;
  if (status >= 500) return exitCodes.serverError;
  return status === 400 ? exitCodes.usage : exitCodes.failure;
}

/** @throws CliError when there is no token, or none that HTTP can send */
function authorization(token: string | undefined): Record<string, string> {
  if (token === undefined) {
    throw new CliError(
      exitCodes.denied,
      'No access token. Sign in with `halley login`; or put a token into HALLEY_TOKEN, or into a file (mode 600) named by HALLEY_TOKEN_FILE or at ~/.config/halley/token.',
    );
  }
  // HTTP cannot send other characters in a header. Without this check the error would be "cannot be reached".
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CliError(
      exitCodes.denied,
      'The access token contains characters that no token has. Check where it is stored.',
    );
  }
  return { authorization: `Bearer ${token}` };
}

/** @param changes whether the request may have changed something before it failed */
function unreachable(url: string, error: unknown, changes: boolean): CliError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  const sent = !(cause instanceof Error && 'code' in cause && neverConnected.has(String(cause.code)));
  const doubt = sent && changes ? ' The change may have been made: check before you repeat it.' : '';
  return new CliError(
    exitCodes.unreachable,
    `The gateway at ${url} cannot be reached: ${reason}. Is it running? Set --url or HALLEY_URL if it is elsewhere.${doubt}`,
  );
}

function fetchFrom(url: string, request: Request, headers: Record<string, string>): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return fetch(`${url}${request.path}${query.size > 0 ? `?${query}` : ''}`, {
    method: request.method ?? 'GET',
    headers: request.body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(answer_ms_max),
  });
}

/**
 * @param token personal access token; without one, calls that need a token fail and say how to give it
 * @param warn receives each warning of a successful response
 */
export function createClient(
  address: string,
  token: string | undefined,
  warn: (text: string) => void = () => undefined,
): Client {
  const url = gatewayUrl(address);

  /** Reads the response, so that its failures are those of the gateway. */
  async function send<Read>(
    request: Request,
    headers: Record<string, string>,
    read: (response: Response) => Promise<Read>,
  ): Promise<Read> {
    try {
      return await read(await fetchFrom(url, request, headers));
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw unreachable(url, error, (request.method ?? 'GET') !== 'GET');
    }
  }

  const client: Client = {
    url,
    call: async (request) => (await client.envelope(request)).data,
    envelope: async (request) =>
      send(request, authorization(token), async (response) => {
        const envelope = await envelopeIn(url, response, request.flags ?? {});
        if (Array.isArray(envelope.warnings)) envelope.warnings.forEach((text) => void warn(String(text)));
        return envelope;
      }),
    async *lines(request) {
      const response = await send(request, authorization(token), async (found) => {
        if (!found.headers.get('content-type')?.includes('ndjson')) {
          await envelopeIn(url, found, request.flags ?? {});
        }
        return found;
      });
      try {
        for await (const line of createInterface({ input: Readable.from(textsOf(response)) })) {
          yield asRecord(parseJson(line));
        }
      } catch (error) {
        throw error instanceof CliError ? error : unreachable(url, error, true);
      }
    },
    plain: (path) =>
      send({ path }, {}, async (response) => ({
        status: response.status,
        body: parseJson(await response.text()),
      })),
  };
  return client;
}

async function* textsOf({ body }: Response): AsyncIterable<string> {
  if (body) yield* body.pipeThrough(new TextDecoderStream());
}

/**
 * Reads the envelope of a response.
 * @throws CliError when it tells a failure, or is none of a gateway
 */
async function envelopeIn(
  url: string,
  response: Response,
  flags: Flags,
): Promise<Readonly<Record<string, unknown>>> {
  const { status } = response;
  const envelope = parseJson(await response.text());
  if (!isObject(envelope) || typeof envelope.success !== 'boolean') {
    throw new CliError(
      exitCodes.serverError,
      `The server at ${url} is not a Halley gateway (status ${status}, no {success, message}).`,
    );
  }
  if (envelope.success && status < 400) return envelope;
  const message = inFlags(typeof envelope.message === 'string' ? envelope.message : '', flags);
  const deletedAt = response.headers.get('x-halley-already-deleted');
  if (deletedAt !== null) throw new AlreadyDeleted(message, deletedAt);
  throw new CliError(
    exitCodeOf(status, envelope.code),
    message || `The gateway refused this with status ${status}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns the data as one record.
 * @throws CliError when it is something else
 */
export function asRecord(data: unknown): Record<string, unknown> {
  if (isObject(data)) return data;
  throw new CliError(exitCodes.serverError, 'The response of the gateway lacks the requested record.');
}

export interface PageOfRecords {
  readonly items: readonly Record<string, unknown>[];
  readonly total: number;
  /** For `before_id` of the next page; 0 = there is none, undefined = the list does not say. */
  readonly nextBeforeId: number | undefined;
  /** Where only a part was searched: from which second on, and the `before` that goes on after the page. */
  readonly searched: { readonly from: number; readonly next: string } | undefined;
}

/** Returns the records of one page and the total number of records. */
export function pageOf(data: unknown): PageOfRecords {
  const items = recordsOf(data);
  const fields: Readonly<Record<string, unknown>> = isObject(data) ? data : {};
  const { total, next_before_id: nextId, searched_from: from, next } = fields;
  return {
    items,
    total: typeof total === 'number' ? total : items.length,
    nextBeforeId: typeof nextId === 'number' ? nextId : undefined,
    searched: typeof from === 'number' && typeof next === 'string' ? { from, next } : undefined,
  };
}

/** Returns the records of a page or of a plain list. */
export function recordsOf(data: unknown): Record<string, unknown>[] {
  const items = isObject(data) ? data.items : data;
  if (Array.isArray(items) && items.every(isObject)) return items;
  throw new CliError(exitCodes.serverError, 'The response of the gateway lacks the requested list.');
}
