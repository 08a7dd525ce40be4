/**
 * Requests access tokens of Google for a service account, by the JWT grant
 * (https://developers.google.com/identity/protocols/oauth2/service-account#httprest, RFC 7523).
 */
import type { Clock } from '../../platform/clock.ts';
import type { UpstreamConnections } from '../upstreams.ts';
import { requestToken } from './oauth-token.ts';
import type { ServiceAccount } from './service-account.ts';
import type { IssuedToken } from './token-source.ts';

const scope = 'https://www.googleapis.com/auth/cloud-platform';
/** Google accepts an hour at most. */
const assertionLifetimeS = 3600;

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

/**
 * Requests one access token.
 * @throws HalleyError as `requestToken` does
 */
export async function requestGoogleToken(parts: TokenRequestParts): Promise<IssuedToken> {
  const { connections, account, timeoutMs } = parts;
  const parameters = {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await assertionOf(parts),
  };
  return requestToken({ connections, tokenUri: account.tokenUri, parameters, timeoutMs });
}
