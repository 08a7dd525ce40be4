/** Authenticates a management request. */
import { parseAuthorization } from '../accounts/access-tokens.ts';
import { digestOf } from '../domain/digest.ts';
import { HalleyError } from '../platform/errors.ts';
import type { AccountRow, Credential } from '../store/store.ts';
import { requireSameOrigin } from './csrf.ts';
import type { ManagementRequest } from './request.ts';
import type { Services } from './services.ts';
import { readSessionCookie } from './session-cookie.ts';

/** The id of the account that a page of the console shows. */
const pageAccountHeader = 'x-halley-account';

export interface Caller {
  readonly account: AccountRow;
  /** The session's cookie value; undefined when an access token was used. */
  readonly session: string | undefined;
  /** The presented credential. Writes check that it has not been revoked meanwhile. */
  readonly credential: Credential;
}

/**
 * An Authorization header takes precedence over the cookie, so that a valid cookie never hides a wrong token. The
 * store is read on every call: replaced tokens and disabled accounts are refused at once.
 * @param changes whether the request changes state; with a cookie this requires proof of origin
 * @throws HalleyError('unauthorized'); `session_ended` when the cookie is of no session, or of another account than the
 * page that sends it; `csrf`
 */
export async function authenticate(
  services: Services,
  request: ManagementRequest,
  changes: boolean,
): Promise<Caller> {
  const { authorization } = request.headers;
  const session = authorization ? undefined : readSessionCookie(request.headers);
  const token = session === undefined ? parseAuthorization(authorization) : undefined;
  const shown = session ?? token;
  if (shown === undefined) throw new HalleyError('unauthorized');
  const credential: Credential = {
    kind: session === undefined ? 'token' : 'session',
    digest: digestOf(shown),
  };
  const account = await (session === undefined
    ? services.store.findAccountByAccessToken(credential.digest)
    : accountOfSession(services, session, request.clientAddress));
  if (!account) throw new HalleyError(session === undefined ? 'unauthorized' : 'session_ended');
  if (account.state === 'disabled') {
    throw new HalleyError('unauthorized', { message: 'This account is disabled.' });
  }
  if (session !== undefined) requirePageOf(account, request);
  if (session !== undefined && changes) {
    requireSameOrigin(request.headers, services.settings.public_url);
  }
  return { account, session, credential };
}

/** All pages of a browser share its cookie: one may have signed in with another account since this one was opened. */
function requirePageOf({ id }: AccountRow, { headers }: ManagementRequest): void {
  const expected = headers[pageAccountHeader];
  if (expected === undefined || expected === String(id)) return;
  throw new HalleyError('session_ended', {
    message: 'This browser is signed in with another account now. Sign in with the one of this page again.',
  });
}

async function accountOfSession(
  services: Services,
  session: string,
  address: string,
): Promise<AccountRow | undefined> {
  const id = await services.sessions.accountOf(session, address);
  return id === undefined ? undefined : services.store.getAccount(id);
}
