/** The prices in force. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Tags } from 'lucide-react';
import { useMemo } from 'react';
import { Button } from '../../components/button.tsx';
import { Stack } from '../../components/stack.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { Pager } from '../../components/table/pager.tsx';
import { useRows } from '../../components/table/use-rows.ts';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { priceColumns } from './price-columns.tsx';
import { pageSize, pricesQuery } from './price-queries.ts';

const route = getRouteApi('/shell/price');

export function ModelsTab() {
  const t = useMessages('prices');
  const { page = 1, q, open } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(pricesQuery(page, q));
  const { data, error, refetch } = list;
  const onPage = (next: number, replace = false) =>
    void navigate({ search: (old) => ({ ...old, page: next }), replace });
  const rows = useRows(list, { page, pageSize, onPage });
  const columns = useMemo(() => priceColumns(t), [t]);
  return (
    <Stack>
      <Toolbar>
        <SearchBox
          label={t('search')}
          value={q ?? ''}
          onSearch={(text) => navigate({ search: { q: text || undefined }, replace: true })}
        />
      </Toolbar>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!(error && !data) && (
        <DataTable
          caption={t('models')}
          columns={columns}
          rows={rows}
          rowId={({ id }) => id}
          openId={open}
          empty={<Nothing isFiltered={q !== undefined} />}
        />
      )}
      {data && data.total > pageSize && (
        <Pager page={page} pageSize={pageSize} total={data.total} onPage={onPage} />
      )}
    </Stack>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  const t = useMessages('prices');
  const tCommon = useMessages('common');
  const navigate = route.useNavigate();
  if (!isFiltered) {
    return (
      <EmptyState icon={<Tags aria-hidden="true" />} title={t('emptyTitle')}>
        {t('emptyText')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={tCommon('noMatch')}
      action={<Button onClick={() => navigate({ search: {} })}>{tCommon('clearFilters')}</Button>}
    >
      {t('noMatchText')}
    </EmptyState>
  );
}
