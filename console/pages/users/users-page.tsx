/** The accounts of the gateway. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
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
import { userColumns } from './user-columns.tsx';
import { pageSize, usersQuery } from './user-queries.ts';

const route = getRouteApi('/shell/user');

const UserSheet = lazy(async () => ({ default: (await import('./user-sheet.tsx')).UserSheet }));
const NewUser = lazy(async () => ({ default: (await import('./new-user.tsx')).NewUser }));

export function UsersPage() {
  const t = useMessages('users');
  return (
    <AdministratorsOnly title={t('title')}>
      <Users />
    </AdministratorsOnly>
  );
}

function Users() {
  const t = useMessages('users');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { page = 1, open, create } = search;
  const list = useQuery(usersQuery(search));
  const { data, error, refetch } = list;
  const onPage = (next: number, replace = false) =>
    void navigate({ search: (old) => ({ ...old, page: next }), replace });
  const rows = useRows(list, { page, pageSize, onPage });
  const columns = useMemo(() => userColumns(t), [t]);
  /** @param ignoreBlocker nothing can be lost */
  const show = (id: number | undefined, ignoreBlocker: boolean) =>
    void navigate({ search: (old) => ({ ...old, open: id, create: undefined }), ignoreBlocker });
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <ButtonLink
          from="/user"
          to="/user"
          search={(old) => ({ ...old, create: true as const })}
          variant="primary"
          icon={<Plus />}
          data-create=""
        >
          {t('create')}
        </ButtonLink>
      }
    >
      <Filters />
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!(error && !data) && (
        <DataTable
          caption={t('title')}
          columns={columns}
          rows={rows}
          rowId={({ id }) => String(id)}
          openId={open === undefined ? undefined : String(open)}
          empty={<NoMatch />}
        />
      )}
      {data && data.total > pageSize && (
        <Pager page={page} pageSize={pageSize} total={data.total} onPage={onPage} />
      )}
      <Suspense>
        {open !== undefined && (
          <UserSheet
            key={open}
            id={open}
            onClose={() => show(undefined, false)}
            onDeleted={() => show(undefined, true)}
          />
        )}
        {create && <NewUser onClose={() => show(undefined, false)} onCreated={(id) => show(id, true)} />}
      </Suspense>
    </Page>
  );
}

function Filters() {
  const t = useMessages('users');
  const { q, status, role } = route.useSearch();
  const navigate = route.useNavigate();
  const statuses = [
    { value: '', label: t('anyStatus') },
    { value: 'enabled', label: t('enabled') },
    { value: 'disabled', label: t('disabled') },
  ];
  const roleChoices = [
    { value: '', label: t('anyRole') },
    { value: 'user', label: t('roleUser') },
    { value: 'administrator', label: t('roleAdministrator') },
  ];
  const oneOf = <Value extends string>(value: string, values: readonly Value[]) =>
    values.find((each) => each === value);
  return (
    <Toolbar>
      <SearchBox
        label={t('search')}
        value={q ?? ''}
        onSearch={(text) =>
          navigate({ search: (old) => ({ ...old, page: undefined, q: text || undefined }), replace: true })
        }
      />
      <Select
        label={t('status')}
        choices={statuses}
        value={status ?? ''}
        onChange={({ target }) =>
          navigate({
            search: (old) => ({
              ...old,
              page: undefined,
              status: oneOf(target.value, ['enabled', 'disabled'] as const),
            }),
          })
        }
      />
      <Select
        label={t('role')}
        choices={roleChoices}
        value={role ?? ''}
        onChange={({ target }) =>
          navigate({
            search: (old) => ({
              ...old,
              page: undefined,
              role: oneOf(target.value, ['user', 'administrator'] as const),
            }),
          })
        }
      />
    </Toolbar>
  );
}

/** There is always root: an empty list is one whose filter finds nothing. */
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
