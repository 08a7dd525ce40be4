/** A chart over time with its legend, the same as a table, and the same as CSV. */
import { Download } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { buttonClass } from '../../components/button.tsx';
import type { ChartData, ChartSeries } from '../../components/charts/chart-data.ts';
import { Legend } from '../../components/charts/legend.tsx';
import { Section } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { Skeleton } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import type { Metric } from './metrics.ts';

const TimeChart = lazy(async () => ({
  default: (await import('../../components/charts/time-chart.tsx')).TimeChart,
}));
const ChartTable = lazy(async () => ({
  default: (await import('../../components/charts/chart-table.tsx')).ChartTable,
}));

/** In rem, that of the chart. */
const chartHeight = 17.5;

export type View = 'chart' | 'table';

interface ChartSectionProps {
  readonly title: string;
  readonly description?: string;
  readonly metric: Metric;
  readonly data: ChartData;
  readonly previous?: ChartSeries | undefined;
  readonly view: View;
  readonly onView: (view: View) => void;
  /** The address of the same as CSV. */
  readonly csv: string;
  /** Beside the choice of view. */
  readonly actions?: ReactNode;
  /** Above the chart. */
  readonly children?: ReactNode;
}

export function ChartSection(props: ChartSectionProps) {
  const { title, description, metric, data, previous, view, onView, csv, actions, children } = props;
  const t = useMessages('usage');
  const label = t('chartLabel', { metric: t(metric.label) });
  const series = previous ? [...data.series, previous] : data.series;
  const chart = {
    label,
    data,
    previous,
    shape: metric.shape,
    top: metric.top,
    formatValue: metric.format,
    noValue: t('noValue'),
    soFar: (time: string) => t('soFar', { time }),
    sumLabel: metric.shape === 'bars' ? t('sum') : undefined,
  };
  return (
    <Section
      title={title}
      {...(description !== undefined && { description })}
      actions={
        <>
          {actions}
          <Segments
            label={t('view')}
            value={view}
            choices={[
              { value: 'chart', label: t('chartChart') },
              { value: 'table', label: t('chartTable') },
            ]}
            onChange={onView}
          />
          <a className={buttonClass({})} href={csv} download="usage.csv">
            <Download aria-hidden="true" />
            {t('exportCsv')}
          </a>
        </>
      }
    >
      {children}
      <Suspense fallback={<Skeleton height={chartHeight} />}>
        {view === 'table' ? (
          <ChartTable
            caption={label}
            timeLabel={t('time')}
            data={{ ...data, series }}
            formatValue={metric.format}
          />
        ) : (
          <TimeChart {...chart} />
        )}
      </Suspense>
      {view === 'chart' && series.length > 1 && <Legend series={series} />}
    </Section>
  );
}
