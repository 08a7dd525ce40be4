/** Opens a console session for an account whose password was just verified or set. */
import { HalleyError } from '../../platform/errors.ts';
import type { AccountRow } from '../../store/store.ts';
import type { ManagementRequest } from '../request.ts';
import type { Services } from '../services.ts';
import { sessionCookie } from '../session-cookie.ts';

/**
 * @returns the Set-Cookie value
 * @throws HalleyError('login_failed') when the account has changed since it was read
 */
export async function openSession(
  services: Services,
  account: AccountRow,
  { headers, clientAddress }: Pick<ManagementRequest, 'headers' | 'clientAddress'>,
): Promise<string> {
  const { store, sessions, changes } = services;
  const client = { address: clientAddress, userAgent: headers['user-agent'] ?? '' };
  const value = await sessions.open(changes, account.id, client);
  // A new password or a disabled account ends existing sessions. This session may have been created just after
  // that.
  const now = await store.getAccount(account.id);
  if (now?.state !== 'enabled' || now.passwordHash !== account.passwordHash) {
    await sessions.close(changes, value);
    throw new HalleyError('login_failed');
  }
  const publicUrl = services.settings.public_url;
  return sessionCookie(value, sessions.lifeSeconds, { headers, publicUrl });
}
