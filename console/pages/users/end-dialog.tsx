/** Asks before the rights of an account end, and shows what ended. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { api, responseOf } from '../../api/client.ts';
import type { Account } from '../../api/session.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { AlertDialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { RunningNow, runningRefreshMs } from '../../features/receipts/running-now.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { heldAccessQuery, usersKey } from './user-queries.ts';

export type Ending = 'disable' | 'enable' | 'revoke' | 'delete';

interface EndDialogProps {
  readonly account: Account;
  readonly ending: Ending;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

const titles = {
  disable: 'disableAsk',
  enable: 'enableAsk',
  revoke: 'revokeAsk',
  delete: 'deleteAsk',
} as const;
const texts = {
  disable: 'disableText',
  enable: 'enableText',
  revoke: 'revokeText',
  delete: 'deleteText',
} as const;

interface Ended {
  /** Of the credentials that were revoked. */
  readonly keys?: number;
  readonly sessions?: number;
  /** Nodes that confirmed, if the gateway says so. */
  readonly nodes: string | undefined;
}

async function end(ending: Ending, { id }: Account): Promise<Ended> {
  const nodesOf = (headers: Headers) => /nodes=(\d+)/.exec(headers.get('x-halley-revocation') ?? '')?.[1];
  if (ending === 'revoke') {
    const call = api.POST('/api/user/{id}/revoke', { params: { path: { id } } });
    const { data, headers } = await responseOf(call);
    return { keys: data.keys, sessions: data.sessions, nodes: nodesOf(headers) };
  }
  const { headers } = await responseOf(api.POST('/api/user/manage', { body: { id, action: ending } }));
  return { nodes: nodesOf(headers) };
}

export function EndDialog({ account, ending, onClose, onDeleted }: EndDialogProps) {
  const t = useMessages('users');
  const tCommon = useMessages('common');
  const cancel = useRef<HTMLButtonElement>(null);
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState('');
  const isFinal = ending === 'revoke' || ending === 'delete';
  const { username } = account;
  const run = useMutation({
    mutationFn: () => end(ending, account),
    onSuccess: () => {
      announce(t(ended[ending], { username }));
      if (ending === 'delete') onDeleted();
      return queryClient.invalidateQueries({ queryKey: usersKey });
    },
  });
  const { data: held, isError: isUncounted } = useQuery({
    ...heldAccessQuery(account.id),
    refetchInterval: runningRefreshMs,
    // What ended is not counted again.
    enabled: run.isIdle || run.isError,
  });
  const { keys, sessions } = held ?? {};
  return (
    <AlertDialog
      open
      onClose={run.isPending ? () => undefined : onClose}
      title={t(titles[ending], { username })}
      description={
        keys !== undefined && sessions !== undefined ? (
          t(texts[ending], { keys, sessions })
        ) : isUncounted ? undefined : (
          <Skeleton height={2.75} />
        )
      }
      initialFocus={cancel}
      footer={
        run.isSuccess ? (
          <Button onClick={onClose}>{tCommon('close')}</Button>
        ) : (
          <>
            <Button ref={cancel} onClick={onClose}>
              {tCommon('cancel')}
            </Button>
            <Button
              variant={ending === 'enable' ? 'primary' : 'danger'}
              busy={run.isPending}
              disabled={isFinal && typed.trim() !== username}
              onClick={() => run.mutate()}
            >
              {t(ending)}
            </Button>
          </>
        )
      }
    >
      <Stack>
        {ending !== 'enable' && !run.isSuccess && (
          <RunningNow running={held} isError={isUncounted} isFinal={isFinal} />
        )}
        {run.error && <ErrorState error={run.error} />}
        {run.data && <Outcome ending={ending} ended={run.data} username={username} />}
        {isFinal && !run.isSuccess && (
          <TextField
            label={t('typeName', { username })}
            value={typed}
            spellCheck={false}
            onChange={({ target }) => setTyped(target.value)}
          />
        )}
      </Stack>
    </AlertDialog>
  );
}

const ended = {
  disable: 'isDisabled',
  enable: 'isEnabled',
  revoke: 'isRevoked',
  delete: 'isDeleted',
} as const;

interface OutcomeProps {
  readonly ending: Ending;
  readonly ended: Ended;
  readonly username: string;
}

function Outcome({ ending, ended: { keys, sessions, nodes }, username }: OutcomeProps): ReactNode {
  const t = useMessages('users');
  return (
    <Callout tone="ok" title={t(ended[ending], { username })}>
      {keys !== undefined && sessions !== undefined && <p>{t('revokedCounts', { keys, sessions })}</p>}
      {nodes !== undefined && <p>{t('confirmedBy', { count: Number(nodes) })}</p>}
    </Callout>
  );
}
