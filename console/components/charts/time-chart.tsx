/**
 * Values over time, as stacked bars or lines. Pointer and arrow keys read one stretch after another; a table of the same
 * belongs beside it. Load it with `lazy`.
 */
import { Group } from '@visx/group';
import { scaleBand, scaleLinear } from '@visx/scale';
import { type PointerEvent, useState } from 'react';
import { chartFormat } from '../../format/chart-format.ts';
import { ChartAxes, ticks } from './chart-axes.tsx';
import type { ChartData, ChartSeries } from './chart-data.ts';
import { BarMarks, LineMarks } from './chart-marks.tsx';
import { ChartReader } from './chart-reader.tsx';
import { ChartTooltip } from './chart-tooltip.tsx';
import styles from './charts.module.css';
import { highestOf } from './prepare.ts';
import { useWidth } from './use-width.ts';

interface TimeChartProps {
  /** The accessible name: what is shown, of what time. */
  readonly label: string;
  readonly data: ChartData;
  readonly shape: 'bars' | 'lines';
  /** The period before, drawn as a dashed line over the same stretches. */
  readonly previous?: ChartSeries | undefined;
  readonly formatValue: (value: number) => string;
  /** The end of the axis where it is fixed, such as 1 for shares. */
  readonly top?: number | undefined;
  /** What stands where nothing could be measured. */
  readonly noValue: string;
  /** Words around the time of a stretch that is not over yet. */
  readonly soFar?: ((time: string) => string) | undefined;
  /** The word for the sum of stacked bars; undefined = the sum says nothing. */
  readonly sumLabel?: string | undefined;
  /** CSS pixels. */
  readonly height?: number;
}

const usualHeight = 280;
const margin = { top: 12, right: 8, bottom: 28, left: 60 } as const;

export function TimeChart(props: TimeChartProps) {
  const { label, data, shape, previous, formatValue, top, noValue, soFar = (time) => time, sumLabel } = props;
  const { height = usualHeight } = props;
  const [ref, width] = useWidth();
  const [read, setRead] = useState<number | undefined>();
  const count = data.stretches.length;
  const inner = {
    width: Math.max(0, width - margin.left - margin.right),
    height: height - margin.top - margin.bottom,
  };
  const compared = previous ? [previous] : [];
  const highest = Math.max(
    highestOf(data.series, count, shape === 'bars'),
    highestOf(compared, count, false),
  );
  const x = scaleBand({
    domain: [...data.stretches.keys()],
    range: [0, inner.width],
    padding: count > 60 ? 0.1 : 0.25,
  });
  const y = scaleLinear({
    domain: [0, top ?? (highest || 1)],
    range: [inner.height, 0],
    nice: top === undefined && ticks,
  });
  const readPointer = (event: PointerEvent<SVGSVGElement>) => {
    const at = Math.floor(
      (event.clientX - event.currentTarget.getBoundingClientRect().left - margin.left) / x.step(),
    );
    setRead(Math.min(count - 1, Math.max(0, at)));
  };
  const stretch = read === undefined ? undefined : data.stretches[read];
  const rows = [...data.series, ...compared];
  const textAt = (at: number) => {
    const title = titleAt(data, at, soFar);
    return [
      title,
      ...rows.map(({ label: name, values }) => `${name}: ${shown(values[at], formatValue, noValue)}`),
    ].join(', ');
  };
  return (
    <div ref={ref} className={styles.chart} style={{ minHeight: height }}>
      {width > 0 && (
        <>
          <svg
            className={styles.canvas}
            width={width}
            height={height}
            aria-hidden="true"
            onPointerMove={readPointer}
            onPointerDown={readPointer}
            onPointerLeave={() => setRead(undefined)}
          >
            <Group left={margin.left} top={margin.top}>
              <ChartAxes data={data} x={x} y={y} inner={inner} formatValue={formatValue} />
              {stretch && read !== undefined && (
                <rect
                  className={styles.cursor}
                  x={(x(read) ?? 0) - (x.step() - x.bandwidth()) / 2}
                  width={x.step()}
                  height={inner.height}
                />
              )}
              {shape === 'bars' ? (
                <BarMarks series={data.series} count={count} isOpen={data.isOpen ?? false} x={x} y={y} />
              ) : (
                <LineMarks series={data.series} x={x} y={y} />
              )}
              <LineMarks series={compared} x={x} y={y} />
            </Group>
          </svg>
          <ChartReader label={label} count={count} read={read} onRead={setRead} textAt={textAt} />
        </>
      )}
      {stretch && read !== undefined && (
        <ChartTooltip
          title={titleAt(data, read, soFar)}
          rows={rows.map((series) => ({
            ...series,
            text: shown(series.values[read], formatValue, noValue),
            value: series.values[read],
          }))}
          sum={
            sumLabel === undefined || data.series.length < 2
              ? undefined
              : { label: sumLabel, text: formatValue(sumAt(data.series, read)) }
          }
          left={margin.left + (x(read) ?? 0) + x.bandwidth() / 2}
          width={width}
        />
      )}
    </div>
  );
}

function titleAt(
  { stretches, size, isOpen }: ChartData,
  at: number,
  soFar: (time: string) => string,
): string {
  const stretch = stretches[at];
  if (!stretch) return '';
  const time = chartFormat.stretch(stretch.start, stretch.end, size);
  return isOpen && at === stretches.length - 1 ? soFar(time) : time;
}

const sumAt = (series: readonly ChartSeries[], at: number): number =>
  series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0);

function shown(
  value: number | null | undefined,
  formatValue: (value: number) => string,
  noValue: string,
): string {
  return value === null || value === undefined ? noValue : formatValue(value);
}
