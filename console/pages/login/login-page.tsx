/** The sign-in page. A setup link leads here too, and asks for a password first. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { isSignedOut } from '../../api/api-error.ts';
import type { Account } from '../../api/session.ts';
import { Callout } from '../../components/callout.tsx';
import { useDocumentTitle } from '../../components/page.tsx';
import { Skeleton } from '../../components/states.tsx';
import { SignInFailure } from '../../features/sign-in/sign-in-failure.tsx';
import { SignInForm } from '../../features/sign-in/sign-in-form.tsx';
import { useSignedIn } from '../../features/sign-in/use-signed-in.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './login-page.module.css';
import { forgetSetupCode, setupCodeIn } from './setup-code.ts';
import { SetupForm, setupQuery } from './setup-form.tsx';

const route = getRouteApi('/login');
/** Where a new installation goes on. */
const firstSteps = '/start';

export function LoginPage() {
  const t = useMessages('login');
  const { from } = route.useSearch();
  const router = useRouter();
  const signedIn = useSignedIn();
  const code = useSetupCode();
  const setup = useQuery({ ...setupQuery(code ?? ''), enabled: code !== undefined });
  const [failure, setFailure] = useState<Error>();
  const isDead = isSignedOut(setup.error) || isSignedOut(failure);
  const isSetup = code !== undefined && !isDead;
  const title = t(isSetup ? 'setupTitle' : 'title');
  useDocumentTitle(title);
  const goOn = async (account: Account) => {
    const path = localPath(isSetup ? (from ?? firstSteps) : from);
    if (await signedIn(account)) window.location.assign(path);
    else router.history.push(path);
  };
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="40" height="40" />
        <div className={styles.heading}>
          <h1>{title}</h1>
          {isSetup && <p>{t('setupText')}</p>}
        </div>
        {isDead && (
          <Callout tone="warn" title={t('setupDeadTitle')}>
            {t('setupDeadText')}
          </Callout>
        )}
        {!isSetup && <SignInForm onSignedIn={goOn} />}
        {!isSetup && <p className={styles.hint}>{t('forgotten')}</p>}
        {isSetup && <SignInFailure error={setup.error} onOver={() => void setup.refetch()} />}
        {isSetup && setup.isPending && <Skeleton height={12} />}
        {isSetup && setup.data && (
          <SetupForm code={code} username={setup.data.username} onSignedIn={goOn} onFailure={setFailure} />
        )}
      </div>
    </main>
  );
}

/** The code of the address, which forgets it at once: it must not stay in the history. */
function useSetupCode(): string | undefined {
  const [code] = useState(() => setupCodeIn(window.location.hash));
  useEffect(() => {
    if (code !== undefined) forgetSetupCode();
  }, [code]);
  return code;
}

/** A path of the console is relative to its base, so that a link cannot lead to another site after signing in. */
function localPath(from: string | undefined): string {
  return from?.startsWith('/') ? `/console${from}` : '/console';
}
