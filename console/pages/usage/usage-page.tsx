/** Usage over time: figures of a period, a chart of one of them, and what it is made of. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { useId } from 'react';
import { useIsAdministrator } from '../../api/session.ts';
import { Callout } from '../../components/callout.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { MetricChoice } from '../../features/usage/metric-tile.tsx';
import { metricIds, metrics } from '../../features/usage/metrics.ts';
import { TileGrid } from '../../features/usage/tile-grid.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Breakdown } from './breakdown.tsx';
import type { ContentProps } from './content-props.ts';
import { activeFilters, Filters } from './filters.tsx';
import type { UsageSearch } from './route.ts';
import { UsageChart } from './usage-chart.tsx';
import { shownBy, usageQuery } from './usage-query.ts';
import { UsageToolbar } from './usage-toolbar.tsx';

const route = getRouteApi('/shell/usage');

export function UsagePage() {
  const t = useMessages('usage');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const shown = shownBy(search, useIsAdministrator());
  const { data, error, refetch } = useQuery(usageQuery(shown));
  const change = (next: Partial<UsageSearch>) =>
    navigate({ search: (old) => ({ ...old, ...next }), resetScroll: false });
  return (
    <Page title={t('title')} description={t('description', { zone: format.timeZone })}>
      <UsageToolbar search={search} shown={shown} usage={data} onChange={change} />
      <Filters search={search} shown={shown} onChange={change} />
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data ? (
        <Content usage={data} shown={shown} search={search} onChange={change} />
      ) : (
        !error && <Loading />
      )}
    </Page>
  );
}

function Content(props: ContentProps) {
  const { usage, search, onChange } = props;
  const t = useMessages('usage');
  const name = useId();
  const { totals } = usage.total;
  const isEmpty = totals.requests + totals.errors === 0;
  const { metric = 'spend' } = search;
  return (
    <>
      <TileGrid>
        {metricIds.map((id) => (
          <MetricChoice
            key={id}
            name={name}
            metric={metrics[id]}
            now={totals}
            before={usage.previous?.totals}
            isChosen={metric === id}
            onChoose={() => onChange({ metric: id })}
          />
        ))}
      </TileGrid>
      {usage.complete_from > usage.start && (
        <Callout tone="info">{t('incomplete', { date: format.dateTime(usage.complete_from) })}</Callout>
      )}
      {isEmpty ? (
        <EmptyState icon={<Activity aria-hidden="true" />} title={t('emptyTitle')}>
          {t(activeFilters(search).length > 0 ? 'emptyFilterText' : 'emptyText')}
        </EmptyState>
      ) : (
        <>
          <UsageChart {...props} />
          <Breakdown {...props} />
        </>
      )}
    </>
  );
}

const [tileHeight, chartHeight] = [6.75, 26];

function Loading() {
  return (
    <>
      <TileGrid>
        {metricIds.map((id) => (
          <Skeleton key={id} height={tileHeight} />
        ))}
      </TileGrid>
      <Skeleton height={chartHeight} />
    </>
  );
}
