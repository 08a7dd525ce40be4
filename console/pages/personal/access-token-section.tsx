/** The personal access token: made, replaced, deleted, and shown once. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { type Account, accountQuery, useAccount } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Section } from '../../components/page.tsx';
import { Inline, Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { NewAccessToken } from './new-access-token.tsx';

const ConfirmDialog = lazy(async () => ({
  default: (await import('../../components/confirm-dialog.tsx')).ConfirmDialog,
}));

type Question = 'none' | 'replace' | 'delete';

export function AccessTokenSection() {
  const t = useMessages('personal');
  const { has_access_token: hasToken } = useAccount();
  const queryClient = useQueryClient();
  const [question, setQuestion] = useState<Question>('none');
  const [replaced, setReplaced] = useState(false);
  const remember = (change: Partial<Account>) =>
    queryClient.setQueryData(accountQuery.queryKey, (account) => account && { ...account, ...change });
  const make = useMutation({
    mutationFn: () => dataOf(api.GET('/api/user/token')),
    onSuccess: () => {
      setReplaced(hasToken);
      remember({ has_access_token: true });
    },
    onSettled: () => setQuestion('none'),
  });
  const remove = useMutation({
    mutationFn: () => dataOf(api.PUT('/api/user/self', { body: { revoke_access_token: true } })),
    onSuccess: () => {
      make.reset();
      remember({ has_access_token: false });
    },
    onSettled: () => setQuestion('none'),
  });
  return (
    <Section title={t('tokenTitle')} description={t('tokenDescription')}>
      <Stack>
        {make.isError && <ErrorState error={make.error} />}
        {remove.isError && <ErrorState error={remove.error} />}
        {remove.isSuccess && !hasToken && <Callout tone="ok" title={t('tokenDeleted')} />}
        <Inline justify="between">
          <Status tone={hasToken ? 'ok' : 'neutral'}>{t(hasToken ? 'tokenThere' : 'tokenNone')}</Status>
          <Inline>
            {hasToken && (
              <Button icon={<Trash2 />} onClick={() => setQuestion('delete')}>
                {t('tokenDelete')}
              </Button>
            )}
            <Button
              icon={<KeyRound />}
              busy={make.isPending}
              onClick={() => (hasToken ? setQuestion('replace') : make.mutate())}
            >
              {t(hasToken ? 'tokenReplace' : 'tokenCreate')}
            </Button>
          </Inline>
        </Inline>
        {make.data !== undefined && <NewAccessToken value={make.data} replaced={replaced} />}
      </Stack>
      {question !== 'none' && (
        <Suspense>
          <ConfirmDialog
            title={t(question === 'replace' ? 'tokenReplaceTitle' : 'tokenDeleteTitle')}
            text={t(question === 'replace' ? 'tokenReplaceText' : 'tokenDeleteText')}
            action={t(question === 'replace' ? 'tokenReplace' : 'tokenDelete')}
            busy={make.isPending || remove.isPending}
            onConfirm={() => (question === 'replace' ? make.mutate() : remove.mutate())}
            onClose={() => setQuestion('none')}
          />
        </Suspense>
      )}
    </Section>
  );
}
