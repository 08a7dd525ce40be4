/** The multipliers of groups. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2, Users } from 'lucide-react';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { IconButton } from '../../components/button.tsx';
import { Stack } from '../../components/stack.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { Tag } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { DataTable } from '../../components/table/data-table.tsx';
import { Day } from '../../components/time.tsx';
import { exactFormat } from '../../format/exact.ts';
import { useMessages } from '../../i18n/messages.ts';
import { groupsQuery, type Multiplier, pricesKey } from './price-queries.ts';
import styles from './prices.module.css';

export function GroupsTab() {
  const t = useMessages('prices');
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery(groupsQuery);
  const remove = useMutation({
    mutationFn: (group: string) => dataOf(api.DELETE('/api/price/group', { params: { query: { group } } })),
    onSuccess: (_data, group) => announce(t('multiplierRemoved', { group })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: pricesKey }),
  });
  const columns: readonly Column<Multiplier>[] = [
    { id: 'group', header: t('group'), cell: ({ group }) => <Tag>{group}</Tag> },
    {
      id: 'multiplier',
      header: t('multiplier'),
      align: 'end',
      cell: (row) => t('times', { multiplier: exactFormat.decimal(row.multiplier) }),
    },
    {
      id: 'since',
      header: t('since'),
      cell: ({ effective_from: at }) => (at === 0 ? t('always') : <Day at={at} />),
    },
    {
      id: 'actions',
      header: t('actions'),
      align: 'end',
      cell: ({ group }) => (
        <IconButton
          size="sm"
          icon={<Trash2 />}
          label={t('removeMultiplier', { group })}
          busy={remove.isPending && remove.variables === group}
          onClick={() => remove.mutate(group)}
        />
      ),
    },
  ];
  return (
    <Stack>
      <p className={styles.note}>{t('groupsText')}</p>
      {(error ?? remove.error) && (
        <ErrorState error={error ?? remove.error} onRetry={error ? () => void refetch() : undefined} />
      )}
      <DataTable
        caption={t('groups')}
        columns={columns}
        rows={data}
        rowId={({ group }) => group}
        empty={
          <EmptyState icon={<Users aria-hidden="true" />} title={t('noGroupsTitle')}>
            {t('noGroupsText')}
          </EmptyState>
        }
      />
    </Stack>
  );
}
