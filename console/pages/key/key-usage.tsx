/** Spend, requests and tokens of a key over time, by model. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';
import type { ChartData } from '../../components/charts/chart-data.ts';
import { colourAt, withoutFuture } from '../../components/charts/prepare.ts';
import { Section } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { Inline } from '../../components/stack.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { useNowSeconds } from '../../components/use-now.ts';
import { keysKey } from '../../features/keys/key.ts';
import type { KeyView } from '../../features/keys/key-view.ts';
import { ChartSection } from '../../features/usage/chart-section.tsx';
import { csvAddress, fetchSeries, type UsageSeries } from '../../features/usage/figures.ts';
import { useLineName } from '../../features/usage/line-name.tsx';
import { type Metric, metrics } from '../../features/usage/metrics.ts';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './key-page.module.css';
import { ModelTable } from './model-table.tsx';

const route = getRouteApi('/shell/token/$id');
const chartHeight = 20;
const dayChoices = [7, 30, 90] as const;
type Days = (typeof dayChoices)[number];

const scopeOf = ({ isOwn }: KeyView) => (isOwn ? 'own' : 'all');

const seriesOf = ({ key }: KeyView, days: Days) =>
  ({
    period: `${days}d`,
    bucket: 'day',
    time_zone: format.timeZone,
    by: 'model',
    token_id: key.id,
  }) as const;

const usageQuery = (view: KeyView, days: Days) =>
  queryOptions({
    queryKey: [...keysKey, 'usage', view.key.id, view.isOwn, days],
    queryFn: ({ signal }) => fetchSeries(scopeOf(view), seriesOf(view, days), signal),
    placeholderData: keepPreviousData,
  });

export function KeyUsage({ view }: { readonly view: KeyView }) {
  const t = useMessages('keys');
  const { days = 30 } = route.useSearch();
  const { data, error, refetch } = useQuery(usageQuery(view, days));
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={chartHeight} />;
  if (data.total.totals.requests + data.total.totals.errors === 0) return <NoUsage />;
  return (
    <div className={styles.columns}>
      <UsageChart view={view} series={data} />
      <Section title={t('models')}>
        <ModelTable series={data} />
      </Section>
    </div>
  );
}

function NoUsage() {
  const f = useMessages('key-form');
  return (
    <Section title={f('usageTitle')} actions={<DaysChoice />}>
      <EmptyState icon={<ChartColumn aria-hidden="true" />} title={f('noUsageTitle')}>
        {f('noUsageText')}
      </EmptyState>
    </Section>
  );
}

function DaysChoice() {
  const f = useMessages('key-form');
  const { days = 30 } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Segments
      label={f('days')}
      value={String(days)}
      choices={dayChoices.map((value) => ({ value: String(value), label: f('daysCount', { count: value }) }))}
      onChange={(value) =>
        void navigate({ search: (old) => ({ ...old, days: Number(value) as Days }), replace: true })
      }
    />
  );
}

const shownMetrics = [metrics.spend, metrics.requests, metrics.tokens] as const;

function UsageChart({ view, series }: { readonly view: KeyView; readonly series: UsageSeries }) {
  const f = useMessages('key-form');
  const usage = useMessages('usage');
  const { days = 30, show = 'spend', view: shownAs = 'chart' } = route.useSearch();
  const navigate = route.useNavigate();
  const data = useChartData(series, metrics[show]);
  return (
    <ChartSection
      title={f('usageTitle')}
      description={f('usageZone', { zone: format.timeZone })}
      metric={metrics[show]}
      data={data}
      view={shownAs}
      onView={(next) =>
        void navigate({
          search: (old) => ({ ...old, view: next === 'table' ? next : undefined }),
          replace: true,
        })
      }
      csv={csvAddress(scopeOf(view), seriesOf(view, days))}
    >
      <Inline>
        <Segments
          label={f('measure')}
          value={show}
          choices={shownMetrics.map(({ id, label }) => ({ value: id as typeof show, label: usage(label) }))}
          onChange={(value) =>
            void navigate({
              search: (old) => ({ ...old, show: value === 'spend' ? undefined : value }),
              replace: true,
            })
          }
        />
        <DaysChoice />
      </Inline>
    </ChartSection>
  );
}

function useChartData(series: UsageSeries, metric: Metric): ChartData {
  const now = useNowSeconds();
  const lineName = useLineName('model', series.others);
  return {
    size: 'day',
    isOpen: series.end > now,
    stretches: series.buckets,
    series: series.series.map((line, place) => ({
      id: line.is_other ? 'other' : `model ${line.name}`,
      label: lineName(line),
      colour: line.is_other ? 'other' : colourAt(place),
      values: withoutFuture(line.points.map(metric.value), series.buckets, now),
    })),
  };
}
