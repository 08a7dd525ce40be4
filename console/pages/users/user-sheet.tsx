/** The sheet of an account: what it has, where its records are, and what an administrator may do with it. */
import { useQuery } from '@tanstack/react-query';
import { Activity, KeyRound, ListTree } from 'lucide-react';
import { Suspense, useState } from 'react';
import { type Account, useAccount } from '../../api/session.ts';
import { ButtonLink } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { useDiscard } from '../../components/discard.tsx';
import { Facts } from '../../components/facts.tsx';
import { Count, Money } from '../../components/numbers.tsx';
import { Inline, Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { Tag } from '../../components/status.tsx';
import { DateTime } from '../../components/time.tsx';
import { LazyObjectHistory } from '../../features/audit/lazy.ts';
import { useMessages } from '../../i18n/messages.ts';
import { EditUser } from './edit-user.tsx';
import { EndUser } from './end-user.tsx';
import { TopUp } from './top-up.tsx';
import { AccountStatus, Balance, RoleTag } from './user-labels.tsx';
import { isManagedBy, keyCountQuery, userQuery } from './user-queries.ts';

interface UserSheetProps {
  readonly id: number;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

const placeHeight = 20;

export function UserSheet({ id, onClose, onDeleted }: UserSheetProps) {
  const t = useMessages('users');
  const actor = useAccount();
  const { data: account, error, refetch } = useQuery(userQuery(id));
  const [isDirty, setDirty] = useState(false);
  const discard = useDiscard(isDirty, 'open');
  return (
    <Sheet
      open
      wide
      onClose={onClose}
      title={account?.username ?? t('account')}
      description={account?.display_name ?? ''}
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!account && !error && <Skeleton height={placeHeight} />}
      {account && (
        <Stack gap="lg">
          <Overview account={account} />
          {isManagedBy(actor, account) ? (
            <>
              <TopUp account={account} />
              <EditUser account={account} onDirty={setDirty} />
              {actor.id !== account.id && <EndUser account={account} onDeleted={onDeleted} />}
            </>
          ) : (
            <Callout tone="info" title={t('notManaged')}>
              {t('notManagedText')}
            </Callout>
          )}
          <Suspense>
            <LazyObjectHistory type="account" id={account.id} />
          </Suspense>
        </Stack>
      )}
      {discard}
    </Sheet>
  );
}

function Overview({ account }: { readonly account: Account }) {
  const t = useMessages('users');
  const tCommon = useMessages('common');
  const {
    id,
    username,
    email,
    group,
    used_quota,
    request_count,
    created_time,
    has_access_token,
    status,
    role,
  } = account;
  const { data: keys } = useQuery({ ...keyCountQuery(id), retry: false });
  return (
    <Stack>
      <Facts
        items={[
          { name: t('status'), value: <AccountStatus status={status} /> },
          { name: t('role'), value: <RoleTag role={role} /> },
          { name: t('group'), value: <Tag>{group}</Tag> },
          { name: t('balance'), value: <Balance account={account} /> },
          { name: t('used'), value: <Money units={used_quota} /> },
          { name: t('requests'), value: <Count value={request_count} /> },
          ...(keys === undefined ? [] : [{ name: tCommon('keys'), value: <Count value={keys} /> }]),
          { name: t('accessToken'), value: t(has_access_token ? 'hasToken' : 'hasNoToken') },
          ...(email === '' ? [] : [{ name: t('email'), value: <bdi>{email}</bdi> }]),
          { name: t('created'), value: <DateTime at={created_time} /> },
        ]}
      />
      <Inline>
        <ButtonLink to="/token" search={{ scope: 'managed', user: id }} size="sm" icon={<KeyRound />}>
          {tCommon('keys')}
        </ButtonLink>
        <ButtonLink to="/usage" search={{ scope: 'all', user_id: id }} size="sm" icon={<Activity />}>
          {tCommon('usage')}
        </ButtonLink>
        <ButtonLink to="/log" search={{ all: true, user: username }} size="sm" icon={<ListTree />}>
          {tCommon('logs')}
        </ButtonLink>
      </Inline>
    </Stack>
  );
}
