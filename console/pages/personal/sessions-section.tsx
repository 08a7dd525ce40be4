/** Where one is signed in, and how to sign out there. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { LogOut } from 'lucide-react';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Section } from '../../components/page.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { Pager } from '../../components/table/pager.tsx';
import { useRows } from '../../components/table/use-rows.ts';
import { useMessages } from '../../i18n/messages.ts';
import { sessionColumns } from './session-columns.tsx';
import { sessionsKey, sessionsPageSize, sessionsQuery } from './sessions-query.ts';

const route = getRouteApi('/shell/personal');

export function SessionsSection() {
  const t = useMessages('personal');
  const { sessions: page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const queryClient = useQueryClient();
  const list = useQuery(sessionsQuery(page));
  const { data, error, refetch } = list;
  const onPage = (sessions: number, replace = false) => void navigate({ search: { sessions }, replace });
  const rows = useRows(list, { page, pageSize: sessionsPageSize, onPage });
  const refresh = () => queryClient.invalidateQueries({ queryKey: sessionsKey });
  const endOne = useMutation({
    mutationFn: (id: string) => dataOf(api.DELETE('/api/user/session/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      announce(t('sessionEnded'));
      await refresh();
    },
  });
  const endOthers = useMutation({
    mutationFn: () => dataOf(api.DELETE('/api/user/session')),
    onSuccess: async (count) => {
      announce(t('sessionsEnded', { count }));
      await refresh();
    },
  });
  const failure = endOne.error ?? endOthers.error;
  return (
    <Section
      title={t('sessionsTitle')}
      description={t('sessionsDescription')}
      actions={
        data !== undefined &&
        data.total > 1 && (
          <Button icon={<LogOut />} busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            {t('sessionsEndOthers')}
          </Button>
        )
      }
    >
      <Stack>
        {error && <ErrorState error={error} onRetry={() => void refetch()} />}
        {failure && <ErrorState error={failure} />}
        <DataTable
          caption={t('sessionsTitle')}
          columns={sessionColumns(t, endOne.variables, (id) => endOne.mutate(id))}
          rows={rows?.toSorted((one, other) => Number(other.current) - Number(one.current))}
          rowId={({ id }) => id}
          pageSize={2}
          empty={null}
        />
        {data !== undefined && data.total > sessionsPageSize && (
          <Pager page={page} pageSize={sessionsPageSize} total={data.total} onPage={onPage} />
        )}
      </Stack>
    </Section>
  );
}
