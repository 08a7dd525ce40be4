/** The figures of the chosen period, each with its last 30 days. */
import { Bars, Sparkline } from '../../components/charts/sparkline.tsx';
import type { Figures } from '../../features/usage/figures.ts';
import { MetricTile } from '../../features/usage/metric-tile.tsx';
import { type Metric, metrics } from '../../features/usage/metrics.ts';
import { TileGrid } from '../../features/usage/tile-grid.tsx';
import { useMessages } from '../../i18n/messages.ts';
import type { Overview } from './overview-query.ts';

const shown = ['spend', 'requests', 'tokens', 'success', 'firstByte'] as const;

interface TilesProps {
  readonly overview: Overview;
  readonly days: number;
}

export function Tiles({ overview, days }: TilesProps) {
  const period = overview.periods.find((each) => each.days === days);
  if (!period) return null;
  return (
    <TileGrid>
      {shown.map((id) => (
        <MetricTile key={id} metric={metrics[id]} now={period.totals} before={period.previous.totals}>
          <Month metric={metrics[id]} days={overview.days} />
        </MetricTile>
      ))}
    </TileGrid>
  );
}

function Month({ metric, days }: { readonly metric: Metric; readonly days: readonly Figures[] }) {
  const t = useMessages('overview');
  const u = useMessages('usage');
  const values = days.map(metric.value);
  const measured = values.filter((value) => value !== null);
  const label = t('monthOf', {
    metric: u(metric.label),
    lowest: metric.format(Math.min(...measured, measured.length === 0 ? 0 : Number.POSITIVE_INFINITY)),
    highest: metric.format(Math.max(0, ...measured)),
  });
  const Small = metric.shape === 'bars' ? Bars : Sparkline;
  return <Small label={label} values={values} />;
}
