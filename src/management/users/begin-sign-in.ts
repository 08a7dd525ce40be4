/** The check before anything of a sign-in is read: of a password, or of a setup code. */
import type { LoginAttempt } from '../../accounts/login-limiter.ts';
import { refuseCrossOrigin } from '../csrf.ts';
import type { ManagementRequest } from '../request.ts';
import type { Services } from '../services.ts';

/**
 * Counts an attempt, so that a flood of guesses does not keep the database busy.
 * @throws HalleyError('csrf'); `too_many_attempts` with Retry-After
 */
export function beginSignIn({ loginLimiter, settings }: Services, request: ManagementRequest): LoginAttempt {
  // First: otherwise a page of another site could use up the attempts of its visitors.
  refuseCrossOrigin(request.headers, settings.public_url);
  return loginLimiter.begin(request);
}
