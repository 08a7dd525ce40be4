/** The rows of the list, with those that are written while it is followed live. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { LogFilter } from './log-filter.ts';
import {
  type FoundRecords,
  type LogRecord,
  liveFrom,
  liveQuery,
  liveRowsMax,
  recordsQuery,
  withNew,
} from './log-queries.ts';

interface LogRows {
  /** Undefined while the first page loads. */
  readonly rows: readonly LogRecord[] | undefined;
  readonly found: FoundRecords | undefined;
  readonly error: Error | null;
  readonly refetch: () => Promise<unknown>;
}

/** @param isLive whether new rows are looked for; pauses while the window is in the background */
export function useLogRows(filter: LogFilter, before: string | undefined, isLive: boolean): LogRows {
  const { data: found, error, refetch } = useQuery(recordsQuery(filter, before));
  const isFollowed = isLive && before === undefined && found !== undefined;
  const live = useQuery(liveQuery(filter, found ? liveFrom(found) : '', isFollowed));
  const added = isFollowed ? live.data?.items : undefined;
  // So many that some may be missing: the list is read anew.
  const isFull = (added?.length ?? 0) >= liveRowsMax;
  useQuery({
    queryKey: ['log', 'again', filter, live.dataUpdatedAt],
    queryFn: async () => {
      await refetch();
      return true;
    },
    enabled: isFull,
  });
  const rows = useMemo(() => (found && added ? withNew(found.items, added) : found?.items), [found, added]);
  return { rows, found, error: error ?? (isFollowed ? live.error : null), refetch };
}
