/** The playground: requests of several kinds with one of the account's keys. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { ButtonLink } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, Skeleton } from '../../components/states.tsx';
import { loadMessages } from '../../i18n/i18n.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Conversations } from './conversations.tsx';
import type { PaneProps } from './pane-head.tsx';

const route = getRouteApi('/shell/playground');
const SpeechPane = lazy(async () => ({ default: (await import('./speech-pane.tsx')).SpeechPane }));
const TranscriptionPane = lazy(async () => ({
  default: (await import('./transcription-pane.tsx')).TranscriptionPane,
}));
const PicturePane = lazy(async () => {
  const [{ PicturePane: Pane }] = await Promise.all([
    import('./pictures/picture-pane.tsx'),
    loadMessages('pictures'),
  ]);
  return { default: Pane };
});
const VideoPane = lazy(async () => {
  const [{ VideoPane: Pane }] = await Promise.all([import('./video-pane.tsx'), loadMessages('tasks')]);
  return { default: Pane };
});
const TalkPane = lazy(async () => ({ default: (await import('./talk/talk-pane.tsx')).TalkPane }));
const panes = {
  conversation: Conversations,
  speech: SpeechPane,
  transcription: TranscriptionPane,
  picture: PicturePane,
  video: VideoPane,
  realtime: TalkPane,
};

/** The newest key that works, where the address names none; of those that do not, the newest. */
const firstKeyQuery = queryOptions({
  queryKey: ['keys', 'first'],
  queryFn: async ({ signal }) => {
    const newest = (query: { status?: string }) =>
      dataOf(api.GET('/api/token/list', { signal, params: { query: { ...query, page_size: 1 } } }));
    const working = await newest({ status: '1' });
    return (working.items[0] ?? (await newest({})).items[0])?.id ?? null;
  },
});

export function PlaygroundPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const newest = useQuery(firstKeyQuery);
  if (newest.data === null) return <NoKeys />;
  const props: PaneProps = {
    search,
    keyId: search.key ?? newest.data ?? undefined,
    error: newest.isError ? newest.error : undefined,
    onRetry: () => void newest.refetch(),
    change: (changes) => void navigate({ search: (old) => ({ ...old, ...changes }), replace: true }),
  };
  const Pane = panes[search.pane ?? 'conversation'];
  return (
    <Suspense fallback={<Skeleton height={20} />}>
      <Pane {...props} />
    </Suspense>
  );
}

function NoKeys() {
  const t = useMessages('playground');
  return (
    <Page title={t('title')} description={t('description')}>
      <EmptyState
        icon={<KeyRound aria-hidden="true" />}
        title={t('noKeysTitle')}
        action={
          <ButtonLink to="/token" variant="primary">
            {t('toKeys')}
          </ButtonLink>
        }
      >
        {t('noKeysText')}
      </EmptyState>
    </Page>
  );
}
