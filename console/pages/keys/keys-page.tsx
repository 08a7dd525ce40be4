/** The API keys of an account; for administrators also those of the accounts that they manage. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { KeyRound, Plus, SearchX } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useAccount, useIsAdministrator } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import type { Sort } from '../../components/table/column.ts';
import { ColumnMenu } from '../../components/table/column-menu.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { useHiddenColumns } from '../../components/table/hidden-columns.ts';
import { Pager } from '../../components/table/pager.tsx';
import { useRows } from '../../components/table/use-rows.ts';
import type { Key } from '../../features/keys/key.ts';
import { LazyCreateKeyDialog, LazyEditKeySheet } from '../../features/keys/lazy.ts';
import { LazyDeleteKeysDialog, LazyDisableKeysDialog } from '../../features/receipts/lazy.ts';
import { useMessages } from '../../i18n/messages.ts';
import { KeyActions } from './key-actions.tsx';
import { keyColumns, shownName, startHidden } from './key-columns.tsx';
import { KeyFilters } from './key-filters.tsx';
import { isFiltered, keysQuery, pageSize } from './keys-query.ts';
import { RiskCards } from './risk-cards.tsx';
import type { KeysSearch } from './route.ts';
import { StatusOutcome, useStatusChange } from './status-change.tsx';

const SelectionBar = lazy(async () => ({ default: (await import('./selection-bar.tsx')).SelectionBar }));

const route = getRouteApi('/shell/token');

export function KeysPage() {
  const t = useMessages('keys');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<KeysSearch>, replace = false) =>
    void navigate({ search: (old) => ({ ...old, page: undefined, ...next }), replace });
  const openDialog = (next: Pick<KeysSearch, 'create' | 'edit'>) =>
    navigate({ search: (old) => ({ ...old, create: undefined, edit: undefined, ...next }) });
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <Button
          variant="primary"
          icon={<Plus />}
          data-create=""
          onClick={() => void openDialog({ create: true })}
        >
          {t('create')}
        </Button>
      }
    >
      <RiskCards search={search} />
      <KeyList search={search} onChange={change} onEdit={(edit) => void openDialog({ edit })} />
      <Suspense>
        {search.create && <LazyCreateKeyDialog onClose={() => openDialog({})} />}
        {search.edit !== undefined && <LazyEditKeySheet id={search.edit} onClose={() => openDialog({})} />}
      </Suspense>
    </Page>
  );
}

interface ListProps {
  readonly search: KeysSearch;
  readonly onChange: (next: Partial<KeysSearch>, replace?: boolean) => void;
}

function ScopeChoice({ search, onChange }: ListProps) {
  const t = useMessages('keys');
  if (!useIsAdministrator()) return null;
  return (
    <Segments
      label={t('scope')}
      value={search.scope ?? 'own'}
      choices={[
        { value: 'own', label: t('scopeOwn') },
        { value: 'managed', label: t('scopeManaged') },
      ]}
      onChange={(scope) =>
        onChange({ scope: scope === 'managed' ? scope : undefined, user: undefined, group: undefined })
      }
    />
  );
}

interface KeyListProps extends ListProps {
  readonly onEdit: (id: number) => void;
}

function KeyList({ search, onChange, onEdit }: KeyListProps) {
  const t = useMessages('keys');
  const ownId = useAccount().id;
  const { page = 1 } = search;
  const isManaged = search.scope === 'managed';
  const list = useQuery(keysQuery(search));
  const { data, error, refetch } = list;
  const onPage = (next: number, replace = false) => onChange({ page: next }, replace);
  const [selected, setSelected] = useState<ReadonlyMap<number, Key>>(new Map());
  const [doomed, setDoomed] = useState<readonly Key[]>([]);
  const [isDisabling, setDisabling] = useState(false);
  const [hidden, setHidden] = useHiddenColumns('keys', startHidden);
  const status = useStatusChange();
  const columns = useMemo(() => {
    const actions = (key: Key) => (
      <KeyActions
        keyOf={key}
        onEdit={key.user_id === ownId ? () => onEdit(key.id) : undefined}
        onStatus={(next) => status.mutate({ keys: [key], status: next, ownId })}
        onDelete={() => setDoomed([key])}
      />
    );
    return keyColumns(t, { ownId, isManaged, actions });
  }, [t, ownId, isManaged, onEdit, status.mutate]);
  const rows = useRows(list, { page, pageSize, onPage });
  const select = (ids: ReadonlySet<string>) => {
    const known = new Map([...selected, ...(rows ?? []).map((key) => [key.id, key] as const)]);
    setSelected(new Map([...known].filter(([id]) => ids.has(String(id)))));
  };
  const setSelectedStatus = (next: 1 | 2) =>
    status.mutate({ keys: [...selected.values()], status: next, ownId });
  return (
    <>
      <KeyFilters search={search} onChange={(next) => onChange(next, true)}>
        <ScopeChoice search={search} onChange={onChange} />
        <ColumnMenu columns={columns} hidden={hidden} onChange={setHidden} />
      </KeyFilters>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      <StatusOutcome change={status} />
      <Suspense>
        {selected.size > 0 && (
          <SelectionBar
            count={selected.size}
            busy={status.isPending}
            onEnable={() => setSelectedStatus(1)}
            onDisable={() => setDisabling(true)}
            onDelete={() => setDoomed([...selected.values()])}
            onClear={() => setSelected(new Map())}
          />
        )}
      </Suspense>
      {(!error || data) && (
        <DataTable
          caption={t('title')}
          columns={columns}
          rows={rows}
          rowId={({ id }) => String(id)}
          rowLabel={(key) => t('select', { name: shownName(t, key) })}
          hiddenColumns={hidden}
          sort={sortOf(search)}
          onSort={({ column, descending }) =>
            onChange({ sort: column as KeysSearch['sort'], order: descending ? 'desc' : 'asc' })
          }
          selection={{ ids: new Set([...selected.keys()].map(String)), onChange: select }}
          openId={search.edit === undefined ? undefined : String(search.edit)}
          pageSize={pageSize}
          empty={<Empty search={search} onChange={onChange} />}
        />
      )}
      {data && data.total > 0 && (
        <Pager
          page={page}
          pageSize={pageSize}
          total={data.total}
          isLowerBound={!data.complete}
          onPage={onPage}
        />
      )}
      <Suspense>
        {isDisabling && (
          <LazyDisableKeysDialog
            ids={[...selected.keys()]}
            onClose={() => setDisabling(false)}
            onConfirm={() => {
              setDisabling(false);
              setSelectedStatus(2);
            }}
          />
        )}
        {doomed.length > 0 && (
          <LazyDeleteKeysDialog
            keys={doomed}
            onClose={() => setDoomed([])}
            onDeleted={(ids) => setSelected(new Map([...selected].filter(([id]) => !ids.includes(id))))}
          />
        )}
      </Suspense>
    </>
  );
}

const sortOf = ({ sort = 'created', order = 'desc' }: KeysSearch): Sort => ({
  column: sort,
  descending: order === 'desc',
});

function Empty({ search, onChange }: ListProps) {
  const t = useMessages('keys');
  if (isFiltered(search)) {
    return (
      <EmptyState icon={<SearchX aria-hidden="true" />} title={t('noMatchTitle')}>
        {t('noMatchText')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<KeyRound aria-hidden="true" />}
      title={t('emptyTitle')}
      action={
        <Button variant="primary" icon={<Plus />} onClick={() => onChange({ create: true })}>
          {t('create')}
        </Button>
      }
    >
      {t('emptyText')}
    </EmptyState>
  );
}
