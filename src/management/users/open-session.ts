/** Opens a console session for an account whose password was just verified. */
import type { IncomingHttpHeaders } from 'node:http';
import { HalleyError } from '../../platform/errors.ts';
import type { AccountRow } from '../../store/store.ts';
import type { Services } from '../services.ts';
import { sessionCookie } from '../session-cookie.ts';

/**
 * @returns the Set-Cookie value
 * @throws HalleyError('login_failed') when the account has changed since it was read
 */
export async function openSession(
  services: Services,
  account: AccountRow,
  headers: IncomingHttpHeaders,
): Promise<string> {
  const { store, sessions } = services;
  const value = await sessions.open(account.id);
  // A new password or a disabled account ends existing sessions. This session may have been created just after
  // that.
  const now = await store.getAccount(account.id);
  if (now?.state !== 'enabled' || now.passwordHash !== account.passwordHash) {
    await sessions.close(value);
    throw new HalleyError('login_failed');
  }
  const publicUrl = services.settings.public_url;
  return sessionCookie(value, sessions.lifeSeconds, { headers, publicUrl });
}
