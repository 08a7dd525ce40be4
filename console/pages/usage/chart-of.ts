/** Turns usage into what the chart draws. Pure. */
import type { ChartData, ChartSeries } from '../../components/charts/chart-data.ts';
import { colourAt, withoutFuture } from '../../components/charts/prepare.ts';
import type { UsageSeries } from '../../features/usage/figures.ts';
import type { Metric } from '../../features/usage/metrics.ts';
import type { MessageOf } from '../../i18n/messages.ts';

interface Words {
  readonly text: (id: MessageOf<'usage'>) => string;
  readonly lineName: (line: UsageSeries['series'][number]) => string;
}

/** One series for each line, or for each part of the metric where nothing is kept apart. */
export function chartOf(usage: UsageSeries, metric: Metric, words: Words, nowSeconds: number): ChartData {
  const { buckets: stretches, total, series, bucket: size } = usage;
  const past = (values: readonly (number | null)[]) => withoutFuture(values, stretches, nowSeconds);
  const lines = series.map(
    (line, place): ChartSeries => ({
      id: lineId(line),
      label: words.lineName(line),
      colour: line.is_other ? 'other' : colourAt(place),
      values: past(line.points.map(metric.value)),
    }),
  );
  const parts = metric.parts.map(
    ({ label, colour, isDashed, value }): ChartSeries => ({
      id: label,
      label: words.text(label),
      colour,
      ...(isDashed && { isDashed }),
      values: past(total.points.map(value)),
    }),
  );
  const isOpen = usage.end > nowSeconds;
  return { size, isOpen, stretches, series: lines.length > 0 ? lines : parts };
}

/** The period before over the same stretches; undefined unless it was asked for. */
export function previousOf(usage: UsageSeries, metric: Metric, label: string): ChartSeries | undefined {
  if (!usage.previous) return undefined;
  return {
    id: 'previous',
    label,
    colour: 'other',
    isDashed: true,
    values: usage.buckets.map((_, at) => {
      const figures = usage.previous?.points[at];
      return figures && metric.value(figures);
    }),
  };
}

/** Tells lines apart: ids are numbers, names of models and groups are not. */
export function lineId({ id, name, is_other: isOther }: UsageSeries['series'][number]): string {
  return isOther ? 'other' : id === null ? `name ${name}` : `id ${id}`;
}
