/** The chart above the list, with what it adds up to. */
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Section } from '../../components/page.tsx';
import { Skeleton } from '../../components/states.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { RichMessage } from '../../i18n/rich-message.tsx';
import type { LogFilter } from './log-filter.ts';
import { histogramQuery } from './log-queries.ts';
import styles from './logs.module.css';

const LogHistogram = lazy(async () => ({ default: (await import('./log-histogram.tsx')).LogHistogram }));

/** As tall as the chart, in rem. */
const chartHeight = 9.375;

interface HistogramSectionProps {
  readonly filter: LogFilter;
  readonly isLive: boolean;
}

const liveEveryMs = 15_000;

/** Without one for a request that is searched for by its id. */
export function HistogramSection({ filter, isLive }: HistogramSectionProps) {
  const t = useMessages('logs');
  const { data, error } = useQuery({
    ...histogramQuery(filter),
    enabled: !filter.q,
    refetchInterval: isLive && liveEveryMs,
  });
  // The list says that it failed.
  if (filter.q || (error && !data)) return null;
  const failed = data?.slots.reduce((sum, { errors }) => sum + errors, 0) ?? 0;
  const units = data?.slots.reduce((sum, { quota }) => sum + quota, 0) ?? 0;
  return (
    <Section>
      <div className={styles.chart}>
        <div className={styles.chartSummary}>
          <span>
            {data && (
              <RichMessage
                from="logs"
                id="histogramTotal"
                values={{ total: data.total, failed, cost: format.money(units) }}
                elements={[<strong key="total" />, <strong key="failed" />, <strong key="cost" />]}
              />
            )}
          </span>
          {data && data.counted_from > data.from + data.width && (
            <span>{t('countedFrom', { time: format.dateTime(data.counted_from) })}</span>
          )}
        </div>
        <Suspense fallback={<Skeleton height={chartHeight} />}>
          {data ? (
            <LogHistogram histogram={data} isOpen={filter.to === undefined} />
          ) : (
            <Skeleton height={chartHeight} />
          )}
        </Suspense>
      </div>
    </Section>
  );
}
