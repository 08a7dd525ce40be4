/** One request beside the list: what happened when, what it cost and why. Load it with `lazy`. */
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { ContentSection } from './content-section.tsx';
import { CostSection } from './cost-section.tsx';
import { detailQuery, type LogRecord } from './log-queries.ts';
import { RequestFigures } from './request-figures.tsx';
import { RequestSummary } from './request-summary.tsx';
import { TimelineSection } from './timeline-section.tsx';
import { isOwnKey, stepOf } from './use-row-keys.ts';
import { UsedSection } from './used-section.tsx';

interface RequestSheetProps {
  readonly requestId: string;
  /** Of the list, in their order. */
  readonly rows: readonly LogRecord[];
  readonly onOpen: (requestId: string) => void;
  readonly onClose: () => void;
}

/** As tall as what comes, in rem. */
const skeletonHeights = [9, 12, 8];

export function RequestSheet({ requestId, rows, onOpen, onClose }: RequestSheetProps) {
  const t = useMessages('logs');
  const { data, error, refetch } = useQuery(detailQuery(requestId));
  const at = rows.findIndex((row) => row.request_id === requestId);
  const newer = at > 0 ? rows[at - 1]?.request_id : undefined;
  const older = at < 0 ? undefined : rows[at + 1]?.request_id;
  const step = (to: string | undefined) => to !== undefined && onOpen(to);
  useStepKeys((by) => step(by > 0 ? older : newer));
  return (
    <Sheet
      open
      wide
      onClose={onClose}
      title={t('request')}
      description={<code>{requestId}</code>}
      footer={
        <>
          <Button
            icon={<ChevronUp />}
            disabled={newer === undefined}
            onClick={() => step(newer)}
            title={t('newerKey')}
          >
            {t('newer')}
          </Button>
          <Button
            icon={<ChevronDown />}
            disabled={older === undefined}
            onClick={() => step(older)}
            title={t('olderKey')}
          >
            {t('older')}
          </Button>
        </>
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && skeletonHeights.map((height) => <Skeleton key={height} height={height} />)}
      {data && (
        <>
          {data.record.state !== '' && <RequestFigures detail={data} />}
          <RequestSummary detail={data} />
          <TimelineSection detail={data} />
          <UsedSection detail={data} />
          <CostSection detail={data} />
          {data.is_content_kept && <ContentSection key={requestId} requestId={requestId} />}
        </>
      )}
    </Sheet>
  );
}

/** J and K go to the next and the previous request while the sheet is open. */
function useStepKeys(onStep: (by: number) => void): void {
  const latest = useRef(onStep);
  latest.current = onStep;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const by = isOwnKey(event, 'dialog') ? stepOf(event) : 0;
      if (by === 0) return;
      event.preventDefault();
      latest.current(by);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
