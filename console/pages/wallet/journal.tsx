/** The journal: every change of the balance other than charges. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { BookText } from 'lucide-react';
import { useMemo } from 'react';
import { useAccount } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Money } from '../../components/numbers.tsx';
import { Section } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { Tag } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { DataTable } from '../../components/table/data-table.tsx';
import { Pager } from '../../components/table/pager.tsx';
import { useRows } from '../../components/table/use-rows.ts';
import { DateTime } from '../../components/time.tsx';
import { type Translate, useMessages } from '../../i18n/messages.ts';
import styles from './wallet.module.css';
import { type Entry, journalQuery, pageSize } from './wallet-queries.ts';

const route = getRouteApi('/shell/topup');
const kinds = ['topup', 'set', 'opening'] as const;

export function Journal() {
  const t = useMessages('wallet');
  const { page = 1, kind } = route.useSearch();
  const navigate = route.useNavigate();
  const { id: ownId } = useAccount();
  const list = useQuery(journalQuery(page, kind));
  const { data, error, refetch } = list;
  const onPage = (next: number, replace = false) =>
    void navigate({ search: (old) => ({ ...old, page: next }), replace });
  const rows = useRows(list, { page, pageSize, onPage });
  const columns = useMemo(() => journalColumns(t, ownId), [t, ownId]);
  const show = (chosen: Entry['kind'] | undefined) =>
    void navigate({ search: { kind: chosen }, replace: true });
  return (
    <Section
      plain
      title={t('journal')}
      description={t('journalNote')}
      actions={
        <Segments
          label={t('kinds')}
          choices={[
            { value: 'all', label: t('all') },
            ...kinds.map((value) => ({ value, label: t(`kind_${value}`) })),
          ]}
          value={kind ?? 'all'}
          onChange={(value) => show(kinds.find((known) => known === value))}
        />
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!(error && !data) && (
        <DataTable
          caption={t('journal')}
          columns={columns}
          rows={rows}
          rowId={({ id }) => String(id)}
          empty={
            kind === undefined ? (
              <EmptyState icon={<BookText aria-hidden="true" />} title={t('noEntries')}>
                {t('noEntriesText')}
              </EmptyState>
            ) : (
              <EmptyState
                icon={<BookText aria-hidden="true" />}
                title={t('noTopups')}
                action={<Button onClick={() => show(undefined)}>{t('showAll')}</Button>}
              />
            )
          }
        />
      )}
      {data && data.total > pageSize && (
        <Pager page={page} pageSize={pageSize} total={data.total} onPage={onPage} />
      )}
    </Section>
  );
}

function journalColumns(t: Translate<'wallet'>, ownId: number): readonly Column<Entry>[] {
  const by = (id: number) =>
    id === 0 ? t('byGateway') : id === ownId ? t('bySelf') : t('byAccount', { id: String(id) });
  return [
    { id: 'time', header: t('time'), cell: ({ created_at: at }) => <DateTime at={at} /> },
    { id: 'kind', header: t('kind'), cell: ({ kind }) => <Tag>{t(`kind_${kind}`)}</Tag> },
    {
      id: 'reason',
      header: t('reason'),
      cell: ({ reason }) => (reason === '' ? null : <bdi className={styles.reason}>{reason}</bdi>),
    },
    {
      id: 'reference',
      header: t('reference'),
      cell: ({ trade_no: reference }) => <bdi className={styles.reason}>{reference}</bdi>,
    },
    { id: 'by', header: t('by'), cell: ({ admin_id: id }) => <span className={styles.muted}>{by(id)}</span> },
    {
      id: 'amount',
      header: t('amount'),
      align: 'end',
      cell: ({ quota }) => (
        <span className={quota > 0 ? styles.plus : undefined}>
          {quota > 0 && '+'}
          <Money units={quota} />
        </span>
      ),
    },
  ];
}
