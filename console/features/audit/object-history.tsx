/** Who changed what of one object: its entries of the audit log, newest first. Load it with `LazyObjectHistory`. */
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { useIsAdministrator } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Section } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { Action } from './action.tsx';
import { Actor } from './actor.tsx';
import styles from './audit.module.css';
import { type AuditEntry, secondsOf } from './entry.ts';
import { EntryChanges } from './entry-changes.tsx';

export interface ObjectHistoryProps {
  readonly type: AuditEntry['object_type'];
  readonly id: number;
}

const pageSize = 8;
const skeletonHeight = 12;

const historyQuery = ({ type, id }: ObjectHistoryProps, isAdministrator: boolean) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'history', type, id, isAdministrator],
    queryFn: ({ signal, pageParam }) => {
      const query = { object_type: type, object_id: id, before_id: pageParam, page_size: pageSize };
      return isAdministrator
        ? dataOf(api.GET('/api/audit', { signal, params: { query } }))
        : dataOf(api.GET('/api/audit/self', { signal, params: { query } }));
    },
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_before_id || undefined,
  });

export function ObjectHistory(props: ObjectHistoryProps) {
  const t = useMessages('audit');
  const query = useInfiniteQuery(historyQuery(props, useIsAdministrator()));
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const entries = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title={t('historyTitle')}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={skeletonHeight} />}
      {data && entries.length === 0 && !hasNextPage && <p className={styles.muted}>{t('historyEmpty')}</p>}
      {entries.length > 0 && (
        <ol className={styles.history}>
          {entries.map((entry) => (
            <HistoryEvent key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      {hasNextPage && (
        <div>
          <Button size="sm" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('showOlder')}
          </Button>
        </div>
      )}
    </Section>
  );
}

function HistoryEvent({ entry }: { readonly entry: AuditEntry }) {
  return (
    <li className={styles.event}>
      <div className={styles.eventHead}>
        <Action entry={entry} />
        <span>
          <Actor entry={entry} />
        </span>
        <span className={styles.eventTime}>
          <RelativeTime at={secondsOf(entry)} />
        </span>
      </div>
      {entry.changes.length > 0 && <EntryChanges changes={entry.changes} />}
    </li>
  );
}
