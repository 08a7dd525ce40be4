/** How many requests match over time. Load it with `lazy`: charts are heavy. */
import { useMemo } from 'react';
import type { ChartData } from '../../components/charts/chart-data.ts';
import { TimeChart } from '../../components/charts/time-chart.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { Histogram } from './log-queries.ts';

const height = 150;
const hour = 3600;

interface LogHistogramProps {
  readonly histogram: Histogram;
  /** Whether the time goes on, so that the last stretch is not over. */
  readonly isOpen: boolean;
}

export function LogHistogram({ histogram, isOpen }: LogHistogramProps) {
  const t = useMessages('logs');
  const data = useMemo(
    () => ({ isOpen, ...chartOf(histogram, { ok: t('succeeded'), errors: t('failed') }) }),
    [histogram, isOpen, t],
  );
  return (
    <TimeChart
      label={t('histogramLabel')}
      data={data}
      shape="bars"
      height={height}
      formatValue={wholeOf}
      noValue=""
      soFar={(time) => t('soFar', { time })}
      sumLabel={t('requests')}
    />
  );
}

/** Counts are whole, the lines of the axis may not be. */
const wholeOf = (value: number): string => (Number.isInteger(value) ? format.count(value) : '');

function chartOf(
  histogram: Histogram,
  labels: { readonly ok: string; readonly errors: string },
): Omit<ChartData, 'isOpen'> {
  const { width, from, to, slots, counted_from: countedFrom } = histogram;
  const found = new Map(slots.map((slot) => [slot.at, slot]));
  const starts = Array.from(
    { length: Math.floor((to - from) / width) + 1 },
    (_, index) => from + index * width,
  );
  // What was not counted is unknown, not nothing.
  const valuesOf = (name: 'requests' | 'errors') =>
    starts.map((at) => (at + width <= countedFrom ? undefined : (found.get(at)?.[name] ?? 0)));
  return {
    size: width < hour ? 'quarter' : width < 24 * hour ? 'hour' : 'day',
    ...(to - from > 3 * 24 * hour && { tickSize: 'day' }),
    stretches: starts.map((start) => ({ start, end: start + width })),
    series: [
      { id: 'requests', label: labels.ok, colour: 1, values: valuesOf('requests') },
      { id: 'errors', label: labels.errors, colour: 2, values: valuesOf('errors') },
    ],
  };
}
