/**
 * Requests access tokens of Google for a service account, by the JWT grant
 * (https://developers.google.com/identity/protocols/oauth2/service-account#httprest, RFC 7523).
 */
import type { Dispatcher } from 'undici';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { UpstreamConnections } from '../upstreams.ts';
import type { ServiceAccount } from './service-account.ts';
import type { IssuedToken } from './token-source.ts';

const scope = 'https://www.googleapis.com/auth/cloud-platform';
/** Google accepts an hour at most. */
const assertionLifetimeS = 3600;
const responseBytesMax = 65_536;

export interface TokenRequestParts {
  readonly account: ServiceAccount;
  /** Connections to the host of the account's `tokenUri`. */
  readonly connections: UpstreamConnections;
  readonly clock: Pick<Clock, 'now'>;
  /** Limit for the response in milliseconds. */
  readonly timeoutMs: number;
}

/** Signs the assertion that the account asks for a token. */
async function assertionOf({ account, clock }: TokenRequestParts): Promise<string> {
  // Loaded with the first such request: 8 MB that a gateway without a channel to Google Cloud does not need.
  const { SignJWT } = await import('jose/jwt/sign');
  const now = Math.floor(clock.now() / 1000);
  const { clientEmail, privateKey, privateKeyId, tokenUri } = account;
  return new SignJWT({ scope })
    .setProtectedHeader({
      alg: 'RS256',
      typ: 'JWT',
      ...(privateKeyId !== undefined && { kid: privateKeyId }),
    })
    .setIssuer(clientEmail)
    .setAudience(tokenUri)
    .setIssuedAt(now)
    .setExpirationTime(now + assertionLifetimeS)
    .sign(privateKey);
}

async function readJson({ body }: Dispatcher.ResponseData): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > responseBytesMax) return {};
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
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
 * @throws HalleyError('upstream_rejected') if Google refuses the account; `upstream_unreachable` if it cannot be asked
 */
export async function requestGoogleToken(parts: TokenRequestParts): Promise<IssuedToken> {
  const { connections, account, timeoutMs } = parts;
  const { origin, pathname, search } = new URL(account.tokenUri);
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await assertionOf(parts),
  }).toString();
  const options = {
    origin,
    path: pathname + search,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body,
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
