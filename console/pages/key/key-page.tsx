/** One API key: what it spends, what it may do, its last requests, and who changed it. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useAccount, useIsAdministrator } from '../../api/session.ts';
import { ButtonLink } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { Inline } from '../../components/stack.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { LazyObjectHistory } from '../../features/audit/lazy.ts';
import { KeyStatus } from '../../features/keys/key-status.tsx';
import { KeyValue } from '../../features/keys/key-value.tsx';
import { isUnknown, type KeyView, keyViewQuery } from '../../features/keys/key-view.ts';
import { LazyEditKeySheet } from '../../features/keys/lazy.ts';
import { LazyDeleteKeysDialog } from '../../features/receipts/lazy.ts';
import { useMessages } from '../../i18n/messages.ts';
import { KeyHeaderActions } from './key-header-actions.tsx';
import { KeyLimits } from './key-limits.tsx';
import { KeyRequests } from './key-requests.tsx';
import { KeyTiles } from './key-tiles.tsx';
import { KeyUsage } from './key-usage.tsx';

const route = getRouteApi('/shell/token/$id');
const skeletonHeight = 30;
const historyHeight = 16;

export function KeyPage() {
  const f = useMessages('key-form');
  const { id } = route.useParams();
  const { username } = useAccount();
  const isAdministrator = useIsAdministrator();
  const { data, error, refetch } = useQuery(keyViewQuery(Number(id), { username, isAdministrator }));
  const [isDeleting, setDeleting] = useState(false);
  // The dialog that deletes it stays open until its receipt was read.
  if (data && (isDeleting || !isUnknown(error)))
    return <LoadedKey view={data} isDeleting={isDeleting} onDeleting={setDeleting} />;
  return (
    <Page title={f('oneTitle')}>
      {!error && <Skeleton height={skeletonHeight} />}
      {error && isUnknown(error) && <NoSuchKey />}
      {error && !isUnknown(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
    </Page>
  );
}

function NoSuchKey() {
  const f = useMessages('key-form');
  return (
    <EmptyState
      icon={<KeyRound aria-hidden="true" />}
      title={f('noSuchTitle')}
      action={
        <ButtonLink to="/token" variant="primary">
          {f('toKeys')}
        </ButtonLink>
      }
    >
      {f('noSuchText')}
    </EmptyState>
  );
}

interface LoadedKeyProps {
  readonly view: KeyView;
  readonly isDeleting: boolean;
  readonly onDeleting: (isDeleting: boolean) => void;
}

function LoadedKey({ view, isDeleting, onDeleting }: LoadedKeyProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const { key, isOwn } = view;
  const { edit } = route.useSearch();
  const setSearch = route.useNavigate();
  const navigate = useNavigate();
  const [isDeleted, setDeleted] = useState(false);
  const name = key.name || t('unnamed', { id: String(key.id) });
  const openSheet = (id: number | undefined) => setSearch({ search: (old) => ({ ...old, edit: id }) });
  return (
    <Page
      title={name}
      description={
        <Inline gap="md">
          <KeyStatus status={key.status} />
          <KeyValue id={key.id} name={name} hint={key.hint} isRevealable={key.revealable && isOwn} />
          {!isOwn && <bdi>{f('ofAccount', { name: key.username })}</bdi>}
        </Inline>
      }
      actions={
        <KeyHeaderActions view={view} onEdit={() => openSheet(key.id)} onDelete={() => onDeleting(true)} />
      }
    >
      <KeyTiles keyOf={key} />
      <KeyUsage view={view} />
      <KeyRequests view={view} />
      <KeyLimits keyOf={key} />
      <Suspense fallback={<Skeleton height={historyHeight} />}>
        <LazyObjectHistory type="key" id={key.id} />
      </Suspense>
      <Suspense>
        {isOwn && edit === key.id && (
          <LazyEditKeySheet id={key.id} onClose={() => void openSheet(undefined)} />
        )}
        {isDeleting && (
          <LazyDeleteKeysDialog
            keys={[key]}
            onClose={() => (isDeleted ? void navigate({ to: '/token' }) : onDeleting(false))}
            onDeleted={() => setDeleted(true)}
          />
        )}
      </Suspense>
    </Page>
  );
}
