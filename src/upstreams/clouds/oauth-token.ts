/** Requests access tokens of OAuth 2.0 (RFC 6749, sections 4.4 and 5). */
import type { Dispatcher } from 'undici';
import { HalleyError } from '../../platform/errors.ts';
import { readStart } from '../read-start.ts';
import type { UpstreamConnections } from '../upstreams.ts';
import type { IssuedToken } from './token-source.ts';

const responseBytesMax = 65_536;

export interface TokenOrder {
  /** Connections to the host of `tokenUri`. */
  readonly connections: UpstreamConnections;
  readonly tokenUri: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Limit for the response in milliseconds. */
  readonly timeoutMs: number;
}

async function readJson({ body }: Dispatcher.ResponseData): Promise<Readonly<Record<string, unknown>>> {
  const { bytes, isWhole } = await readStart(body, responseBytesMax);
  if (!isWhole) return {};
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What an error says (RFC 6749, 5.2); for the log. */
function describe({ error, error_description }: Readonly<Record<string, unknown>>): string {
  return [error, error_description]
    .filter((text) => typeof text === 'string')
    .join(': ')
    .slice(0, 200);
}

/**
 * Requests one access token.
 * @throws HalleyError('upstream_rejected') if the issuer refuses; `upstream_unreachable` if it cannot be asked
 */
export async function requestToken(order: TokenOrder): Promise<IssuedToken> {
  const { connections, tokenUri, parameters, timeoutMs } = order;
  const { origin, pathname, search } = new URL(tokenUri);
  const options = {
    origin,
    path: pathname + search,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(parameters).toString(),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  } as const;
  try {
    const response = await connections.withNewConnection((client) => client.request(options));
    return readToken(response.statusCode, await readJson(response), origin);
  } catch (error) {
    if (error instanceof HalleyError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new HalleyError('upstream_unreachable', { log: `no access token from ${origin}: ${reason}` });
  }
}

function readToken(status: number, response: Readonly<Record<string, unknown>>, origin: string): IssuedToken {
  const { access_token, expires_in } = response;
  if (status === 200 && typeof access_token === 'string' && typeof expires_in === 'number') {
    return { value: access_token, lifetimeMs: expires_in * 1000 };
  }
  // 400 invalid_grant: the account or its key was deleted or disabled, or the clock is wrong.
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const log = `no access token from ${origin}: it answered ${status} ${describe(response)}`.trim();
  throw new HalleyError(isRefusal ? 'upstream_rejected' : 'upstream_unreachable', { log });
}
