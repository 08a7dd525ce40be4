/** Asks to sign in again when the session ended. The page below keeps everything that was typed. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { accountQuery, useAccount } from '../../api/session.ts';
import { sessionBegan } from '../../api/session-state.ts';
import { Dialog } from '../../components/dialog.tsx';
import { loadMessages } from '../../i18n/i18n.ts';
import { useMessages } from '../../i18n/messages.ts';
import { SignInForm } from './sign-in-form.tsx';

export function SignInAgain() {
  const t = useMessages('login');
  const { id, username } = useAccount();
  const queryClient = useQueryClient();
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    void loadMessages('login').then(() => setReady(true));
  }, []);
  if (!isReady) return null;
  return (
    <Dialog open onClose={undefined} title={t('endedTitle')} description={t('endedText', { username })}>
      <SignInForm
        username={username}
        onSignedIn={async (account) => {
          // What is on the page belongs to the account that opened it.
          if (account.id !== id) return window.location.reload();
          queryClient.setQueryData(accountQuery.queryKey, account);
          sessionBegan();
          await queryClient.invalidateQueries();
        }}
      />
    </Dialog>
  );
}
