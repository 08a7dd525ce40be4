/** Jobs: work that goes on after its request, how it goes, what it costs and what came of it. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Clapperboard } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import { useIsAdministrator } from '../../api/session.ts';
import { Button, ButtonLink } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { Pager } from '../../components/table/pager.tsx';
import { useRows } from '../../components/table/use-rows.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { TasksSearch } from './route.ts';
import { taskColumns } from './task-columns.tsx';
import { TaskFilters } from './task-filters.tsx';
import { countedMax, heldCountQuery, pageSize, tasksQuery } from './task-queries.ts';

const TaskSheet = lazy(async () => ({ default: (await import('./task-sheet.tsx')).TaskSheet }));

const route = getRouteApi('/shell/task');

const isFiltered = (search: TasksSearch): boolean =>
  Object.entries(search).some(([name, value]) => !['open', 'page', 'all'].includes(name) && value);

export function TasksPage() {
  const t = useMessages('tasks');
  const isAdministrator = useIsAdministrator();
  const given = route.useSearch();
  // A link of an administrator leads everybody else to what they may see.
  const search = isAdministrator ? given : { ...given, all: undefined, user: undefined };
  const navigate = route.useNavigate();
  const list = useQuery(tasksQuery(search));
  const { data, error, refetch } = list;
  const { page = 1, all = false, open } = search;
  const columns = useMemo(() => taskColumns(t, all), [t, all]);
  const change = (changed: Partial<TasksSearch>, replace = true) =>
    void navigate({ search: (old) => ({ ...old, page: undefined, ...changed }), replace });
  const onPage = (next: number, replace = false) => change({ page: next }, replace);
  const rows = useRows(list, { page, pageSize, onPage });
  return (
    <Page title={t('title')} description={t(all ? 'allDescription' : 'description')}>
      {isAdministrator && search.state !== 'held' && (
        <HeldNotice onShow={() => change({ all: true, state: 'held' })} />
      )}
      <TaskFilters search={search} onChange={change} />
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!(error && !data) && (
        <DataTable
          caption={t('title')}
          columns={columns}
          rows={rows}
          rowId={({ task_id: id }) => id}
          openId={open}
          pageSize={pageSize}
          empty={
            <NoJobs
              isFiltered={isFiltered(search)}
              onClear={() => void navigate({ search: { all: search.all } })}
            />
          }
        />
      )}
      {data && data.total > 0 && (
        <Pager
          page={page}
          pageSize={pageSize}
          total={data.total}
          isLowerBound={data.total >= countedMax}
          onPage={onPage}
        />
      )}
      {open !== undefined && (
        <Suspense>
          <TaskSheet
            key={open}
            id={open}
            isAdministrator={isAdministrator}
            onClose={() =>
              void navigate({ search: (old) => ({ ...old, open: undefined }), resetScroll: false })
            }
            onFilter={(filter) => void navigate({ search: { all: search.all, ...filter } })}
          />
        </Suspense>
      )}
    </Page>
  );
}

/** Held jobs wait for somebody to say what became of them, and keep what is reserved for them. */
function HeldNotice({ onShow }: { readonly onShow: () => void }) {
  const t = useMessages('tasks');
  const { data: count = 0 } = useQuery(heldCountQuery);
  if (count === 0) return null;
  return (
    <Callout
      tone="warn"
      title={t('heldTitle', { count })}
      actions={
        <Button size="sm" onClick={onShow}>
          {t('showHeld')}
        </Button>
      }
    >
      {t('heldText')}
    </Callout>
  );
}

interface NoJobsProps {
  readonly isFiltered: boolean;
  readonly onClear: () => void;
}

function NoJobs({ isFiltered: hasFilter, onClear }: NoJobsProps) {
  const t = useMessages('tasks');
  const common = useMessages('common');
  return (
    <EmptyState
      icon={<Clapperboard aria-hidden="true" />}
      title={t(hasFilter ? 'noMatch' : 'emptyTitle')}
      action={
        hasFilter ? (
          <Button onClick={onClear}>{common('clearFilters')}</Button>
        ) : (
          <ButtonLink to="/playground" search={{ pane: 'video' }} variant="primary">
            {t('toPlayground')}
          </ButtonLink>
        )
      }
    >
      {t(hasFilter ? 'noMatchText' : 'emptyText')}
    </EmptyState>
  );
}
