/** Receipts of deleted keys: each says when and how a key died. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ReceiptText, SearchX } from 'lucide-react';
import { useMemo } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { useIsAdministrator } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { Select } from '../../components/select.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { Pager } from '../../components/table/pager.tsx';
import { useRows } from '../../components/table/use-rows.ts';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { receiptsKey } from '../../features/receipts/receipt.ts';
import { useMessages } from '../../i18n/messages.ts';
import { receiptColumns } from './receipt-columns.tsx';
import type { ReceiptsSearch } from './route.ts';

const route = getRouteApi('/shell/receipt');
const pageSize = 20;
/** The server counts no further. */
const countedMax = 100_000;

const receiptsQuery = ({ page = 1, q, state, scope, key, user }: ReceiptsSearch) =>
  queryOptions({
    queryKey: [...receiptsKey, 'list', page, q, state, scope, key, user],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/receipt', {
          signal,
          params: {
            query: {
              p: page,
              page_size: pageSize,
              ...(q !== undefined && { keyword: q }),
              ...(state && { state }),
              ...(scope && { scope }),
              ...(key !== undefined && { key_id: key }),
              ...(user !== undefined && { user_id: user }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });

export function ReceiptsPage() {
  const t = useMessages('receipts');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { page = 1, scope } = search;
  const list = useQuery(receiptsQuery(search));
  const { data, error, refetch } = list;
  const columns = useMemo(() => receiptColumns(t, scope === 'managed'), [t, scope]);
  const change = (next: Partial<ReceiptsSearch>, replace = true) =>
    void navigate({ search: (old) => ({ ...old, page: undefined, ...next }), replace });
  const onPage = (next: number, replace = false) => change({ page: next }, replace);
  const rows = useRows(list, { page, pageSize, onPage });
  return (
    <Page title={t('title')} description={t('description')}>
      <Filters search={search} onChange={change} />
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {(!error || data) && (
        <DataTable
          caption={t('title')}
          columns={columns}
          rows={rows}
          rowId={({ receipt }) => String(receipt.id)}
          pageSize={pageSize}
          empty={
            <Empty
              search={search}
              onClear={() => change({ q: undefined, state: undefined, key: undefined, user: undefined })}
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
    </Page>
  );
}

interface FiltersProps {
  readonly search: ReceiptsSearch;
  readonly onChange: (next: Partial<ReceiptsSearch>) => void;
}

function Filters({ search, onChange }: FiltersProps) {
  const t = useMessages('receipts');
  const states = [
    { value: '', label: t('stateAll') },
    ...(['complete', 'partial', 'open'] as const).map((value) => ({ value, label: t(`state_${value}`) })),
  ];
  return (
    <Toolbar>
      <SearchBox
        label={t('searchName')}
        value={search.q ?? ''}
        onSearch={(text) => onChange({ q: text || undefined, key: undefined })}
      />
      <Select
        label={t('state')}
        choices={states}
        value={search.state ?? ''}
        onChange={({ target }) => onChange({ state: (target.value || undefined) as ReceiptsSearch['state'] })}
      />
      {useIsAdministrator() && (
        <Segments
          label={t('scope')}
          value={search.scope ?? 'own'}
          choices={[
            { value: 'own', label: t('scopeOwn') },
            { value: 'managed', label: t('scopeManaged') },
          ]}
          onChange={(scope) => onChange({ scope: scope === 'managed' ? scope : undefined, user: undefined })}
        />
      )}
    </Toolbar>
  );
}

function Empty({ search, onClear }: { readonly search: ReceiptsSearch; readonly onClear: () => void }) {
  const t = useMessages('receipts');
  const common = useMessages('common');
  const { q, state, key, user } = search;
  const isFiltered = [q, state, key, user].some((each) => each !== undefined);
  if (!isFiltered) {
    return (
      <EmptyState icon={<ReceiptText aria-hidden="true" />} title={t('emptyTitle')}>
        {t('emptyText')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<SearchX aria-hidden="true" />}
      title={t('noMatchTitle')}
      action={<Button onClick={onClear}>{common('clearFilters')}</Button>}
    >
      {t('noMatchText')}
    </EmptyState>
  );
}
