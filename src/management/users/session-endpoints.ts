/** Endpoints for signing in to and out of the console. */
import { digestOf } from '../../domain/digest.ts';
import { isForeignHash } from '../../domain/password-hash.ts';
import { HalleyError } from '../../platform/errors.ts';
import { signInFailed } from '../../store/audit-notes.ts';
import type { AccountRow } from '../../store/store.ts';
import { requireSameOrigin } from '../csrf.ts';
import { type Endpoint, guardedEndpoint, type Method, openEndpoint } from '../endpoint.ts';
import { originOf } from '../origin.ts';
import type { ManagementRequest } from '../request.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { readSessionCookie, sessionCookie } from '../session-cookie.ts';
import { beginSignIn } from './begin-sign-in.ts';
import { openSession } from './open-session.ts';
import { ownRecord } from './record.ts';
import { accountRecordSchema, loginSchema } from './schemas.ts';

const login = guardedEndpoint({
  method: 'POST',
  path: '/api/user/login',
  access: 'public',
  summary: 'Sign in with user name and password',
  description: 'Sets the session cookie. After too many failures the response is 429 with Retry-After.',
  body: loginSchema,
  data: accountRecordSchema,
  guard: beginSignIn,
  async handle({ services, request, body, passed: attempt }) {
    const { store, passwords } = services;
    attempt.useName(body.username);
    const account = await store.findAccountByUsername(body.username);
    const fits = await passwords.fits(body.password, account?.passwordHash);
    if (!account || !fits) {
      await noteFailure(services, account);
      throw new HalleyError('login_failed');
    }
    attempt.succeeded();
    // Only a caller who knows the password learns that the account is disabled.
    if (account.state === 'disabled') {
      await noteFailure(services, account);
      throw new HalleyError('account_disabled', { message: 'This account is disabled.' });
    }
    const asAccount = services.acting(originOf(request, account, 'password'));
    const signedIn = await withOwnHash({ ...services, ...asAccount }, account, body.password);
    const cookie = await openSession({ ...services, ...asAccount }, signedIn, request);
    return success(ownRecord(services, signedIn), { 'set-cookie': cookie });
  },
});

const logout = (method: Method) =>
  openEndpoint({
    method,
    path: '/api/user/logout',
    access: 'public',
    changes: true,
    summary: 'Sign out',
    async handle({ services, request }) {
      const session = readSessionCookie(request.headers);
      const publicUrl = services.settings.public_url;
      if (session !== undefined) {
        requireSameOrigin(request.headers, publicUrl);
        await signOut(services, request, session);
      }
      return success(undefined, {
        'set-cookie': sessionCookie('', 0, { headers: request.headers, publicUrl }),
      });
    },
  });

/**
 * Replaces a hash that another gateway made, now that the password is known.
 * @throws HalleyError('login_failed') when the password was changed meanwhile
 */
async function withOwnHash(services: Services, account: AccountRow, password: string): Promise<AccountRow> {
  if (!isForeignHash(account.passwordHash)) return account;
  const passwordHash = await services.passwords.hash(password);
  const change = { passwordHash, formerPasswordHash: account.passwordHash };
  const changed = await services.accessChanges.updateAccount(account.id, change, account.id);
  if (typeof changed !== 'object') throw new HalleyError('login_failed');
  return changed;
}

/** Failures beyond `limits.audit_failures_max` in an hour are only counted, so that a flood cannot fill the disk. */
async function noteFailure(
  { changes, failedSignIns }: Services,
  account: AccountRow | undefined,
): Promise<void> {
  const skipped = failedSignIns.take();
  if (skipped !== undefined) await changes.note(signInFailed(account, skipped));
}

/** Does nothing when the session has ended already. */
async function signOut(services: Services, request: ManagementRequest, session: string): Promise<void> {
  const id = await services.sessions.accountOf(session, request.clientAddress);
  const account = id === undefined ? undefined : await services.store.getAccount(id);
  if (!account) return;
  const { changes } = services.acting(originOf(request, account, 'session', digestOf(session)));
  await services.sessions.close(changes, session);
}

export const sessionEndpoints: readonly Endpoint[] = [login, logout('GET'), logout('POST')];
