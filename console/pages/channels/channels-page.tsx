/** The channels: where requests go, and how each upstream is. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Plus, Route } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { Button, ButtonLink } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { Select } from '../../components/select.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { Pager } from '../../components/table/pager.tsx';
import { useRows } from '../../components/table/use-rows.ts';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { AdministratorsOnly } from '../../features/administrators/administrators-only.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { channelColumns } from './channel-columns.tsx';
import {
  type Channel,
  channelsKey,
  channelsQuery,
  healthQuery,
  kindsQuery,
  pageSize,
} from './channel-queries.ts';
import { kindTitle } from './kind-title.ts';

const route = getRouteApi('/shell/channel');

const ChannelSheet = lazy(async () => ({ default: (await import('./channel-sheet.tsx')).ChannelSheet }));
const NewChannel = lazy(async () => ({ default: (await import('./new-channel.tsx')).NewChannel }));

export function ChannelsPage() {
  const t = useMessages('channels');
  return (
    <AdministratorsOnly title={t('title')}>
      <Channels />
    </AdministratorsOnly>
  );
}

function Channels() {
  const t = useMessages('channels');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(channelsQuery(search));
  const columns = useColumns();
  const { page = 1, q, status, open, create } = search;
  const onPage = (next: number, replace = false) =>
    void navigate({ search: (old) => ({ ...old, page: next }), replace });
  const rows = useRows(list, { page, pageSize, onPage });
  const isFiltered = q !== undefined || status !== undefined;
  /** @param ignoreBlocker nothing can be lost */
  const show = (id: number | undefined, ignoreBlocker: boolean) =>
    void navigate({ search: (old) => ({ ...old, open: id, create: undefined }), ignoreBlocker });
  const close = () => show(undefined, false);
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <ButtonLink
          from="/channel"
          to="/channel"
          search={(old) => ({ ...old, create: true })}
          variant="primary"
          icon={<Plus />}
          data-create=""
        >
          {t('create')}
        </ButtonLink>
      }
    >
      <Toolbar>
        <SearchBox
          label={t('search')}
          value={q ?? ''}
          onSearch={(text) => navigate({ search: { status, q: text || undefined }, replace: true })}
        />
        <StatusFilter />
      </Toolbar>
      {list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {!(list.error && !list.data) && (
        <DataTable
          caption={t('title')}
          columns={columns}
          rows={rows}
          rowId={({ id }) => String(id)}
          openId={open === undefined ? undefined : String(open)}
          empty={isFiltered ? <NoMatch /> : <NoChannels />}
        />
      )}
      {list.data && list.data.total > pageSize && (
        <Pager page={page} pageSize={pageSize} total={list.data.total} onPage={onPage} />
      )}
      <Suspense>
        {open !== undefined && (
          <ChannelSheet key={open} id={open} onClose={close} onDeleted={() => show(undefined, true)} />
        )}
        {create && <NewChannel onClose={close} onCreated={(id) => show(id, true)} />}
      </Suspense>
    </Page>
  );
}

function useColumns() {
  const t = useMessages('channels');
  const queryClient = useQueryClient();
  const { data: health } = useQuery(healthQuery);
  const { data: kinds } = useQuery(kindsQuery);
  const { mutateAsync } = useMutation({
    mutationFn: (body: { id: number; priority?: number; weight?: number }) =>
      dataOf(api.PUT('/api/channel', { body })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: channelsKey }),
  });
  return useMemo(
    () =>
      channelColumns({
        t,
        health: health && new Map(health.map((each) => [each.id, each])),
        kinds: new Map(kinds?.map((each) => [each.kind, kindTitle(t, each)])),
        onChange: ({ id }: Channel, change) => mutateAsync({ id, ...change }),
      }),
    [t, health, kinds, mutateAsync],
  );
}

function StatusFilter() {
  const t = useMessages('channels');
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  const choices = [
    { value: '', label: t('anyStatus') },
    { value: 'enabled', label: t('onlyEnabled') },
    { value: 'disabled', label: t('onlyDisabled') },
  ];
  return (
    <Select
      label={t('state')}
      choices={choices}
      value={status ?? ''}
      onChange={({ target: { value } }) =>
        navigate({
          search: ({ q }) => ({ q, status: value === 'enabled' || value === 'disabled' ? value : undefined }),
        })
      }
    />
  );
}

function NoMatch() {
  const t = useMessages('common');
  const navigate = route.useNavigate();
  return (
    <EmptyState
      title={t('noMatch')}
      action={<Button onClick={() => navigate({ search: {} })}>{t('clearFilters')}</Button>}
    />
  );
}

function NoChannels() {
  const t = useMessages('channels');
  return (
    <EmptyState icon={<Route aria-hidden="true" />} title={t('emptyTitle')}>
      {t('emptyText')}
    </EmptyState>
  );
}
