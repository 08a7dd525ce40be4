/**
 * What runs now: requests, open sockets and jobs, what becomes of each, and which nodes do not tell. Its texts are those of
 * `receipts`.
 */
import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { Callout } from '../../components/callout.tsx';
import { Skeleton } from '../../components/states.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';

export interface Running {
  /** Requests on all nodes that answered, sockets included. */
  readonly running: number;
  readonly sockets: number;
  /** That have not ended. */
  readonly jobs: number;
  readonly in_flight: 'abort' | 'drain';
  /** Null = the node did not answer. */
  readonly nodes: readonly { readonly name: string; readonly running: number | null }[];
}

interface RunningNowProps {
  /** Undefined while it is being counted. */
  readonly running: Running | undefined;
  readonly isError: boolean;
  /** Whether the key is gone for good, and its jobs with it for its clients. */
  readonly isFinal: boolean;
}

export function RunningNow({ running: counted, isError, isFinal }: RunningNowProps) {
  const t = useMessages('receipts');
  if (isError) return <Callout tone="warn">{t('runningUnknown')}</Callout>;
  if (!counted) return <Skeleton height={2.75} />;
  const { running, sockets, jobs, in_flight, nodes } = counted;
  const isEnded = in_flight === 'abort';
  const requests = running - sockets;
  const silent = nodes.filter((node) => node.running === null).map(({ name }) => name);
  const valuesOf = (count: number) => ({ count, shown: format.count(count) });
  return (
    <Callout tone={running > 0 || jobs > 0 || silent.length > 0 ? 'warn' : 'neutral'}>
      <p>
        {t(isEnded ? 'runningAbort' : 'runningDrain', valuesOf(requests))}
        {silent.length > 0 && ` ${t('runningSilent', { nodes: silent.join(', ') })}`}
      </p>
      {sockets > 0 && <p>{t(isEnded ? 'socketsAbort' : 'socketsDrain', valuesOf(sockets))}</p>}
      {jobs > 0 && <p>{t(isFinal ? 'jobsGone' : 'jobsGoOn', valuesOf(jobs))}</p>}
    </Callout>
  );
}

export const runningRefreshMs = 2000;

/** The same, of some keys. */
export function RunningOfKeys({
  ids,
  isFinal,
}: { readonly ids: readonly number[] } & Pick<RunningNowProps, 'isFinal'>) {
  const { data, isError } = useQuery({
    queryKey: ['keys', 'running', 'several', ids],
    queryFn: ({ signal }) => dataOf(api.POST('/api/token/running', { signal, body: { ids: [...ids] } })),
    refetchInterval: runningRefreshMs,
    gcTime: 0,
  });
  return <RunningNow running={data} isError={isError} isFinal={isFinal} />;
}
