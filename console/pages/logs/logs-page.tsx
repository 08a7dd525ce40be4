/** The requests: found by filters, followed live, each opened beside the list. */
import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useIsAdministrator } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { useHiddenColumns } from '../../components/table/hidden-columns.ts';
import { KeysetPager } from '../../components/table/pager.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { FilterChips } from './filter-chips.tsx';
import { HistogramSection } from './histogram-section.tsx';
import { hiddenAtFirst, logColumns } from './log-columns.tsx';
import { filterOf } from './log-filter.ts';
import { pageSize } from './log-queries.ts';
import { LogToolbar } from './log-toolbar.tsx';
import { NoRequests } from './no-requests.tsx';
import { SearchedTo } from './searched-to.tsx';
import { useLogRows } from './use-log-rows.ts';
import { useRowKeys } from './use-row-keys.ts';

const RequestSheet = lazy(async () => ({ default: (await import('./request-sheet.tsx')).RequestSheet }));
const ExportDialog = lazy(async () => ({ default: (await import('./export-dialog.tsx')).ExportDialog }));

const route = getRouteApi('/shell/log');

export function LogsPage() {
  const t = useMessages('logs');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isAdministrator = useIsAdministrator();
  const [isExporting, setIsExporting] = useState(false);
  const [hidden, setHidden] = useHiddenColumns('log', hiddenAtFirst);
  const { all = false, before, live = false, request } = search;
  const filter = useMemo(() => filterOf(search), [search]);
  const { rows, found, error, refetch } = useLogRows(filter, before, live);
  const columns = useMemo(() => logColumns(t, all), [t, all]);
  const open = (id: string | undefined) =>
    navigate({
      search: (old) => ({ ...old, request: id }),
      replace: request !== undefined,
      resetScroll: false,
    });
  useRowKeys();

  return (
    <Page
      title={t('title')}
      description={t('description', { zone: format.timeZone })}
      actions={
        <Button icon={<Download />} onClick={() => setIsExporting(true)}>
          {t('export')}
        </Button>
      }
    >
      <LogToolbar
        search={search}
        isAdministrator={isAdministrator}
        columns={columns}
        hidden={hidden}
        onHide={setHidden}
      />
      <FilterChips search={search} />
      <HistogramSection filter={filter} isLive={live} />
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={error && !rows ? [] : rows}
        rowId={({ request_id: id }) => id}
        openId={request}
        hiddenColumns={hidden}
        pageSize={pageSize}
        empty={error ? null : <NoRequests search={search} found={found} />}
      />
      {found && <SearchedTo search={search} found={found} />}
      {found && (before !== undefined || found.next !== '') && (
        <KeysetPager
          hasNewer={before !== undefined}
          hasOlder={found.next !== ''}
          onNewest={() => navigate({ search: (old) => ({ ...old, before: undefined }) })}
          onOlder={() => navigate({ search: (old) => ({ ...old, before: found.next, live: undefined }) })}
        />
      )}
      <Suspense>
        {request !== undefined && (
          <RequestSheet requestId={request} rows={rows ?? []} onOpen={open} onClose={() => open(undefined)} />
        )}
        {isExporting && <ExportDialog filter={filter} onClose={() => setIsExporting(false)} />}
      </Suspense>
    </Page>
  );
}
