/** The models on offer: prices, context, endpoints, and which keys may use each. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { BookOpen } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import { Button } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { Select } from '../../components/select.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { useHiddenColumns } from '../../components/table/hidden-columns.ts';
import { Pager } from '../../components/table/pager.tsx';
import { useRows } from '../../components/table/use-rows.ts';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { KeyPicker } from '../../features/key-picker/key-picker.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { modelColumns } from './model-columns.tsx';
import styles from './models.module.css';
import { modelsQuery, pageSize } from './queries.ts';
import { type ModelsSearch, modelTypes } from './search.ts';

const route = getRouteApi('/shell/model');
const ModelSheet = lazy(async () => ({ default: (await import('./model-sheet.tsx')).ModelSheet }));
const ColumnMenu = lazy(async () => ({
  default: (await import('../../components/table/column-menu.tsx')).ColumnMenu,
}));

export function ModelsPage() {
  const t = useMessages('models');
  const c = useMessages('common');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(modelsQuery(search));
  const { data, error, refetch } = list;
  const [hidden, hide] = useHiddenColumns('models', []);
  const { page = 1, q, provider, type, sort = 'id', order = 'asc', key, open } = search;
  const onPage = (next: number, replace = false) =>
    void navigate({ search: (old) => ({ ...old, page: next }), replace });
  const rows = useRows(list, { page, pageSize, onPage });
  const keysLookedAt = data?.keys_looked_at ?? 0;
  const columns = useMemo(() => modelColumns(t, keysLookedAt), [t, keysLookedAt]);
  const change = (changes: Partial<ModelsSearch>) =>
    void navigate({ search: (old) => ({ ...old, page: undefined, ...changes }), replace: true });
  const isFiltered = q !== undefined || provider !== undefined || type !== undefined || key !== undefined;
  const clear = () => change({ q: undefined, provider: undefined, type: undefined, key: undefined });

  return (
    <Page title={t('title')} description={t('description')}>
      <Toolbar>
        <SearchBox
          label={t('search')}
          value={q ?? ''}
          onSearch={(text) => change({ q: text || undefined })}
        />
        <Select
          label={t('provider')}
          value={provider ?? ''}
          choices={[
            { value: '', label: t('allProviders') },
            ...(data?.providers.map(({ code, name }) => ({ value: code, label: name })) ?? []),
          ]}
          onChange={({ target }) => change({ provider: target.value || undefined })}
        />
        <Select
          label={t('type')}
          value={type ?? ''}
          choices={[
            { value: '', label: t('allTypes') },
            ...modelTypes.map((each) => ({ value: each, label: t(each) })),
          ]}
          onChange={({ target }) => change({ type: modelTypes.find((each) => each === target.value) })}
        />
        <span className={styles.keyFilter}>
          <Suspense>
            <KeyPicker
              label={t('keyFilter')}
              isLabelHidden
              placeholder={t('anyKey')}
              value={key}
              onChange={(id) => change({ key: id })}
            />
          </Suspense>
        </span>
        {isFiltered && (
          <Button variant="ghost" onClick={clear}>
            {c('clearFilters')}
          </Button>
        )}
        <Suspense>
          <ColumnMenu columns={columns} hidden={hidden} onChange={hide} />
        </Suspense>
      </Toolbar>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      <DataTable
        caption={t('title')}
        columns={columns}
        rows={rows}
        rowId={({ id }) => id}
        hiddenColumns={hidden}
        openId={open}
        sort={{ column: sort, descending: order === 'desc' }}
        onSort={({ column, descending }) =>
          change({
            sort: column === 'id' ? undefined : (column as ModelsSearch['sort']),
            order: descending ? 'desc' : undefined,
          })
        }
        empty={
          <EmptyState
            icon={<BookOpen aria-hidden="true" />}
            title={t(isFiltered ? 'noMatchTitle' : 'emptyTitle')}
            action={isFiltered && <Button onClick={clear}>{c('clearFilters')}</Button>}
          >
            {t(isFiltered ? 'noMatchText' : 'emptyText')}
          </EmptyState>
        }
      />
      {data && data.total > 0 && <Pager page={page} pageSize={pageSize} total={data.total} onPage={onPage} />}
      {data && data.keys_total > data.keys_looked_at && (
        <p className={styles.muted}>{t('keysNote', { count: data.keys_looked_at })}</p>
      )}
      {open !== undefined && (
        <Suspense>
          <ModelSheet
            id={open}
            onClose={() => void navigate({ search: (old) => ({ ...old, open: undefined }) })}
          />
        </Suspense>
      )}
    </Page>
  );
}
