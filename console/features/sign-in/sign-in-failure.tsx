/** Why a sign-in was refused. */
import { ApiError } from '../../api/api-error.ts';
import { Callout } from '../../components/callout.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { TooManyAttempts } from './too-many-attempts.tsx';

interface SignInFailureProps {
  readonly error: Error | null;
  /** Removes the failure. */
  readonly onOver: () => void;
}

export function SignInFailure({ error, onOver }: SignInFailureProps) {
  const t = useMessages('login');
  if (error === null) return null;
  if (!(error instanceof ApiError)) return <ErrorState error={error} />;
  const { code, requestId, retryAfterSeconds } = error.facts;
  if (code === 'too_many_attempts' && retryAfterSeconds !== undefined) {
    return <TooManyAttempts key={requestId} seconds={retryAfterSeconds} onOver={onOver} />;
  }
  if (code === 'login_failed') return <Callout tone="danger" title={t('wrong')} />;
  if (code === 'account_disabled') return <Callout tone="danger" title={t('disabled')} />;
  return <ErrorState error={error} />;
}
