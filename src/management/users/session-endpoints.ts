/** Endpoints for signing in to and out of the console. */
import { HalleyError } from '../../platform/errors.ts';
import { refuseCrossOrigin, requireSameOrigin } from '../csrf.ts';
import { type Endpoint, guardedEndpoint, type Method, openEndpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { readSessionCookie, sessionCookie } from '../session-cookie.ts';
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
  guard({ loginLimiter, settings }, request) {
    const attempt = loginLimiter.begin(request);
    refuseCrossOrigin(request.headers, settings.public_url);
    return attempt;
  },
  async handle({ services, request, body, passed: attempt }) {
    const { store, passwords } = services;
    attempt.useName(body.username);
    const account = await store.findAccountByUsername(body.username);
    const fits = await passwords.fits(body.password, account?.passwordHash);
    if (!account || !fits) throw new HalleyError('login_failed');
    attempt.succeeded();
    // Only a caller who knows the password learns that the account is disabled.
    if (account.state === 'disabled') {
      throw new HalleyError('account_disabled', { message: 'This account is disabled.' });
    }
    const cookie = await openSession(services, account, request.headers);
    return success(ownRecord(services, account), { 'set-cookie': cookie });
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
        await services.sessions.close(session);
      }
      return success(undefined, {
        'set-cookie': sessionCookie('', 0, { headers: request.headers, publicUrl }),
      });
    },
  });

export const sessionEndpoints: readonly Endpoint[] = [login, logout('GET'), logout('POST')];
