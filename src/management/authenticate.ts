/** Finds the account behind a management request. */
import { parseAuthorization } from '../accounts/access-tokens.ts';
import { digestOf } from '../keys/digest.ts';
import { HalleyError } from '../platform/errors.ts';
import type { AccountRow } from '../store/store.ts';
import { requireSameOrigin } from './csrf.ts';
import type { ManagementRequest } from './request.ts';
import type { Services } from './services.ts';
import { readSessionCookie } from './session-cookie.ts';

export interface Caller {
  readonly account: AccountRow;
  /** The session's cookie value; undefined when an access token was used. */
  readonly session: string | undefined;
}

/**
 * An Authorization header decides alone, so that a wrong token is never covered by a cookie. The store is
 * asked each time: a token that was replaced and an account that was disabled are refused from then on.
 * @param changes whether the request changes something, which by cookie needs proof of origin
 * @throws HalleyError('unauthorized'), `csrf`
 */
export async function authenticate(
  services: Services,
  request: ManagementRequest,
  changes: boolean,
): Promise<Caller> {
  const { authorization } = request.headers;
  const session = authorization ? undefined : readSessionCookie(request.headers);
  const account = await (session === undefined
    ? accountOfToken(services, authorization)
    : accountOfSession(services, session));
  if (!account) throw new HalleyError('unauthorized');
  if (account.state === 'disabled') {
    throw new HalleyError('unauthorized', { message: 'This account is disabled.' });
  }
  if (session !== undefined && changes) {
    requireSameOrigin(request.headers, services.settings.public_url);
  }
  return { account, session };
}

async function accountOfToken(
  services: Services,
  header: string | undefined,
): Promise<AccountRow | undefined> {
  const token = parseAuthorization(header);
  return token === undefined ? undefined : services.store.findAccountByAccessToken(digestOf(token));
}

async function accountOfSession(services: Services, session: string): Promise<AccountRow | undefined> {
  const id = await services.sessions.accountOf(session);
  return id === undefined ? undefined : services.store.getAccount(id);
}
