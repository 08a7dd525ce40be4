/** The audit log: who changed what, from where, and what it was before. Accounts see what concerns themselves. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Download, ScrollText } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import { useIsAdministrator } from '../../api/session.ts';
import { Button, buttonClass } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { KeysetPager } from '../../components/table/pager.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { auditColumns } from './audit-columns.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { entriesQuery, exportAddress, pageSize } from './audit-queries.ts';
import type { AuditSearch } from './route.ts';

const EntrySheet = lazy(async () => ({ default: (await import('./entry-sheet.tsx')).EntrySheet }));

const route = getRouteApi('/shell/audit');

export function AuditPage() {
  const t = useMessages('audit');
  const common = useMessages('common');
  const isAdministrator = useIsAdministrator();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(entriesQuery(search, isAdministrator));
  const columns = useMemo(() => auditColumns(t), [t]);
  const { open, before } = search;
  const change = (changed: Partial<AuditSearch>) =>
    navigate({ search: (old) => ({ ...old, before: undefined, ...changed }), replace: true });
  const move = (place: number | undefined) =>
    navigate({ search: (old) => ({ ...old, before: place }), resetScroll: true });
  const isFiltered = Object.entries(search).some(
    ([name, value]) => !['open', 'before'].includes(name) && value,
  );
  const next = data?.next_before_id;
  return (
    <Page
      title={common('audit')}
      description={t(isAdministrator ? 'description' : 'ownDescription')}
      actions={
        isAdministrator && (
          <a className={buttonClass({})} href={exportAddress(search)} download="audit.csv">
            <Download aria-hidden="true" />
            {t('export')}
          </a>
        )
      }
    >
      <AuditFilters search={search} onChange={change} />
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!(error && !data) && (
        <DataTable
          caption={common('audit')}
          columns={columns}
          rows={data?.items}
          rowId={({ id }) => String(id)}
          openId={open === undefined ? undefined : String(open)}
          pageSize={pageSize}
          empty={
            <EmptyState
              icon={<ScrollText aria-hidden="true" />}
              title={t(isFiltered ? 'noMatch' : 'emptyTitle')}
              action={
                isFiltered && (
                  <Button onClick={() => navigate({ search: {} })}>{common('clearFilters')}</Button>
                )
              }
            >
              {next
                ? t('searchedSome', { count: format.count(searchedMax) })
                : t(isFiltered ? 'noMatchText' : 'emptyText')}
            </EmptyState>
          }
        />
      )}
      {data && (before !== undefined || next !== 0) && (
        <KeysetPager
          hasNewer={before !== undefined}
          hasOlder={next !== 0}
          onNewest={() => void move(undefined)}
          onOlder={() => void move(next)}
        />
      )}
      {open !== undefined && (
        <Suspense>
          <EntrySheet
            id={open}
            known={data?.items.find(({ id }) => id === open)}
            isAdministrator={isAdministrator}
            onClose={() =>
              void navigate({ search: (old) => ({ ...old, open: undefined }), resetScroll: false })
            }
            onFilter={(filter) => void navigate({ search: filter })}
          />
        </Suspense>
      )}
    </Page>
  );
}

/** Entries that one page of the server looks through. */
const searchedMax = 10_000;
